/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.sluice.api.channel.Channel.Admission;
import dev.sluice.api.channel.ChannelEngine;
import dev.sluice.api.channel.ChannelException;
import dev.sluice.api.channel.LogChannel;
import dev.sluice.api.channel.ParkingLog;
import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.routing.StartFrom;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.Waiting;
import dev.sluice.testkit.kafka.KafkaFixture;
import dev.sluice.testkit.kafka.KafkaNode;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.LoggerFactory;

/** On how many nodes what is kept is. */
final class ReplicationIT {

    @RegisterExtension
    static final KafkaFixture kafka = KafkaFixture.three().endingWithItsClass();

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final AtomicInteger NAMES = new AtomicInteger();

    private final Topical topics = new Topical(kafka);
    private final Vertx vertx = Vertx.vertx();
    private final List<ChannelEngine> engines = new ArrayList<>();
    private final ListAppender<ILoggingEvent> logged = new ListAppender<>();
    private final Logger logger = (Logger) LoggerFactory.getLogger(Topics.class);

    @AfterEach
    void close() {
        logger.detachAppender(logged);
        engines.forEach(engine -> Waiting.on(engine.close()));
        Waiting.on(vertx.close());
    }

    @Test
    void what_a_broker_keeps_beside_its_events_has_as_many_replicas_as_these() {
        // Given: more than this Kafka has nodes, for Brokers that say nothing
        Map<String, String> process = Map.of("kafka-topic-replication-factor", "5");
        ChannelSpec two = spec(Map.of("default.topic.replication.factor", "2"));
        LogChannel channel = open(two, process);

        // When
        start(channel, "first");
        Waiting.on(channel.parking(vertx.getOrCreateContext(), new Nobody()));

        // Then
        assertThat(replicasOf(TopicSettings.of(two).name())).isEqualTo(2);
        assertThat(replicasOf(TopicSettings.parkingOf(two.broker()))).isEqualTo(2);
        assertThat(replicasOf(CursorTopic.NAME)).isEqualTo(2);

        // When: another one asks for more, of what they share and of what is there
        logged.start();
        logger.addAppender(logged);
        ChannelSpec three = spec(Map.of("default.topic.replication.factor", "3"));
        topics.create(TopicSettings.parkingOf(three.broker()), 1, Map.of("cleanup.policy", "compact"));
        LogChannel another = open(three, process);
        start(another, "second");
        start(another, "third");
        Waiting.on(another.parking(vertx.getOrCreateContext(), new Nobody()));
        start(open(spec(Map.of("default.topic.replication.factor", "1")), process), "fourth");

        // Then: it gets what there is, and somebody is told once what to do
        assertThat(logged.list)
                .allSatisfy(warning -> assertThat(warning.getMessage()).contains("kafka-reassign-partitions.sh"))
                .extracting(ReplicationIT::valuesOf)
                .containsExactly(
                        List.of(CursorTopic.NAME, 2, 3), List.of(TopicSettings.parkingOf(three.broker()), 1, 3));
    }

    private static List<Object> valuesOf(ILoggingEvent warning) {
        Map<String, Object> values = new HashMap<>();
        warning.getKeyValuePairs().forEach(pair -> values.put(pair.key, pair.value));
        return List.of(values.get("topic"), values.get("replicas"), values.get("asked"));
    }

    @Test
    void an_event_is_refused_while_fewer_replicas_than_the_topic_asks_for_can_keep_it() {
        // Given
        ChannelSpec spec = spec(Map.of(
                "default.topic.partitions", "1",
                "default.topic.replication.factor", "3",
                "default.topic.config.min.insync.replicas", "3"));
        String topic = TopicSettings.of(spec).name();
        LogChannel channel = open(spec, Map.of("kafka-append-timeout", "4s"));
        await().atMost(PATIENCE).until(() -> inSync(topic) == 3);
        appendAtLast(channel);

        // When
        KafkaNode node = kafka.cluster().nodes().get(2);
        node.stop();
        await().atMost(PATIENCE).until(() -> inSync(topic) == 2);

        // Then
        assertThatThrownBy(() -> append(channel)).isInstanceOfSatisfying(ChannelException.class, refusal -> {
            assertThat(refusal.kind()).isEqualTo(ChannelException.Kind.UNAVAILABLE);
            assertThat(refusal.retryAfter()).isPositive();
        });

        // When
        node.start();

        // Then
        appendAtLast(channel);
    }

    private int inSync(String topic) {
        return topics.describe(topic).partitions().get(0).isr().size();
    }

    private int replicasOf(String topic) {
        return topics.describe(topic).partitions().get(0).replicas().size();
    }

    private static void append(LogChannel channel) {
        Waiting.on(channel.append(List.of(Events.MINIMAL), Admission.PRODUCER));
    }

    private static void appendAtLast(LogChannel channel) {
        await().atMost(PATIENCE).ignoreException(ChannelException.class).until(() -> {
            append(channel);
            return true;
        });
    }

    private static void start(LogChannel channel, String trigger) {
        Waiting.on(channel.start(new ResourceName("replicas", trigger), trigger, StartFrom.Place.EARLIEST));
    }

    private LogChannel open(ChannelSpec spec, Map<String, String> more) {
        Map<String, String> options = new HashMap<>(more);
        options.put("kafka-bootstrap-servers", kafka.bootstrapServers());
        options.putIfAbsent("kafka-append-timeout", "20s");
        ChannelEngine engine = new KafkaChannelProvider().engine(vertx, options);
        engines.add(engine);
        return (LogChannel) Waiting.on(engine.open(spec));
    }

    private static ChannelSpec spec(Map<String, String> options) {
        String name = "broker-" + NAMES.incrementAndGet();
        return new ChannelSpec("kafka", new ResourceName("replicas", name), name, options);
    }

    /** Hears of nothing. */
    private static final class Nobody implements ParkingLog.Listener {

        @Override
        public void kept(String id, byte[] value) {}

        @Override
        public void removed(String id) {}
    }
}
