/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.channel.Assignment;
import dev.sluice.api.channel.Channel.Admission;
import dev.sluice.api.channel.ChannelEngine;
import dev.sluice.api.channel.ChannelException;
import dev.sluice.api.channel.LogBatch;
import dev.sluice.api.channel.LogChannel;
import dev.sluice.api.channel.LogHandler;
import dev.sluice.api.channel.LogReader;
import dev.sluice.api.channel.ParkingLog;
import dev.sluice.api.channel.Position;
import dev.sluice.api.channel.Positions;
import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.routing.StartFrom;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.kafka.KafkaFixture;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.errors.InconsistentGroupProtocolException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the contract of every log does not ask, since it is about Kafka. */
final class GroupReaderIT {

    @RegisterExtension
    static final KafkaFixture kafka = KafkaFixture.single();

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final AtomicInteger NAMES = new AtomicInteger();

    /** In one process; {@code -Dsluice.brokers} has more of them counted. */
    private static final int BROKERS = Integer.getInteger("sluice.brokers", 3);

    private final Topical topics = new Topical(kafka);
    private final Vertx vertx = Vertx.vertx();
    private final List<ChannelEngine> engines = new ArrayList<>();

    @AfterEach
    void close() {
        kafka.cluster().restore();
        engines.forEach(engine -> get(engine.close()));
        get(vertx.close());
    }

    @Test
    void positions_too_long_for_a_commit_are_found_again_and_older_ones_removed() {
        // Given
        ChannelSpec spec = spec();
        LogChannel channel = open(spec);
        Map<String, Position> behind = new HashMap<>();
        for (int i = 0; i < 150; i++) {
            String uid = UUID.randomUUID().toString();
            get(channel.start(new ResourceName("read", uid), uid, StartFrom.Place.EARLIEST));
            behind.put(uid, Position.of(40, 3, 5, 20 + i % 10));
        }
        Reading reading = new Reading(channel);
        await().atMost(PATIENCE).until(() -> reading.assigned.size() == 1);
        get(channel.append(Events.numbered("e", 50), Admission.PRODUCER));
        await().atMost(PATIENCE).until(() -> reading.ids.size() == 50);

        // When
        for (int watermark = 48; watermark <= 50; watermark++) {
            Positions positions = new Positions(watermark, behind);
            get(reading.onContext(() -> reading.reader.commit(0, positions)));
        }
        get(reading.onContext(reading.reader::close));

        // Then
        Reading next = new Reading(open(spec));
        await().atMost(PATIENCE).until(() -> next.assigned.size() == 1);
        assertThat(next.assigned.get(0).positions()).isEqualTo(new Positions(50, behind));
        String prefix = "positions/" + ((KafkaChannel) channel).topic().id();
        await().atMost(PATIENCE).untilAsserted(() -> {
            Map<String, Boolean> latest = new HashMap<>();
            topics.read(CursorTopic.NAME)
                    .forEach(record -> latest.put(new String(record.key(), UTF_8), record.value() != null));
            assertThat(latest.entrySet())
                    .filteredOn(entry -> entry.getKey().startsWith(prefix) && entry.getValue())
                    .hasSize(1);
        });
    }

    @Test
    void a_group_that_kafka_has_forgotten_goes_on_where_it_left_and_not_where_its_triggers_start() {
        // Given: one that has delivered everything, and one that has gaps
        ChannelSpec spec = spec();
        LogChannel channel = open(spec);
        get(channel.append(Events.numbered("e", 50), Admission.PRODUCER));
        for (String uid : List.of("up-to-date", "behind")) {
            get(channel.start(new ResourceName("read", uid), uid, StartFrom.Place.EARLIEST));
        }
        Reading reading = new Reading(channel);
        await().atMost(PATIENCE).until(() -> reading.ids.size() == 50);
        for (int watermark = 30; watermark <= 50; watermark += 10) {
            Positions positions = new Positions(watermark, Map.of("behind", Position.of(watermark - 10, 7, 9)));
            get(reading.onContext(() -> reading.reader.commit(0, positions)));
        }
        get(reading.onContext(reading.reader::close));
        get(engines.remove(0).close());

        // When: as it does for a group without members when offsets.retention.minutes are over
        topics.deleteGroup(TopicSettings.of(spec).groupOf(spec.broker()));

        // Then
        Reading next = new Reading(open(spec));
        await().atMost(PATIENCE).until(() -> next.assigned.size() == 1);
        assertThat(next.assigned.get(0).positions()).isEqualTo(new Positions(50, Map.of("behind", Position.at(7))));
    }

    @Test
    void two_brokers_of_one_external_topic_keep_their_positions_beside_each_other() {
        // Given: Triggers of one UID, as those of one name in two folders have, and positions too long for a commit
        topics.create("of-two-brokers", 1, Map.of());
        ChannelSpec first = spec(Map.of(TopicSettings.EXTERNAL_TOPIC, "of-two-brokers"));
        ChannelSpec second = spec(Map.of(TopicSettings.EXTERNAL_TOPIC, "of-two-brokers"));
        topics.append("of-two-brokers", Events.numbered("e", 50));
        Map<String, Position> ofFirst = behind(150, 7);
        Map<String, Position> ofSecond = behind(150, 9);
        LogChannel one = open(first);
        LogChannel two = open(second);
        ResourceName trigger = new ResourceName("read", "same");
        get(one.start(trigger, "same", StartFrom.Place.EARLIEST));
        get(two.start(trigger, "same", StartFrom.Place.LATEST));
        Reading readingOne = reading(one, ofFirst);
        Reading readingTwo = reading(two, ofSecond);
        assertThat(readingOne.assigned.get(0).positions().of("same")).isEqualTo(Position.at(0));
        assertThat(readingTwo.assigned.get(0).positions().of("same")).isEqualTo(Position.at(50));

        // When: each commits after the other, and one of them deletes its Trigger
        for (int i = 0; i < 2; i++) {
            get(readingOne.onContext(() -> readingOne.reader.commit(0, new Positions(50, ofFirst))));
            get(readingTwo.onContext(() -> readingTwo.reader.commit(0, new Positions(50, ofSecond))));
        }
        get(two.forget("same"));
        get(readingOne.onContext(readingOne.reader::close));
        get(readingTwo.onContext(readingTwo.reader::close));

        // Then
        Reading nextOne = new Reading(open(first));
        Reading nextTwo = new Reading(open(second));
        await().atMost(PATIENCE).until(() -> nextOne.assigned.size() == 1 && nextTwo.assigned.size() == 1);
        assertThat(nextOne.assigned.get(0).positions()).isEqualTo(new Positions(50, ofFirst));
        assertThat(nextTwo.assigned.get(0).positions()).isEqualTo(new Positions(50, ofSecond));
        assertThat(nextOne.assigned.get(0).triggers()).contains("same").hasSize(151);
        assertThat(nextTwo.assigned.get(0).triggers()).doesNotContain("same").hasSize(150);
    }

    private static Map<String, Position> behind(int triggers, int unfinished) {
        Map<String, Position> behind = new HashMap<>();
        for (int i = 0; i < triggers; i++) {
            behind.put(UUID.randomUUID().toString(), Position.of(40, 3, unfinished, 20 + i % 10));
        }
        return behind;
    }

    /** Reads a log in which these triggers have starts, and has its partition. */
    private Reading reading(LogChannel channel, Map<String, Position> triggers) {
        get(Future.all(triggers.keySet().stream()
                .map(uid -> channel.start(new ResourceName("read", uid), uid, StartFrom.Place.EARLIEST))
                .toList()));
        Reading reading = new Reading(channel);
        await().atMost(PATIENCE).until(() -> reading.assigned.size() == 1);
        return reading;
    }

    @Test
    void the_read_goes_on_by_itself_when_kafka_was_killed_and_is_back() {
        ChannelSpec spec = spec();
        LogChannel channel = open(spec);
        Reading reading = new Reading(channel);
        get(channel.append(Events.numbered("before", 100), Admission.PRODUCER));
        await().atMost(PATIENCE).until(() -> reading.ids.size() == 100);

        kafka.cluster().node().kill();
        kafka.cluster().node().start();

        await().atMost(PATIENCE).ignoreExceptions().until(() -> {
            get(channel.append(Events.numbered("after" + NAMES.incrementAndGet(), 1), Admission.PRODUCER));
            return true;
        });
        await().atMost(PATIENCE).until(() -> reading.ids.size() >= 101);
        await().atMost(PATIENCE).until(() -> reading.reader.mayActOn(0));
        await().atMost(PATIENCE).ignoreExceptions().until(() -> {
            get(reading.onContext(() -> reading.reader.commit(0, Positions.at(101))));
            return true;
        });
    }

    @Test
    void a_process_with_the_identity_of_another_takes_its_partitions_at_once_and_the_other_acts_no_more() {
        // Given
        ChannelSpec spec = spec();
        Reading one = new Reading(open(spec, Map.of("kafka-instance-id", "the-same")));
        await().atMost(PATIENCE).until(() -> one.assigned.size() == 1 && one.reader.mayActOn(0));

        // When
        LogChannel again = open(spec, Map.of("kafka-instance-id", "the-same"));
        Reading two = new Reading(again);

        // Then
        await().atMost(PATIENCE).until(() -> two.assigned.size() == 1 && two.reader.mayActOn(0));
        await().atMost(PATIENCE).until(one.assigned::isEmpty);
        assertThat(one.reader.mayActOn(0)).isFalse();
        get(again.append(Events.numbered("e", 10), Admission.PRODUCER));
        await().atMost(PATIENCE).until(() -> two.ids.size() == 10);
        assertThat(one.ids).isEmpty();
    }

    @Test
    void a_process_whose_triggers_nobody_else_knows_reads_no_broker_that_another_one_reads() {
        // Given
        ChannelSpec spec = spec();
        Reading one = new Reading(open(spec, Map.of("local-identities", "true", "kafka-instance-id", "mine")));
        await().atMost(PATIENCE).until(() -> one.assigned.size() == 1);
        LogChannel other = open(spec, Map.of("local-identities", "true", "kafka-instance-id", "another"));

        // When
        Future<LogReader> refused = other.subscribe(vertx.getOrCreateContext(), one);

        // Then
        await().atMost(PATIENCE).until(refused::isComplete);
        assertThat(refused.cause())
                .hasMessageContaining("another process reads")
                .hasMessageContaining("--channel kafka");
        assertThat(one.assigned).hasSize(1);

        // When
        get(one.onContext(one.reader::close));

        // Then
        Reading two = new Reading(other);
        await().atMost(PATIENCE).until(() -> two.assigned.size() == 1);
    }

    @Test
    void nobody_gets_into_the_group_of_a_process_whose_triggers_nobody_else_knows() {
        // Given
        ChannelSpec spec = spec();
        Reading one = new Reading(open(spec, Map.of("local-identities", "true", "kafka-instance-id", "mine")));
        await().atMost(PATIENCE).until(() -> one.assigned.size() == 1);
        ChannelSpec asOthersKnowIt = new ChannelSpec(spec.type(), spec.broker(), "a-uid-from-the-name", Map.of());

        // When: one that looks first, and one that does not
        Future<LogReader> refused = open(asOthersKnowIt).subscribe(vertx.getOrCreateContext(), one);
        try (var member = member(spec, "org.apache.kafka.clients.consumer.CooperativeStickyAssignor")) {
            // Then
            await().atMost(PATIENCE).until(refused::isComplete);
            assertThat(refused.cause())
                    .hasMessageContaining("another process reads")
                    .hasMessageContaining("other UIDs");
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThatThrownBy(() -> member.poll(Duration.ofMillis(100)))
                            .isInstanceOf(InconsistentGroupProtocolException.class));
        }
        assertThat(one.assigned).hasSize(1);
        assertThat(one.reader.admitted().succeeded()).isTrue();
    }

    @Test
    void of_two_processes_whose_triggers_nobody_else_knows_one_gets_in_though_they_come_at_once() {
        // Given
        ChannelSpec spec = spec();
        List<LogChannel> channels = List.of(
                open(spec, Map.of("local-identities", "true", "kafka-instance-id", "one")),
                open(spec, Map.of("local-identities", "true", "kafka-instance-id", "two")));

        // When
        List<Attempt> attempts = channels.stream().map(Attempt::new).toList();

        // Then
        await().atMost(PATIENCE)
                .until(() -> attempts.stream().allMatch(Attempt::isDecided)
                        && attempts.stream().filter(Attempt::isIn).count() == 1);
        assertThat(attempts.stream().filter(attempt -> !attempt.isIn()))
                .singleElement()
                .satisfies(attempt -> assertThat(attempt.refusal()).contains("another process reads"));
    }

    /** Whether a reader gets into the group of its Broker; it hears of nothing else. */
    private final class Attempt extends IdleHandler {

        private final Future<LogReader> subscribing;

        Attempt(LogChannel channel) {
            subscribing = channel.subscribe(vertx.getOrCreateContext(), this);
        }

        private Future<Void> admitted() {
            return subscribing.succeeded() ? subscribing.result().admitted() : subscribing.mapEmpty();
        }

        boolean isDecided() {
            return admitted().isComplete();
        }

        boolean isIn() {
            return admitted().succeeded();
        }

        String refusal() {
            return String.valueOf(admitted().cause().getMessage());
        }
    }

    @Test
    void a_reader_that_the_group_keeps_out_says_so_and_is_in_when_it_may() {
        // Given
        ChannelSpec spec = spec();
        LogChannel channel = open(spec);
        Reading reading;
        try (var member = member(spec, "org.apache.kafka.clients.consumer.RangeAssignor")) {
            await().atMost(PATIENCE).until(() -> {
                member.poll(Duration.ofMillis(100));
                return !member.assignment().isEmpty();
            });

            // When
            reading = new Reading(channel);

            // Then
            await().atMost(PATIENCE).until(() -> reading.reader.admitted().failed());
            assertThat(reading.reader.admitted().cause()).hasMessageContaining("another process reads");
            assertThat(reading.assigned).isEmpty();
        }

        // Then
        await().atMost(PATIENCE).until(() -> reading.assigned.size() == 1);
        assertThat(reading.reader.admitted().succeeded()).isTrue();
        get(channel.append(Events.numbered("e", 3), Admission.PRODUCER));
        await().atMost(PATIENCE).until(() -> reading.ids.size() == 3);
    }

    @Test
    void a_process_that_the_newer_protocol_refuses_since_its_name_is_taken_is_in_when_that_is_free() {
        // Given
        ChannelSpec spec = spec();
        Map<String, String> newer = Map.of("kafka-group-protocol", "consumer", "kafka-instance-id", "the-same");
        Reading one = new Reading(open(spec, newer));
        await().atMost(PATIENCE).until(() -> one.assigned.size() == 1);
        Reading two = new Reading(open(spec, newer));
        await().atMost(PATIENCE).until(() -> two.reader.admitted().failed());

        // When
        get(one.onContext(one.reader::close));

        // Then
        await().atMost(PATIENCE).until(() -> two.assigned.size() == 1 && two.reader.mayActOn(0));
    }

    /** A member of the Broker's group that is none of ours and has not joined yet. */
    private static KafkaConsumer<byte[], byte[]> member(ChannelSpec spec, String assignor) {
        TopicSettings settings = TopicSettings.of(spec);
        Map<String, Object> config = kafka.clientConfig();
        config.put("group.id", settings.groupOf(spec.broker()));
        config.put("partition.assignment.strategy", assignor);
        var member = new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        member.subscribe(List.of(settings.name()));
        return member;
    }

    @Test
    void the_newer_group_protocol_shares_and_hands_over_partitions_as_the_classic_one() {
        // Given
        ChannelSpec spec = spec();
        Map<String, String> newer = Map.of("kafka-group-protocol", "consumer", "kafka-topic-partitions", "2");
        LogChannel channel = open(spec, newer);
        Reading one = new Reading(channel);
        await().atMost(PATIENCE).until(() -> one.assigned.size() == 2 && one.reader.mayActOn(0));
        get(channel.append(Events.numbered("e", 20), Admission.PRODUCER));
        await().atMost(PATIENCE).until(() -> one.ids.size() == 20);
        get(one.onContext(() -> one.reader.commit(0, Positions.at(1))));

        // When
        Reading two = new Reading(open(spec, newer));

        // Then
        await().atMost(PATIENCE).until(() -> one.assigned.size() == 1 && two.assigned.size() == 1);
        get(two.onContext(two.reader::close));
        await().atMost(PATIENCE).until(() -> one.assigned.size() == 2);
    }

    @Test
    void brokers_of_a_kafka_share_every_thread_but_the_one_that_reads() {
        // Given
        Set<Thread> before = Thread.getAllStackTraces().keySet();
        ChannelEngine engine = new KafkaChannelProvider()
                .engine(
                        vertx,
                        Map.of("kafka-bootstrap-servers", kafka.bootstrapServers(), "kafka-topic-partitions", "1"));
        engines.add(engine);
        List<Reading> readings = new ArrayList<>();

        // When
        for (int i = 0; i < BROKERS; i++) {
            LogChannel channel = (LogChannel) get(engine.open(spec()));
            get(channel.parking(vertx.getOrCreateContext(), new Kept()));
            readings.add(new Reading(channel));
        }

        // Then: those that catch up are made when they are needed
        await().atMost(PATIENCE).until(() -> readings.stream().allMatch(reading -> reading.assigned.size() == 1));
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(threadsSince(before))
                        .isEqualTo(Map.of(
                                "sluice-kafka-append", 1,
                                "sluice-kafka-cursors", 1,
                                "sluice-kafka-parking", 1,
                                "sluice-kafka-read", BROKERS,
                                // Of Kafka's clients: one of the producer, one of the admin client, one of each group.
                                "kafka-producer-network-thread", 1,
                                "kafka-admin-client-thread", 1,
                                "kafka-coordinator-heartbeat-thread", BROKERS)));
    }

    private static Map<String, Integer> threadsSince(Set<Thread> before) {
        Map<String, Integer> threads = new HashMap<>();
        Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !before.contains(thread))
                .map(Thread::getName)
                .filter(name -> name.startsWith("sluice-kafka-") || name.startsWith("kafka-"))
                .map(name -> name.startsWith("sluice-kafka-read-") ? "sluice-kafka-read" : name.replaceAll(" .*", ""))
                .forEach(name -> threads.merge(name, 1, Integer::sum));
        return threads;
    }

    @Test
    void a_trigger_that_is_deleted_and_created_again_while_kafka_is_slow_has_a_start() {
        // Given
        ChannelSpec spec = spec();
        LogChannel channel = open(spec);
        ResourceName trigger = new ResourceName("read", "again");
        get(channel.start(trigger, "again", StartFrom.Place.EARLIEST));
        get(channel.append(Events.numbered("e", 5), Admission.PRODUCER));

        // When
        kafka.cluster().node().freeze();
        Future<Void> forgotten = channel.forget("again");
        Future<Void> started = channel.start(trigger, "again", StartFrom.Place.LATEST);
        assertThat(started.isComplete()).isFalse();
        kafka.cluster().node().thaw();
        get(forgotten);
        get(started);

        // Then
        get(channel.append(Events.numbered("more", 2), Admission.PRODUCER));
        Reading next = new Reading(open(spec));
        await().atMost(PATIENCE).until(() -> next.assigned.size() == 1);
        assertThat(next.assigned.get(0).triggers()).containsExactly("again");
        assertThat(next.assigned.get(0).positions().of("again")).isEqualTo(Position.at(5));
    }

    @Test
    void a_reader_reads_nothing_of_a_topic_that_was_created_in_place_of_its_own() {
        // Given
        ChannelSpec spec = spec();
        LogChannel channel = open(spec);
        get(channel.start(new ResourceName("read", "lost"), "lost", StartFrom.Place.EARLIEST));
        Reading reading = new Reading(channel);
        get(channel.append(Events.numbered("e", 50), Admission.PRODUCER));
        await().atMost(PATIENCE).until(() -> reading.ids.size() == 50);
        String topic = TopicSettings.of(spec).name();

        // When
        topics.delete(topic);
        await().atMost(PATIENCE).until(() -> !topics.exists(topic));
        topics.create(topic, 1, Map.of());

        // Then: the channel hears of it without an append
        await().atMost(PATIENCE)
                .until(() -> channel.start(new ResourceName("read", "new"), "new", StartFrom.Place.LATEST)
                        .failed());

        // When: there is more than it has read of its own
        topics.append(topic, Events.numbered("of-another", 60));

        // Then
        await().during(Duration.ofSeconds(2)).atMost(PATIENCE).until(() -> reading.ids.size() == 50);
    }

    @Test
    void a_reader_that_took_long_over_a_batch_and_committed_meanwhile_reads_on() {
        // Given: longer than the poll thread waits before it polls for nothing but its membership
        LogChannel channel = open(spec());
        Reading reading = new Reading(channel);
        List<Future<Void>> commits = new ArrayList<>();
        reading.whenRead = batch -> {
            reading.whenRead = next -> {};
            long until = System.nanoTime() + Duration.ofSeconds(3).toNanos();
            while (System.nanoTime() - until < 0) {
                commits.add(reading.reader.commit(0, Positions.at(batch.next())));
                LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
            }
        };

        // When
        get(channel.append(Events.numbered("first", 1), Admission.PRODUCER));
        await().atMost(PATIENCE).until(() -> reading.ids.size() == 1);
        get(channel.append(Events.numbered("second", 1), Admission.PRODUCER));

        // Then
        await().atMost(PATIENCE).until(() -> reading.ids.size() == 2);
        get(Future.all(commits));
    }

    @Test
    void a_partition_is_given_back_with_its_last_commit_though_others_are_under_way() {
        // Given: commits of both partitions, one behind the other without end
        ChannelSpec spec = spec();
        Map<String, String> two = Map.of("kafka-topic-partitions", "2");
        LogChannel channel = open(spec, two);
        Reading one = new Reading(channel);
        await().atMost(PATIENCE).until(() -> one.assigned.size() == 2);
        for (int i = 0; i < 20; i++) {
            get(channel.append(
                    List.of(CloudEventBuilder.v1(Events.withId("e-" + i))
                            .withExtension("partitionkey", "key-" + i)
                            .build()),
                    Admission.PRODUCER));
        }
        await().atMost(PATIENCE).until(() -> one.ids.size() == 20);
        one.whenRevoked = partition -> one.reader.commit(partition, Positions.at(2));
        get(one.onContext(() -> {
            commitOnAndOn(one, 0);
            commitOnAndOn(one, 1);
            return Future.succeededFuture();
        }));

        // When
        Reading other = new Reading(open(spec, two));

        // Then
        await().atMost(PATIENCE).until(() -> one.assigned.size() == 1 && other.assigned.size() == 1);
        if (one.hasLost) {
            // The machine stopped for longer than a session: then nothing is given back.
            return;
        }
        assertThat(other.assigned.values())
                .singleElement()
                .satisfies(assignment -> assertThat(assignment.positions()).isEqualTo(Positions.at(2)));
    }

    /** Until the partition goes; on the context. */
    private void commitOnAndOn(Reading reading, int partition) {
        if (!reading.assigned.containsKey(partition)) {
            return;
        }
        reading.reader
                .commit(partition, Positions.at(1))
                .onSuccess(committed -> commitOnAndOn(reading, partition))
                // In the midst of a rebalance nothing can be committed. Not at once: one that is closed refuses at
                // once.
                .onFailure(refused -> vertx.setTimer(
                        1, timer -> reading.context.runOnContext(turn -> commitOnAndOn(reading, partition))));
    }

    @Test
    void a_partition_that_has_come_back_may_be_acted_on_when_what_it_was_given_back_with_ends_at_last() {
        // Given: a handler that takes longer to give partitions back than anybody waits for it
        ChannelSpec spec = spec();
        Map<String, String> two = Map.of("kafka-topic-partitions", "2", "handover-timeout", "100ms");
        Reading one = new Reading(open(spec, two));
        await().atMost(PATIENCE).until(() -> one.assigned.size() == 2);
        Promise<Void> late = Promise.promise();
        one.whenRevoked = partition -> late.future();
        Reading other = new Reading(open(spec, two));
        await().atMost(PATIENCE).until(() -> one.assigned.size() == 1 && other.assigned.size() == 1);
        get(other.onContext(other.reader::close));
        await().atMost(PATIENCE).until(() -> one.assigned.size() == 2);

        // When
        get(one.onContext(() -> {
            late.complete();
            return Future.succeededFuture();
        }));

        // Then
        await().atMost(PATIENCE).until(() -> one.reader.mayActOn(0) && one.reader.mayActOn(1));
    }

    @Test
    void what_retention_took_is_passed_over_by_a_read_that_begins_one_that_goes_on_and_one_that_catches_up() {
        // Given
        ChannelSpec spec = spec();
        String topic = TopicSettings.of(spec).name();
        LogChannel channel = open(spec);
        get(channel.start(new ResourceName("read", "behind"), "behind", StartFrom.Place.EARLIEST));
        get(channel.append(Events.numbered("before", 10), Admission.PRODUCER));
        topics.deleteRecords(topic, 0, 6);

        // When
        Reading reading = new Reading(channel);

        // Then
        await().atMost(PATIENCE).until(() -> reading.ids.size() == 4);
        assertThat(reading.assigned.get(0).positions().of("behind")).isEqualTo(Position.at(0));
        LogBatch caughtUp = get(reading.onContext(() -> reading.reader.catchUp().read(0, 0, 1 << 20)));
        assertThat(caughtUp.from()).isEqualTo(6);
        assertThat(caughtUp.records()).hasSize(4);

        // When: what is appended while it holds still goes as well
        get(reading.onContext(() -> {
            reading.reader.pause(0);
            // Behind that, so that it has been heard.
            return reading.reader.commit(0, Positions.at(10));
        }));
        // A fetch that was under way before that ends with the first of these, and the next ones leave the partition
        // out.
        for (int i = 0; i < 3; i++) {
            get(channel.append(Events.numbered("last-fetched-" + i, 1), Admission.PRODUCER));
        }
        get(channel.append(Events.numbered("meanwhile", 10), Admission.PRODUCER));
        topics.deleteRecords(topic, 0, 21);
        get(reading.onContext(() -> {
            reading.reader.resume(0);
            return Future.succeededFuture();
        }));

        // Then
        await().atMost(PATIENCE).until(() -> reading.ids.contains("meanwhile-9"));
        assertThat(reading.ids).contains("meanwhile-8").doesNotContain("meanwhile-7");
        assertThat(reading.froms).contains(21L);

        // When: nothing at all is left
        topics.deleteRecords(topic, 0, 23);

        // Then
        LogBatch nothing = get(reading.onContext(() -> reading.reader.catchUp().read(0, 10, 1 << 20)));
        assertThat(nothing).isEqualTo(new LogBatch(0, 23, 23, 23, List.of()));
    }

    @Test
    void a_reader_that_ran_out_of_memory_goes_on_and_leaves_nothing_out() {
        // Given: it has polled what nobody has seen when memory ends
        ChannelSpec spec = spec();
        KafkaChannel channel = (KafkaChannel) open(spec);
        AtomicInteger failures = new AtomicInteger(1);
        Reading reading = new Reading((context, handler) -> GroupReader.start(
                vertx,
                context,
                handler,
                channel.cluster(),
                get(channel.cluster().reading()),
                new ReadTopic(
                        channel.topic(),
                        new Tenant(channel.topic().id(), TopicSettings.of(spec).groupOf(spec.broker()), false),
                        Sharing.of(spec, ProcessOptions.of(Map.of()))),
                Map.of(),
                ProcessOptions.of(Map.of()),
                () -> {},
                () -> {},
                new Entrance.Anew(),
                config -> new Forgetful(config, failures)));

        // When
        get(channel.append(Events.numbered("e", 10), Admission.PRODUCER));

        // Then
        await().atMost(PATIENCE).until(() -> reading.ids.size() == 10);
        assertThat(failures).hasNonPositiveValue();
        get(reading.onContext(reading.reader::close));
    }

    /** Runs out of memory as often as it is told to, each time with records that it has polled already. */
    private static final class Forgetful extends KafkaConsumer<byte[], byte[]> {

        private final AtomicInteger failures;

        Forgetful(Map<String, Object> config, AtomicInteger failures) {
            super(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
            this.failures = failures;
        }

        @Override
        public ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
            ConsumerRecords<byte[], byte[]> polled = super.poll(timeout);
            if (!polled.isEmpty() && failures.getAndDecrement() > 0) {
                throw new OutOfMemoryError("told to fail");
            }
            return polled;
        }
    }

    @Test
    void what_is_parked_makes_room_for_itself_in_a_topic_that_takes_only_smaller_records() {
        // Given
        ChannelSpec spec = spec();
        String topic = TopicSettings.parkingOf(spec.broker());
        topics.create(topic, 1, Map.of("cleanup.policy", "compact", "max.message.bytes", "10000"));

        // When
        Kept kept = new Kept();
        ParkingLog parking = get(open(spec).parking(vertx.getOrCreateContext(), kept));

        // Then: as much as the Broker's topic, and what is said of the failure
        await().atMost(PATIENCE)
                .until(() ->
                        topics.config(topic, "max.message.bytes").equals(Integer.toString(1_048_588 + 256 * 1024)));

        // When
        topics.configure(topic, "max.message.bytes", "10000");

        // Then
        await().atMost(PATIENCE).ignoreException(ChannelException.class).until(() -> {
            get(parking.keep("large", new byte[500_000]));
            get(parking.keep("larger", new byte[1_500_000]));
            return true;
        });
        await().atMost(PATIENCE).until(() -> kept.ids.equals(Set.of("large", "larger")));
    }

    private LogChannel open(ChannelSpec spec) {
        return open(spec, Map.of());
    }

    private LogChannel open(ChannelSpec spec, Map<String, String> more) {
        Map<String, String> options = new HashMap<>(Map.of(
                "kafka-bootstrap-servers", kafka.bootstrapServers(),
                "kafka-topic-partitions", "1",
                "kafka-append-timeout", "20s"));
        options.putAll(more);
        ChannelEngine engine = new KafkaChannelProvider().engine(vertx, options);
        engines.add(engine);
        return (LogChannel) get(engine.open(spec));
    }

    private static ChannelSpec spec() {
        return spec(Map.of());
    }

    private static ChannelSpec spec(Map<String, String> options) {
        int number = NAMES.incrementAndGet();
        return new ChannelSpec("kafka", new ResourceName("read", "broker-" + number), "read-" + number, options);
    }

    private static <T> T get(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException failure ? failure : new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } catch (TimeoutException e) {
            throw new AssertionError("not complete within " + PATIENCE, e);
        }
    }

    /** Notes the ids of what is kept. */
    private static final class Kept implements ParkingLog.Listener {

        private final Set<String> ids = ConcurrentHashMap.newKeySet();

        @Override
        public void kept(String id, byte[] value) {
            ids.add(id);
        }

        @Override
        public void removed(String id) {
            ids.remove(id);
        }
    }

    /** Notes what it is told. */
    private final class Reading extends IdleHandler {

        private final Map<Integer, Assignment> assigned = new ConcurrentHashMap<>();
        private final ConcurrentLinkedQueue<String> ids = new ConcurrentLinkedQueue<>();
        private final Context context = vertx.getOrCreateContext();
        private volatile boolean hasLost;
        /** Where the batches began. */
        private final ConcurrentLinkedQueue<Long> froms = new ConcurrentLinkedQueue<>();

        private volatile Consumer<LogBatch> whenRead = batch -> {};
        private volatile Function<Integer, Future<Void>> whenRevoked = partition -> Future.succeededFuture();
        private final LogReader reader;

        Reading(LogChannel channel) {
            this((context, handler) -> get(channel.subscribe(context, handler)));
        }

        Reading(BiFunction<Context, LogHandler, LogReader> reader) {
            this.reader = reader.apply(context, this);
        }

        @Override
        public void assigned(Assignment assignment) {
            assigned.put(assignment.partition(), assignment);
        }

        @Override
        public void read(LogBatch batch) {
            batch.records().forEach(record -> ids.add(record.event().getId()));
            froms.add(batch.from());
            whenRead.accept(batch);
        }

        @Override
        public Future<Void> revoked(int partition, Duration within) {
            assigned.remove(partition);
            return whenRevoked.apply(partition);
        }

        @Override
        public void lost(int partition) {
            hasLost = true;
            assigned.remove(partition);
        }

        <T> Future<T> onContext(Supplier<Future<T>> action) {
            Promise<T> done = Promise.promise();
            context.runOnContext(turn -> action.get().onComplete(done));
            return done.future();
        }
    }
}
