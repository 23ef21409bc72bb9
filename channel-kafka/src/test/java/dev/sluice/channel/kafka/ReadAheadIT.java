/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.channel.Assignment;
import dev.sluice.api.channel.CatchUpReader;
import dev.sluice.api.channel.Channel.Admission;
import dev.sluice.api.channel.ChannelEngine;
import dev.sluice.api.channel.LogBatch;
import dev.sluice.api.channel.LogHandler;
import dev.sluice.api.channel.LogReader;
import dev.sluice.api.channel.Positions;
import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.routing.StartFrom;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.kafka.KafkaFixture;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** A process that comes into an empty group reads while Kafka has it wait for others. */
@Execution(ExecutionMode.CONCURRENT)
final class ReadAheadIT {

    /** Longer than what is done meanwhile, so that it is seen to be done meanwhile. */
    static final Duration WAIT = Duration.ofSeconds(8);

    @RegisterExtension
    static final KafkaFixture kafka = KafkaFixture.single().whoseGroupsWait(WAIT);

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final AtomicInteger NAMES = new AtomicInteger();

    private final Vertx vertx = Vertx.vertx();
    private final List<ChannelEngine> engines = new ArrayList<>();
    private final ChannelSpec spec = spec("uid-" + NAMES.incrementAndGet());
    private final String group = TopicSettings.of(spec).groupOf(spec.broker());

    @TempDir
    private Path folder;

    @AfterEach
    void close() {
        engines.forEach(engine -> get(engine.close()));
        get(vertx.close());
    }

    @Test
    void what_is_appended_while_the_group_waits_for_others_is_read_once_and_committed_when_it_has_dealt_out() {
        // Given
        KafkaChannel channel = open("one");
        Reader reader = new Reader(channel);
        await().atMost(PATIENCE).until(() -> reader.assigned.size() == 2);

        // When
        append(channel, "early", 20);
        await().atMost(PATIENCE).until(() -> reader.ids.size() == 20);

        // Then
        assertThat(describe().groupState()).isEqualTo(GroupState.PREPARING_REBALANCE);
        Future<Void> committed = reader.commitAll();
        assertThat(committed.isComplete()).isFalse();

        // When
        get(committed);

        // Then: as the group's member
        assertThat(describe().groupState()).isEqualTo(GroupState.STABLE);
        append(channel, "late", 20);
        await().atMost(PATIENCE).until(() -> reader.ids.size() == 40);
        assertThat(reader.ids).doesNotHaveDuplicates();
        assertThat(reader.lost).isEmpty();
        get(reader.commitAll());
        get(reader.reader.close());
        Reader next = new Reader(open("two"));
        await().atMost(PATIENCE).until(() -> next.assigned.size() == 2);
        assertThat(next.assigned.values())
                .allSatisfy(assignment -> assertThat(assignment.positions().watermark())
                        .isEqualTo(reader.behind.get(assignment.partition())));
    }

    @Test
    void of_many_events_a_part_is_read_before_partitions_are_dealt_out_and_the_rest_behind() {
        // Given
        KafkaChannel channel = open("one");
        append(channel, "many", 3_000);

        // When
        Reader reader = new Reader(channel);
        await().atMost(PATIENCE).until(() -> reader.ids.size() >= 1_000);

        // Then
        assertThat(describe().groupState()).isEqualTo(GroupState.PREPARING_REBALANCE);
        AtomicInteger most = new AtomicInteger();
        await().atMost(PATIENCE).until(() -> {
            int read = reader.ids.size();
            boolean waits = describe().groupState() == GroupState.PREPARING_REBALANCE;
            most.set(waits ? read : most.get());
            return !waits;
        });
        assertThat(most).hasValueLessThanOrEqualTo(1_200);
        await().atMost(PATIENCE).until(() -> reader.ids.size() == 3_000);
        assertThat(reader.ids).doesNotHaveDuplicates();
    }

    @Test
    void what_a_trigger_has_to_catch_up_with_waits_for_the_group() {
        // Given
        KafkaChannel channel = open("one");
        append(channel, "early", 20);
        Reader reader = new Reader(channel);
        await().atMost(PATIENCE).until(() -> reader.ids.size() == 20);

        // When
        CatchUpReader catchUp = reader.reader.catchUp();
        Future<LogBatch> batch = reader.onContext(() -> catchUp.read(0, 0, 1_000_000));

        // Then
        assertThat(describe().groupState()).isEqualTo(GroupState.PREPARING_REBALANCE);
        assertThat(batch.isComplete()).isFalse();
        assertThat(get(batch).next()).isEqualTo(reader.behind.getOrDefault(0, 0L));
        get(reader.onContext(catchUp::close));
    }

    @Test
    void a_reader_whose_member_is_gone_joins_anew_though_that_fails_at_first() {
        // Given
        KafkaChannel channel = open(engine(Map.of()));
        ProcessOptions process = ProcessOptions.of(options(Map.of(
                "kafka-instance-id",
                "one",
                "kafka-read-brokers",
                folder.resolve("one").toString())));
        EarlyMembers early = new EarlyMembers(vertx, process, PATIENCE, PATIENCE);
        EarlyMembers.Place place = new EarlyMembers.Place(
                channel.cluster().settings(), channel.topic().name(), group, Sharing.of(spec, process));
        get(early.join(channel.cluster(), place));
        EarlyMember member = get(early.take(place)).orElseThrow();
        assertThat(get(member.alone())).isTrue();
        assertThat(member.accompany()).isTrue();
        AtomicInteger failures = new AtomicInteger(1);
        Reader reader = new Reader((context, handler) -> GroupReader.start(
                vertx,
                context,
                handler,
                channel.cluster(),
                get(channel.cluster().reading()),
                new ReadTopic(
                        channel.topic(), new Tenant(channel.topic().id(), group, false), Sharing.of(spec, process)),
                Map.of(),
                process,
                () -> {},
                () -> {},
                new Entrance.Ahead(member),
                config -> consumer(config, failures)));
        await().atMost(PATIENCE).until(() -> reader.assigned.size() == 2);

        // When
        get(member.leave());

        // Then
        await().atMost(PATIENCE).until(() -> reader.lost.size() == 2);
        await().atMost(PATIENCE).until(() -> reader.assigned.size() == 2);
        assertThat(failures).hasValue(0);
        get(reader.reader.close());
    }

    /** Fails to make a member of a group as often as it is told to. */
    private static KafkaConsumer<byte[], byte[]> consumer(Map<String, Object> config, AtomicInteger failures) {
        if (config.containsKey(ConsumerConfig.GROUP_ID_CONFIG)
                && failures.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            throw new KafkaException("told to fail");
        }
        return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    @Test
    void who_comes_meanwhile_gets_a_share_when_it_has_been_given_back() {
        // Given
        KafkaChannel channel = open("one");
        Reader first = new Reader(channel);
        await().atMost(PATIENCE).until(() -> first.assigned.size() == 2);
        append(channel, "early", 20);
        await().atMost(PATIENCE).until(() -> first.ids.size() == 20);

        // When
        Reader second = new Reader(open("two"));

        // Then
        await().atMost(PATIENCE).until(() -> describe().members().size() == 2);
        assertThat(describe().groupState()).isEqualTo(GroupState.PREPARING_REBALANCE);
        assertThat(first.assigned).hasSize(2);
        await().atMost(PATIENCE).until(() -> first.assigned.size() == 1 && second.assigned.size() == 1);
        assertThat(first.lost).isEmpty();
        append(channel, "late", 40);
        await().atMost(PATIENCE).until(() -> first.ids.size() + second.ids.size() == 60);
        assertThat(second.ids).isNotEmpty().doesNotContainAnyElementsOf(first.ids);
    }

    @Test
    void a_reader_that_ends_meanwhile_leaves_the_group_to_others() {
        // Given
        Reader reader = new Reader(open("one"));
        await().atMost(PATIENCE).until(() -> reader.assigned.size() == 2);
        assertThat(describe().groupState()).isEqualTo(GroupState.PREPARING_REBALANCE);

        // When
        get(reader.reader.close());

        // Then
        Reader next = new Reader(open("two"));
        await().atMost(PATIENCE).until(() -> next.assigned.size() == 2);
        assertThat(describe().members()).hasSize(1);
    }

    @Test
    void a_reader_whose_identity_another_process_takes_meanwhile_lets_go() {
        // Given
        Reader reader = new Reader(open("one"));
        await().atMost(PATIENCE).until(() -> reader.assigned.size() == 2);
        assertThat(reader.reader.mayActOn(0)).isTrue();

        // When
        Reader other = new Reader(open("one", "another-folder"));

        // Then
        await().atMost(PATIENCE).until(() -> reader.lost.size() == 2);
        assertThat(reader.reader.mayActOn(0)).isFalse();
        await().atMost(PATIENCE).until(() -> other.assigned.size() == 2 && other.reader.mayActOn(0));
        // It does not take its identity back at once.
        assertThat(other.lost).isEmpty();
    }

    @Test
    void of_two_that_come_at_once_one_at_most_reads_before_partitions_are_dealt_out() {
        // Given
        List<KafkaChannel> channels = List.of(open("one"), open("two"));

        // When
        Reader one = new Reader(channels.get(0));
        Reader two = new Reader(channels.get(1));
        await().atMost(PATIENCE).until(() -> describe().members().size() == 2);

        // Then
        append(channels.get(0), "e", 60);
        await().atMost(PATIENCE).until(() -> one.assigned.size() == 1 && two.assigned.size() == 1);
        await().atMost(PATIENCE).until(() -> one.ids.size() + two.ids.size() >= 60);
        List<String> all = new ArrayList<>(one.ids);
        all.addAll(two.ids);
        assertThat(all).hasSize(60).doesNotHaveDuplicates();
        assertThat(one.lost).isEmpty();
        assertThat(two.lost).isEmpty();
    }

    private void append(KafkaChannel channel, String prefix, int count) {
        List<CloudEvent> events = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String id = prefix + "-" + i;
            events.add(CloudEventBuilder.from(Events.withId(id))
                    .withExtension("partitionkey", id)
                    .build());
        }
        get(channel.append(events, Admission.PRODUCER));
    }

    private KafkaChannel open(String instance) {
        return open(instance, instance);
    }

    private KafkaChannel open(String instance, String file) {
        return open(engine(Map.of(
                "kafka-instance-id",
                instance,
                "kafka-read-brokers",
                folder.resolve(file).toString())));
    }

    private KafkaChannel open(ChannelEngine engine) {
        KafkaChannel channel = (KafkaChannel) get(engine.open(spec));
        get(channel.start(new ResourceName("ahead", "trigger"), "trigger-uid", StartFrom.Place.EARLIEST));
        return channel;
    }

    private ChannelEngine engine(Map<String, String> more) {
        ChannelEngine engine = new KafkaChannelProvider().engine(vertx, options(more));
        engines.add(engine);
        return engine;
    }

    private static Map<String, String> options(Map<String, String> more) {
        Map<String, String> options = new HashMap<>(Map.of(
                "kafka-bootstrap-servers",
                kafka.bootstrapServers(),
                "kafka-topic-partitions",
                "2",
                "kafka-append-timeout",
                "20s"));
        options.putAll(more);
        return options;
    }

    private static ChannelSpec spec(String uid) {
        return new ChannelSpec("kafka", new ResourceName("ahead", uid), uid, Map.of());
    }

    private ConsumerGroupDescription describe() {
        try (Admin admin = kafka.admin()) {
            return admin.describeConsumerGroups(List.of(group))
                    .describedGroups()
                    .get(group)
                    .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static <T> T get(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** Notes what it is told, and commits what it has read of what it gives back. */
    private final class Reader extends IdleHandler {

        private final Context context = vertx.getOrCreateContext();
        private final Map<Integer, Assignment> assigned = new ConcurrentHashMap<>();
        private final Map<Integer, Long> behind = new ConcurrentHashMap<>();
        private final ConcurrentLinkedQueue<String> ids = new ConcurrentLinkedQueue<>();
        private final ConcurrentLinkedQueue<Integer> lost = new ConcurrentLinkedQueue<>();
        private final LogReader reader;

        Reader(KafkaChannel channel) {
            this((context, handler) -> get(channel.subscribe(context, handler)));
        }

        Reader(BiFunction<Context, LogHandler, LogReader> opened) {
            reader = opened.apply(context, this);
        }

        Future<Void> commitAll() {
            return onContext(() -> {
                List<Future<Void>> commits = new ArrayList<>();
                behind.forEach((partition, next) -> commits.add(commit(partition)));
                return Future.all(commits).mapEmpty();
            });
        }

        private Future<Void> commit(int partition) {
            return reader.commit(partition, new Positions(behind.get(partition), Map.of()));
        }

        @Override
        public void assigned(Assignment assignment) {
            assigned.put(assignment.partition(), assignment);
        }

        @Override
        public void read(LogBatch batch) {
            batch.records().forEach(record -> ids.add(record.event().getId()));
            behind.put(batch.partition(), batch.next());
        }

        @Override
        public Future<Void> revoked(int partition, Duration within) {
            assigned.remove(partition);
            return behind.containsKey(partition) ? commit(partition) : Future.succeededFuture();
        }

        @Override
        public void lost(int partition) {
            lost.add(partition);
            assigned.remove(partition);
        }

        private <T> Future<T> onContext(Supplier<Future<T>> action) {
            Promise<T> done = Promise.promise();
            context.runOnContext(turn -> action.get().onComplete(done));
            return done.future();
        }
    }
}
