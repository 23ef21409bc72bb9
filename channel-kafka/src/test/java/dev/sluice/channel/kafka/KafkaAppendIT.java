/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.channel.Channel;
import dev.sluice.api.channel.Channel.Admission;
import dev.sluice.api.channel.ChannelEngine;
import dev.sluice.api.channel.ChannelException;
import dev.sluice.api.channel.ChannelException.Kind;
import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.WireForm;
import dev.sluice.testkit.kafka.KafkaFixture;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.kafka.KafkaMessageFactory;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class KafkaAppendIT {

    @RegisterExtension
    static final KafkaFixture kafka = KafkaFixture.single();

    /** Of what must fail in time; what must succeed has all the time that an option allows it. */
    private static final Duration APPEND_TIMEOUT = Duration.ofSeconds(4);

    private static final Map<String, String> IMPATIENT =
            Map.of("kafka-append-timeout", APPEND_TIMEOUT.toSeconds() + "s");
    private static final Duration PATIENCE = Duration.ofSeconds(40);
    private static final AtomicInteger NAMES = new AtomicInteger();

    private final Topical topics = new Topical(kafka);
    private final Vertx vertx = Vertx.vertx();
    private final List<ChannelEngine> engines = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        // Before Kafka is brought back: closing must end without it.
        for (ChannelEngine engine : engines) {
            settled(engine.close(), PATIENCE);
        }
        settled(vertx.close(), Duration.ofSeconds(10));
    }

    // ---- topics
    // ------------------------------------------------------------------------------------------------------

    @Test
    void creates_the_topic_as_the_broker_asks() {
        ChannelSpec spec = spec(Map.of(
                "default.topic.partitions", "3",
                "default.topic.replication.factor", "1",
                "default.topic.config.retention.ms", "3600000"));

        open(engine(), spec);

        String topic = topicOf(spec);
        assertThat(topics.describe(topic).partitions()).hasSize(3);
        assertThat(topics.config(topic, "retention.ms")).isEqualTo("3600000");
    }

    @Test
    void a_topic_is_created_with_the_options_of_the_process_where_the_broker_says_nothing() {
        ChannelSpec spec = spec(Map.of());

        open(engine(Map.of("kafka-topic-partitions", "2", "kafka-topic-replication-factor", "1")), spec);

        assertThat(topics.describe(topicOf(spec)).partitions()).hasSize(2);
    }

    @Test
    void an_existing_topic_is_used_as_it_is_if_it_offers_at_least_what_is_asked_for() {
        ChannelSpec spec = spec(Map.of("default.topic.partitions", "2"));
        topics.create(topicOf(spec), 5, Map.of("retention.ms", "1234567"));

        open(engine(), spec);

        assertThat(topics.describe(topicOf(spec)).partitions()).hasSize(5);
        assertThat(topics.config(topicOf(spec), "retention.ms")).isEqualTo("1234567");
    }

    @Test
    void an_existing_topic_that_does_not_fit_is_refused_with_everything_that_is_wrong_and_left_alone() {
        ChannelSpec spec = spec(Map.of(
                "default.topic.partitions", "4",
                "default.topic.replication.factor", "3",
                "default.topic.config.retention.ms", "3600000"));
        topics.create(topicOf(spec), 2, Map.of("cleanup.policy", "compact"));

        ChannelException refusal = refusalOf(engine().open(spec));

        assertThat(refusal.kind()).isEqualTo(Kind.UNAVAILABLE);
        assertThat(refusal)
                .hasMessageContaining(topicOf(spec))
                .hasMessageContaining("cleanup.policy is compact")
                .hasMessageContaining("it has 2 partitions and the Broker's configuration asks for 4")
                .hasMessageContaining("it has 1 replicas and the Broker's configuration asks for 3")
                .hasMessageContaining("retention.ms is 604800000 and the Broker's configuration asks for 3600000");
        assertThat(topics.config(topicOf(spec), "cleanup.policy")).isEqualTo("compact");
    }

    @Test
    void a_topic_that_can_not_be_created_is_refused_with_the_words_of_kafka() {
        ChannelSpec spec = spec(Map.of("default.topic.replication.factor", "3"));

        assertThat(refusalOf(engine().open(spec)))
                .hasMessageContaining(topicOf(spec) + " can't be created")
                .hasMessageContaining("eplication factor");
        assertThat(topics.exists(topicOf(spec))).isFalse();
    }

    @Test
    void an_external_topic_is_used_and_never_created() {
        String topic = "orders-" + NAMES.incrementAndGet();
        ChannelSpec spec = spec(Map.of("kafka.eventing.knative.dev/external.topic", topic));
        ChannelEngine engine = engine();
        assertThat(refusalOf(engine.open(spec))).hasMessageContaining(topic + " does not exist");
        assertThat(topics.exists(topic)).isFalse();
        topics.create(topic, 1, Map.of());

        Channel channel = open(engine, spec);
        append(channel, List.of(Events.MINIMAL));

        assertThat(topics.read(topic)).hasSize(1);
        assertThat(topics.exists(topicOf(spec))).isFalse();
    }

    @Test
    void the_same_broker_opened_twice_is_one_channel_and_brokers_of_one_kafka_share_one_thread() {
        ChannelEngine engine = engine();
        ChannelSpec spec = spec(Map.of());

        Channel first = open(engine, spec);
        Channel second = open(engine, spec);
        Channel other = open(engine, spec(Map.of("bootstrap.servers", kafka.bootstrapServers())));

        assertThat(second).isSameAs(first);
        assertThat(((KafkaChannel) other).cluster()).isSameAs(((KafkaChannel) first).cluster());
    }

    // ---- what is written
    // ---------------------------------------------------------------------------------------------

    @Test
    void every_event_reads_unchanged_to_any_consumer_that_knows_cloudevents() {
        ChannelSpec spec = spec(Map.of());
        Channel channel = open(engine(), spec);

        append(channel, Events.all());

        Map<String, WireForm> read = new HashMap<>();
        topics.read(topicOf(spec)).forEach(record -> {
            CloudEvent event = KafkaMessageFactory.createReader(record).toEvent();
            read.put(event.getId(), WireForm.of(event));
        });
        assertThat(read).hasSize(Events.all().size());
        for (CloudEvent event : Events.all()) {
            assertThat(read.get(event.getId())).as(event.getId()).isEqualTo(WireForm.of(event));
        }
    }

    @Test
    void events_with_one_partition_key_share_a_partition_in_the_order_in_which_they_were_appended() {
        ChannelSpec spec = spec(Map.of("default.topic.partitions", "8", "sluice.dev/partition-by", "customer"));
        Channel channel = open(engine(), spec);

        for (int i = 0; i < 200; i++) {
            append(
                    channel,
                    List.of(CloudEventBuilder.from(Events.withId("e-" + i))
                            .withExtension("customer", "c" + i % 10)
                            .build()));
        }

        Map<String, List<ConsumerRecord<byte[], byte[]>>> byKey = topics.read(topicOf(spec)).stream()
                .collect(Collectors.groupingBy(record -> new String(record.key(), UTF_8)));
        assertThat(byKey).hasSize(10);
        assertThat(byKey.values()).allSatisfy(records -> {
            assertThat(records)
                    .extracting(ConsumerRecord::partition)
                    .containsOnly(records.get(0).partition());
            assertThat(records).extracting(KafkaAppendIT::numberOf).isSorted().hasSize(20);
        });
    }

    @Test
    void an_event_over_kafkas_limit_is_refused_with_both_limits_until_the_topics_is_raised() {
        ChannelSpec spec = spec(Map.of());
        Channel channel = open(engine(), spec);
        CloudEvent large = Events.ofSize("large", 1_100_000);

        ChannelException refusal = refusalOf(channel.append(List.of(large), Admission.PRODUCER));

        assertThat(refusal.kind()).isEqualTo(Kind.TOO_LARGE);
        assertThat(refusal)
                .hasMessageContaining("event \"large\"")
                .hasMessageContaining("takes 1048588 (max.message.bytes)")
                .hasMessageContaining("--kafka-buffer-memory=33554432");
        topics.configure(topicOf(spec), "max.message.bytes", "2000000");
        appendAtLast(channel, large);
        assertThat(topics.read(topicOf(spec))).hasSize(1);
    }

    @Test
    void a_batch_with_one_event_that_is_too_large_is_refused_whole() {
        ChannelSpec spec = spec(Map.of());
        Channel channel = open(engine(), spec);

        ChannelException refusal = refusalOf(
                channel.append(List.of(Events.MINIMAL, Events.ofSize("large", 1_100_000)), Admission.PRODUCER));

        assertThat(refusal.kind()).isEqualTo(Kind.TOO_LARGE);
        append(channel, List.of(Events.withId("next")));
        assertThat(topics.read(topicOf(spec))).hasSize(1);
    }

    @Test
    void an_event_over_a_limit_that_was_lowered_is_refused_with_both_limits() {
        ChannelSpec spec = spec(Map.of());
        Channel channel = open(engine(), spec);
        topics.lowerLimit(topicOf(spec), 50_000);

        ChannelException refusal =
                refusalOf(channel.append(List.of(Events.ofSize("large", 100_000)), Admission.PRODUCER));

        assertThat(refusal.kind()).isEqualTo(Kind.TOO_LARGE);
        assertThat(refusal)
                .hasMessageContaining("takes 50000 (max.message.bytes)")
                .hasMessageContaining("--kafka-buffer-memory=33554432");
    }

    @Test
    void a_batch_of_which_a_part_is_kept_before_it_is_known_that_another_is_too_large_is_to_be_sent_again() {
        // Given
        ChannelSpec spec = spec(Map.of("default.topic.partitions", "1"));
        Channel channel = open(engine(), spec);
        topics.lowerLimit(topicOf(spec), 50_000);
        List<CloudEvent> batch = List.of(Events.withId("small"), Events.ofSize("large", 100_000));

        // When
        ChannelException first = refusalOf(channel.append(batch, Admission.PRODUCER));
        ChannelException second = refusalOf(channel.append(batch, Admission.PRODUCER));

        // Then: what was found out counts from then on, for the batch as a whole
        assertThat(first.kind()).isEqualTo(Kind.UNAVAILABLE);
        assertThat(first)
                .hasMessageContaining("a batch of 2 events")
                .hasMessageContaining("takes 50000 (max.message.bytes)")
                .hasMessageContaining("--kafka-buffer-memory=33554432");
        assertThat(second.kind()).isEqualTo(Kind.TOO_LARGE);
        assertThat(topics.read(topicOf(spec)))
                .filteredOn(record -> idOf(record).equals("small"))
                .hasSize(1);
    }

    @Test
    void a_batch_larger_than_what_may_be_on_its_way_at_once_is_refused_for_good() {
        Channel channel = open(engine(Map.of("kafka-buffer-memory", "4MiB")), spec(Map.of()));
        List<CloudEvent> batch = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            batch.add(Events.ofSize("e-" + i, 1_000_000));
        }

        ChannelException refusal = refusalOf(channel.append(batch, Admission.PRODUCER));

        assertThat(refusal.kind()).isEqualTo(Kind.TOO_LARGE);
        assertThat(refusal).hasMessageContaining("a batch of 5 events").hasMessageContaining("--kafka-buffer-memory");
    }

    // ---- faults
    // ------------------------------------------------------------------------------------------------------

    @Test
    void a_kafka_that_is_down_when_a_broker_is_opened_is_named_and_found_when_it_is_back() {
        ChannelSpec spec = spec(Map.of());
        ChannelEngine engine = engine();
        kafka.cluster().node().kill();

        ChannelException refusal = refusalOf(engine.open(spec), Duration.ofSeconds(15));

        assertThat(refusal.kind()).isEqualTo(Kind.UNAVAILABLE);
        assertThat(refusal).hasMessageContaining(kafka.bootstrapServers());
        kafka.cluster().node().start();
        append(open(engine, spec), List.of(Events.MINIMAL));
    }

    @Test
    void an_address_that_can_not_be_resolved_is_named() {
        ChannelSpec spec = spec(Map.of("bootstrap.servers", "kafka.invalid:9092"));

        assertThat(refusalOf(engine().open(spec), Duration.ofSeconds(15)))
                .hasMessageContaining("Broker " + spec.broker())
                .hasMessageContaining("kafka.invalid:9092");
    }

    @Test
    void a_kafka_that_hangs_costs_bounded_memory_and_time_and_no_thread_and_is_used_again_when_it_goes_on() {
        // Given
        ChannelSpec spec = spec(Map.of());
        Map<String, String> options = new HashMap<>(IMPATIENT);
        options.put("kafka-buffer-memory", "4MiB");
        Channel channel = open(engine(options), spec);
        appendAtLast(channel, Events.withId("before"));
        kafka.cluster().node().freeze();

        // When
        List<Future<Void>> taken = new ArrayList<>();
        long slowestNanos = 0;
        Set<Kind> refusals = new HashSet<>();
        for (int i = 0; i < 6_000; i++) {
            long start = System.nanoTime();
            Future<Void> appending = channel.append(List.of(Events.ofSize("e-" + i, 1000)), Admission.PRODUCER);
            slowestNanos = Math.max(slowestNanos, System.nanoTime() - start);
            if (appending.failed()) {
                refusals.add(((ChannelException) appending.cause()).kind());
            } else {
                taken.add(appending);
            }
        }

        // Then
        assertThat(channel.fill().bytes()).isLessThanOrEqualTo(4L << 20);
        assertThat(taken).hasSizeBetween(1000, 4000);
        assertThat(refusals).isSubsetOf(Kind.FULL, Kind.UNAVAILABLE).isNotEmpty();
        assertThat(Duration.ofNanos(slowestNanos)).isLessThan(APPEND_TIMEOUT.dividedBy(2));
        // A reply has room where a producer has none.
        Future<Void> reply = channel.append(List.of(Events.withId("reply")), Admission.REPLY);
        assertThat(reply.isComplete()).isFalse();
        for (Future<Void> appending : taken) {
            ChannelException failure = refusalOf(appending, APPEND_TIMEOUT.plusSeconds(4));
            assertThat(failure.kind()).isEqualTo(Kind.UNAVAILABLE);
            assertThat(failure.retryAfter()).isPositive();
        }
        assertThat(refusalOf(channel.append(List.of(Events.MINIMAL), Admission.PRODUCER), Duration.ofSeconds(10))
                        .kind())
                .isEqualTo(Kind.UNAVAILABLE);
        await().until(() -> channel.fill().bytes() == 0);

        kafka.cluster().node().thaw();
        appendAtLast(channel, Events.withId("after"));
    }

    @Test
    void a_topic_that_is_gone_holds_up_nobody_else_and_one_that_is_created_in_its_place_is_not_taken_for_it() {
        // Given
        ChannelEngine engine = engine(IMPATIENT);
        ChannelSpec spec = spec(Map.of("default.topic.partitions", "1"));
        Channel gone = open(engine, spec);
        Channel other = open(engine, spec(Map.of("default.topic.partitions", "1")));
        appendAtLast(gone, Events.MINIMAL);
        appendAtLast(other, Events.MINIMAL);
        topics.delete(topicOf(spec));

        // When: the first ones find out; then the channel knows
        await().atMost(PATIENCE).until(() -> {
            Future<Void> appending = gone.append(List.of(Events.MINIMAL), Admission.PRODUCER);
            boolean atOnce = appending.failed();
            settled(appending, APPEND_TIMEOUT.plusSeconds(4));
            return atOnce;
        });

        // Then
        assertThat(refusalOf(gone.append(List.of(Events.MINIMAL), Admission.PRODUCER)))
                .hasMessageContaining("is gone");
        long start = System.nanoTime();
        append(other, List.of(Events.MINIMAL));
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(APPEND_TIMEOUT.minusMillis(500));

        // When
        topics.create(topicOf(spec), 1, Map.of());

        // Then
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(refusalOf(gone.append(List.of(Events.MINIMAL), Admission.PRODUCER)))
                        .hasMessageContaining("deleted and created again")
                        .hasMessageContaining("restart Sluice"));
        assertThat(topics.read(topicOf(spec))).isEmpty();
        settled(gone.close(), PATIENCE);
        Channel again = open(engine, spec);
        appendAtLast(again, Events.MINIMAL);
    }

    @Test
    void a_topic_that_was_exchanged_while_nobody_appended_is_found_out() {
        ChannelSpec spec = spec(Map.of("default.topic.partitions", "1"));
        Channel channel = open(engine(), spec);
        append(channel, Events.numbered("e", 100));
        topics.delete(topicOf(spec));
        await().atMost(PATIENCE).until(() -> !topics.exists(topicOf(spec)));
        topics.create(topicOf(spec), 1, Map.of());

        await().atMost(PATIENCE)
                .until(() -> settled(channel.append(List.of(Events.MINIMAL), Admission.PRODUCER), PATIENCE)
                                .cause()
                        instanceof ChannelException);

        // The first failure has it look, and is over before that.
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(refusalOf(channel.append(List.of(Events.MINIMAL), Admission.PRODUCER)))
                        .hasMessageContaining("deleted and created again"));
    }

    // ---- life
    // --------------------------------------------------------------------------------------------------------

    @Test
    void closing_lets_what_is_on_its_way_arrive_and_takes_nothing_more() {
        ChannelSpec spec = spec(Map.of());
        ChannelEngine engine = engine();
        Channel channel = open(engine, spec);
        List<Future<Void>> appending = new ArrayList<>();
        for (CloudEvent event : Events.numbered("e", 2000)) {
            appending.add(channel.append(List.of(event), Admission.PRODUCER));
        }

        settled(channel.close(), PATIENCE);

        assertThat(appending).allMatch(Future::succeeded);
        assertThat(topics.read(topicOf(spec))).hasSize(2000);
        assertThat(refusalOf(channel.append(List.of(Events.MINIMAL), Admission.PRODUCER))
                        .kind())
                .isEqualTo(Kind.CLOSED);
        append(open(engine, spec), List.of(Events.MINIMAL));
        assertThat(topics.read(topicOf(spec))).hasSize(2001);
    }

    @Test
    void a_channel_that_is_asked_for_while_it_closes_is_opened_behind_that() {
        // Given: one that takes a while to close
        ChannelSpec spec = spec(Map.of());
        ChannelEngine engine = engine();
        Channel first = open(engine, spec);
        for (CloudEvent event : Events.numbered("e", 2000)) {
            var unused = first.append(List.of(event), Admission.PRODUCER);
        }
        Future<Void> closing = first.close();

        // When
        Channel second = open(engine, spec);

        // Then
        assertThat(closing.succeeded()).isTrue();
        append(second, List.of(Events.MINIMAL));
        assertThat(topics.read(topicOf(spec))).hasSize(2001);
    }

    // ---- plumbing
    // ----------------------------------------------------------------------------------------------------

    private ChannelEngine engine() {
        return engine(Map.of());
    }

    private ChannelEngine engine(Map<String, String> further) {
        Map<String, String> options = new HashMap<>(further);
        options.put("kafka-bootstrap-servers", kafka.bootstrapServers());
        options.putIfAbsent("kafka-append-timeout", "25s");
        ChannelEngine engine = new KafkaChannelProvider().engine(vertx, options);
        engines.add(engine);
        return engine;
    }

    private static ChannelSpec spec(Map<String, String> options) {
        int number = NAMES.incrementAndGet();
        return new ChannelSpec("kafka", new ResourceName("it", "broker-" + number), "uid-" + number, options);
    }

    private static String topicOf(ChannelSpec spec) {
        return "knative-broker-it-" + spec.broker().name();
    }

    private static Channel open(ChannelEngine engine, ChannelSpec spec) {
        Future<Channel> opening = settled(engine.open(spec), PATIENCE);
        assertThat(opening.cause()).isNull();
        return opening.result();
    }

    /** Where Kafka need not answer within the time that appends have. */
    private static void appendAtLast(Channel channel, CloudEvent event) {
        await().atMost(PATIENCE).ignoreException(ChannelException.class).until(() -> {
            append(channel, List.of(event));
            return true;
        });
    }

    private static void append(Channel channel, List<CloudEvent> events) {
        Future<Void> appending = settled(channel.append(events, Admission.PRODUCER), PATIENCE);
        if (appending.cause() instanceof RuntimeException failure) {
            throw failure;
        }
    }

    private static ChannelException refusalOf(Future<?> future) {
        return refusalOf(future, Duration.ofSeconds(15));
    }

    private static ChannelException refusalOf(Future<?> future, Duration within) {
        assertThat(settled(future, within).cause()).isInstanceOf(ChannelException.class);
        return (ChannelException) future.cause();
    }

    /** Waits until the future is complete, in whatever way. */
    private static <T> Future<T> settled(Future<T> future, Duration within) {
        try {
            future.toCompletionStage().toCompletableFuture().get(within.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            // The caller looks.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } catch (TimeoutException e) {
            throw new AssertionError("not complete within " + within, e);
        }
        return future;
    }

    private static String idOf(ConsumerRecord<byte[], byte[]> record) {
        return new String(record.headers().lastHeader("ce_id").value(), UTF_8);
    }

    private static int numberOf(ConsumerRecord<byte[], byte[]> record) {
        String id = idOf(record);
        return Integer.parseInt(id.substring(id.indexOf('-') + 1));
    }
}
