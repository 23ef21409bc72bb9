/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.channel.Assignment;
import dev.sluice.api.channel.Channel.Admission;
import dev.sluice.api.channel.ChannelEngine;
import dev.sluice.api.channel.LogBatch;
import dev.sluice.api.channel.LogChannel;
import dev.sluice.api.channel.LogReader;
import dev.sluice.api.channel.Position;
import dev.sluice.api.channel.Positions;
import dev.sluice.api.channel.PositionsCodec;
import dev.sluice.api.event.EventAttribute;
import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.routing.StartFrom;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.Waiting;
import dev.sluice.testkit.kafka.KafkaFixture;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What topics are like, and what becomes of those who use them when they change. */
final class KafkaTopicsIT {

    @RegisterExtension
    static final KafkaFixture kafka = KafkaFixture.single();

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final AtomicInteger NAMES = new AtomicInteger();
    private static final RecordWriter WRITER = new RecordWriter("any", EventAttribute.named("partitionkey"));

    private final Topical topics = new Topical(kafka);
    private final Vertx vertx = Vertx.vertx();
    private final List<ChannelEngine> engines = new ArrayList<>();
    private final ChannelSpec spec = spec();
    private final String topic = TopicSettings.of(spec).name();

    @AfterEach
    void close() {
        engines.forEach(engine -> Waiting.on(engine.close()));
        Waiting.on(vertx.close());
    }

    @Test
    void a_trigger_that_starts_from_a_time_goes_by_the_clock_of_the_kafka_whatever_producers_say() {
        // Given: what was appended a moment ago, by a producer whose clock is years behind
        LogChannel channel = open(1);
        assertThat(topics.config(topic, "message.timestamp.type")).isEqualTo("LogAppendTime");
        append(0, Events.withId("late"), Instant.parse("2020-01-01T00:00:00Z"));
        Instant before = Instant.now().minus(Duration.ofHours(1));
        Instant after = Instant.now().plus(Duration.ofHours(1));

        // When
        Waiting.on(channel.start(trigger("before"), "before", new StartFrom.Time(before)));
        Waiting.on(channel.start(trigger("after"), "after", new StartFrom.Time(after)));

        // Then
        Reading reading = new Reading(channel);
        await().atMost(PATIENCE).until(() -> reading.assigned.size() == 1);
        assertThat(reading.positionOf("before", 0)).isEqualTo(Position.at(0));
        assertThat(reading.positionOf("after", 0)).isEqualTo(Position.at(1));
    }

    @Test
    void partitions_that_are_added_are_written_to_and_read_from_their_beginning() throws Exception {
        // Given
        LogChannel channel = open(1);
        Waiting.on(channel.append(Events.numbered("before", 10), Admission.PRODUCER));
        Waiting.on(channel.start(trigger("there"), "there", StartFrom.Place.LATEST));
        Reading reading = new Reading(channel);
        await().atMost(PATIENCE).until(() -> reading.assigned.size() == 1);

        // When: somebody is quicker to find them than this process, which learns of them within a minute, or at once
        // when its
        // connections break
        try (Admin admin = kafka.admin()) {
            admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(3)))
                    .all()
                    .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
        await().atMost(PATIENCE).until(() -> topics.describe(topic).partitions().size() == 3);
        append(1, Events.withId("first-in-1"), Instant.now());
        append(2, Events.withId("first-in-2"), Instant.now());
        kafka.cluster().node().kill();
        kafka.cluster().node().start();

        // Then
        await().atMost(PATIENCE).until(() -> reading.assigned.size() == 3);
        await().atMost(PATIENCE).until(() -> reading.ids.containsAll(Set.of("first-in-1", "first-in-2")));
        assertThat(reading.positionOf("there", 1)).isEqualTo(Position.at(0));
        assertThat(reading.positionOf("there", 2)).isEqualTo(Position.at(0));
        assertThat(channel.partitions()).isEqualTo(3);

        // When
        Set<String> appended = new HashSet<>();
        for (int i = 0; i < 60; i++) {
            String id = "after-" + i;
            appended.add(id);
            List<CloudEvent> one = List.of(CloudEventBuilder.v1(Events.withId(id))
                    .withExtension("partitionkey", "key-" + i)
                    .build());
            await().atMost(PATIENCE)
                    .ignoreExceptions()
                    .until(() ->
                            Waiting.on(channel.append(one, Admission.PRODUCER).map(kept -> true)));
        }

        // Then
        await().atMost(PATIENCE).until(() -> reading.ids.containsAll(appended));
        assertThat(topics.read(topic))
                .filteredOn(record -> record.key() != null)
                .extracting(record -> record.partition())
                .contains(0, 1, 2);
    }

    @Test
    void positions_longer_than_any_record_may_be_are_committed_and_found_again() {
        // Given: as much as some triggers may leave in the log, nothing of which is in a row
        LogChannel channel = open(1);
        Map<String, Position> behind = new HashMap<>();
        long[] unfinished = new long[100_000];
        for (int i = 0; i < unfinished.length; i++) {
            unfinished[i] = 200L * i;
        }
        for (int i = 0; i < 5; i++) {
            String uid = "uid-" + i;
            Waiting.on(channel.start(trigger(uid), uid, StartFrom.Place.EARLIEST));
            behind.put(uid, Position.of(20_000_000 + i, unfinished));
        }
        // Nothing that is committed behind the end of the log itself would be believed.
        Positions positions = new Positions(0, behind);
        assertThat(PositionsCodec.encode(positions)).hasSizeGreaterThan(1_100_000);
        Reading reading = new Reading(channel);
        await().atMost(PATIENCE).until(() -> reading.assigned.size() == 1);

        // When
        Waiting.on(reading.commit(positions));
        Waiting.on(reading.commit(new Positions(0, withOneMore(behind))));

        // Then: all of the last, and nothing of the one before
        Waiting.on(reading.close());
        assertThat(found()).isEqualTo(new Positions(0, withOneMore(behind)));
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(parts()).isBetween(5, 10));
        try {
            topics.lowerLimit(CursorTopic.NAME, 20_000);
            Reading next = new Reading(open(1));
            await().atMost(PATIENCE).until(() -> next.assigned.size() == 1);

            // When: it takes less than it did
            Waiting.on(next.commit(positions));

            // Then
            Waiting.on(next.close());
            assertThat(found()).isEqualTo(positions);
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(parts()).isBetween(1_100_000 / 20_000, 3_000_000 / 10_000));
        } finally {
            topics.configure(CursorTopic.NAME, "max.message.bytes", "1048588");
        }
    }

    private static Map<String, Position> withOneMore(Map<String, Position> behind) {
        Map<String, Position> more = new HashMap<>(behind);
        more.put("uid-0", Position.at(7));
        return more;
    }

    /** What the next reader would be told. */
    private Positions found() {
        Reading next = new Reading(open(1));
        await().atMost(PATIENCE).until(() -> next.assigned.size() == 1);
        Positions positions = next.assigned.get(0).positions();
        Waiting.on(next.close());
        return positions;
    }

    /** Of how many records of the cursor topic the positions are now. */
    private int parts() {
        String prefix = "positions/" + topics.describe(topic).topicId();
        Map<String, Boolean> latest = new HashMap<>();
        topics.read(CursorTopic.NAME)
                .forEach(record -> latest.put(new String(record.key(), UTF_8), record.value() != null));
        return (int) latest.entrySet().stream()
                .filter(entry -> entry.getKey().startsWith(prefix) && entry.getValue())
                .count();
    }

    // ---- plumbing
    // ----------------------------------------------------------------------------------------------------

    private void append(int partition, CloudEvent event, Instant time) {
        ProducerRecord<byte[], byte[]> written = WRITER.write(event);
        try (var producer =
                new KafkaProducer<>(kafka.clientConfig(), new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(
                            topic, partition, time.toEpochMilli(), null, written.value(), written.headers()))
                    .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private LogChannel open(int partitions) {
        ChannelEngine engine = new KafkaChannelProvider()
                .engine(
                        vertx,
                        Map.of(
                                "kafka-bootstrap-servers", kafka.bootstrapServers(),
                                "kafka-topic-partitions", Integer.toString(partitions),
                                "kafka-append-timeout", "20s"));
        engines.add(engine);
        return (LogChannel) Waiting.on(engine.open(spec));
    }

    private static ChannelSpec spec() {
        int number = NAMES.incrementAndGet();
        return new ChannelSpec("kafka", new ResourceName("topics", "broker-" + number), "topics-" + number, Map.of());
    }

    private static ResourceName trigger(String name) {
        return new ResourceName("topics", name);
    }

    /** Notes what it is told. */
    private final class Reading extends IdleHandler {

        private final Map<Integer, Assignment> assigned = new ConcurrentHashMap<>();
        private final Set<String> ids = ConcurrentHashMap.newKeySet();
        private final Context context = vertx.getOrCreateContext();
        private final LogReader reader;

        Reading(LogChannel channel) {
            reader = Waiting.on(channel.subscribe(context, this));
        }

        @Override
        public void assigned(Assignment assignment) {
            assigned.put(assignment.partition(), assignment);
        }

        @Override
        public void lost(int partition) {
            assigned.remove(partition);
        }

        @Override
        public void read(LogBatch batch) {
            batch.records().forEach(record -> ids.add(record.event().getId()));
        }

        Position positionOf(String triggerUid, int partition) {
            return assigned.get(partition).positions().of(triggerUid);
        }

        Future<Void> commit(Positions positions) {
            Promise<Void> committed = Promise.promise();
            context.runOnContext(turn -> reader.commit(0, positions).onComplete(committed));
            return committed.future();
        }

        Future<Void> close() {
            Promise<Void> closed = Promise.promise();
            context.runOnContext(turn -> reader.close().onComplete(closed));
            return closed.future();
        }
    }
}
