/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.channel.Assignment;
import dev.sluice.api.channel.Channel.Admission;
import dev.sluice.api.channel.ChannelEngine;
import dev.sluice.api.channel.LogBatch;
import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.kafka.KafkaFixture;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A process that is to read is in the group before it does, as far as that is at nobody's expense. */
final class EarlyMembersIT {

    @RegisterExtension
    static final KafkaFixture kafka = KafkaFixture.single();

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
    void a_process_is_in_the_group_of_a_broker_before_it_reads_and_goes_on_as_the_same_member() {
        // Given
        KafkaChannel channel = open(engine(), spec);
        String member = awaitMemberWithPartitions();

        // When
        Reader reader = new Reader(channel);
        await().atMost(PATIENCE).until(() -> reader.assigned.size() == 2);
        get(channel.append(Events.numbered("e", 5), Admission.PRODUCER));

        // Then
        await().atMost(PATIENCE).until(() -> reader.ids.size() == 5);
        assertThat(members()).containsExactly(member);
    }

    @Test
    void the_next_process_is_in_the_group_before_it_knows_the_broker() {
        // Given
        ChannelEngine first = engine();
        Reader before = new Reader(open(first, spec));
        await().atMost(PATIENCE).until(() -> before.assigned.size() == 2);
        await().atMost(PATIENCE).until(() -> folder.resolve("brokers").toFile().exists());
        get(first.close());
        assertThat(members()).isEmpty();

        // When
        ChannelEngine next = engine();
        next.warm();

        // Then
        String member = awaitMemberWithPartitions();
        Reader reader = new Reader(open(next, spec));
        await().atMost(PATIENCE).until(() -> reader.assigned.size() == 2);
        assertThat(members()).containsExactly(member);
    }

    @Test
    void a_broker_that_was_created_again_meanwhile_is_read_all_the_same() {
        // Given
        ChannelEngine first = engine();
        Reader before = new Reader(open(first, spec));
        await().atMost(PATIENCE).until(() -> before.assigned.size() == 2);
        await().atMost(PATIENCE).until(() -> folder.resolve("brokers").toFile().exists());
        get(first.close());
        ChannelEngine next = engine();
        next.warm();
        awaitMemberWithPartitions();

        // When
        Reader reader = new Reader(open(next, spec(spec.brokerUid() + "-again")));

        // Then
        await().atMost(PATIENCE).until(() -> reader.assigned.size() == 2);
    }

    @Test
    void a_broker_that_is_gone_is_not_kept_for_the_next_start() {
        // Given
        ReadBrokers file = new ReadBrokers(folder.resolve("brokers"));
        KafkaChannel channel = open(engine(), spec);
        Reader reader = new Reader(channel);
        await().atMost(PATIENCE).until(() -> reader.assigned.size() == 2);
        await().atMost(PATIENCE).until(() -> file.load().size() == 1);

        // When
        get(channel.close());

        // Then
        await().atMost(PATIENCE).until(() -> file.load().isEmpty());
    }

    @Test
    void a_group_that_others_are_in_is_not_joined_before_its_time() {
        // Given
        ChannelEngine others = new KafkaChannelProvider().engine(vertx, options("other"));
        engines.add(others);
        KafkaChannel channel = open(others, spec);
        Reader other = new Reader(channel);
        await().atMost(PATIENCE).until(() -> other.assigned.size() == 2);
        EarlyMembers early = new EarlyMembers(vertx, process());

        // When
        early.join(channel.cluster(), place(channel));

        // Then
        assertThat(get(early.take(place(channel)))).isEmpty();
        assertThat(members()).hasSize(1);
    }

    @Test
    void a_member_that_nobody_comes_for_leaves_the_group_to_others() {
        // Given
        ChannelEngine others = new KafkaChannelProvider().engine(vertx, options("other"));
        engines.add(others);
        KafkaChannel channel = open(others, spec);
        EarlyMembers early = new EarlyMembers(vertx, process(), Duration.ofMillis(500), PATIENCE);

        // When
        early.join(channel.cluster(), place(channel));
        EarlyMember member = get(early.take(place(channel))).orElseThrow();
        get(member.ended());

        // Then: not when its session ends
        assertThat(members()).isEmpty();
        assertThat(get(member.handOver())).isEmpty();
    }

    @Test
    void a_process_that_stops_before_it_reads_leaves_the_group_to_others() {
        // Given
        ChannelEngine engine = engine();
        open(engine, spec);
        awaitMemberWithPartitions();

        // When
        get(engine.close());

        // Then
        assertThat(members()).isEmpty();
    }

    private EarlyMembers.Place place(KafkaChannel channel) {
        return new EarlyMembers.Place(
                channel.cluster().settings(), channel.topic().name(), group, Sharing.of(spec, process()));
    }

    private ProcessOptions process() {
        return ProcessOptions.of(options("this"));
    }

    /** Of a process that reads, and is not given up where the machine is slow. */
    private ChannelEngine engine() {
        ChannelEngine engine =
                new KafkaEngine(vertx, process(), new EarlyMembers(vertx, process(), PATIENCE, PATIENCE));
        engines.add(engine);
        return engine;
    }

    private Map<String, String> options(String instance) {
        Map<String, String> options = new HashMap<>(Map.of(
                "kafka-bootstrap-servers",
                kafka.bootstrapServers(),
                "kafka-topic-partitions",
                "2",
                "kafka-append-timeout",
                "20s",
                "kafka-instance-id",
                instance));
        if (instance.equals("this")) {
            options.put("kafka-read-brokers", folder.resolve("brokers").toString());
        }
        return options;
    }

    private static KafkaChannel open(ChannelEngine engine, ChannelSpec spec) {
        return (KafkaChannel) get(engine.open(spec));
    }

    private static ChannelSpec spec(String uid) {
        return new ChannelSpec("kafka", new ResourceName("early", uid.replace("-again", "")), uid, Map.of());
    }

    private String awaitMemberWithPartitions() {
        await().atMost(PATIENCE)
                .until(() -> describe().stream()
                        .anyMatch(
                                member -> member.assignment().topicPartitions().size() == 2));
        return members().iterator().next();
    }

    private Set<String> members() {
        Set<String> ids = ConcurrentHashMap.newKeySet();
        describe().forEach(member -> ids.add(member.consumerId()));
        return ids;
    }

    private List<MemberDescription> describe() {
        try (Admin admin = kafka.admin()) {
            return List.copyOf(admin.describeConsumerGroups(List.of(group))
                    .describedGroups()
                    .get(group)
                    .get(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                    .members());
        } catch (Exception e) {
            if (e.getCause() instanceof GroupIdNotFoundException) {
                return List.of();
            }
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

    private final class Reader extends IdleHandler {

        private final Map<Integer, Assignment> assigned = new ConcurrentHashMap<>();
        private final ConcurrentLinkedQueue<String> ids = new ConcurrentLinkedQueue<>();

        Reader(KafkaChannel channel) {
            get(channel.subscribe(vertx.getOrCreateContext(), this));
        }

        @Override
        public void assigned(Assignment assignment) {
            assigned.put(assignment.partition(), assignment);
        }

        @Override
        public void read(LogBatch batch) {
            batch.records().forEach(record -> ids.add(record.event().getId()));
        }
    }
}
