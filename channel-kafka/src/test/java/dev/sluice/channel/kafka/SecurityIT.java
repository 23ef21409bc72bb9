/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.channel.Channel;
import dev.sluice.api.channel.Channel.Admission;
import dev.sluice.api.channel.ChannelEngine;
import dev.sluice.api.channel.ChannelException;
import dev.sluice.api.channel.LogBatch;
import dev.sluice.api.channel.LogChannel;
import dev.sluice.api.channel.LogReader;
import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.routing.StartFrom;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.Waiting;
import dev.sluice.testkit.kafka.KafkaFixture;
import dev.sluice.testkit.kafka.SecuredKafka;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A Broker whose Secret, in Knative's format, says how to get into a Kafka that lets nobody else in. */
final class SecurityIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final AtomicInteger NAMES = new AtomicInteger();
    private static final Map<String, String> PLAIN = Map.of(
            "protocol",
            "SASL_PLAINTEXT",
            "sasl.mechanism",
            "PLAIN",
            "user",
            SecuredKafka.PLAIN_USER,
            "password",
            SecuredKafka.PLAIN_PASSWORD);

    @RegisterExtension
    static final KafkaFixture another = KafkaFixture.single();

    private static SecuredKafka kafka;

    /** Of a Broker of this test alone. */
    private final String name = "broker-" + NAMES.incrementAndGet();

    private final Vertx vertx = Vertx.vertx();
    private final List<ChannelEngine> engines = new ArrayList<>();

    @BeforeAll
    static void start() {
        kafka = SecuredKafka.start(
                Path.of("target", "kafka", ProcessHandle.current().pid() + "-kafka-secured"));
    }

    @AfterAll
    static void stop() {
        kafka.close();
    }

    @AfterEach
    void close() {
        engines.forEach(engine -> Waiting.on(engine.close()));
        Waiting.on(vertx.close());
    }

    @Test
    void a_password_by_plain() {
        assertAppendsAndReads(kafka.saslServers(), PLAIN);
    }

    @Test
    void a_password_by_scram() throws Exception {
        createUser("scram-user", ScramMechanism.SCRAM_SHA_512);
        Map<String, String> secret = Map.of(
                "protocol",
                "SASL_PLAINTEXT",
                "sasl.mechanism",
                "SCRAM-SHA-512",
                "user",
                "scram-user",
                "password",
                "scram-secret");

        awaitLetIn(kafka.saslServers(), secret);
        assertAppendsAndReads(kafka.saslServers(), secret);
    }

    @Test
    void a_password_by_scram_that_nobody_on_the_way_can_read() throws Exception {
        createUser("hidden-user", ScramMechanism.SCRAM_SHA_256);
        Map<String, String> secret = Map.of(
                "protocol",
                "SASL_SSL",
                "sasl.mechanism",
                "SCRAM-SHA-256",
                "user",
                "hidden-user",
                "password",
                "scram-secret",
                "ca.crt",
                kafka.certificate());

        awaitLetIn(kafka.saslTlsServers(), secret);
        assertAppendsAndReads(kafka.saslTlsServers(), secret);
    }

    private static void createUser(String name, ScramMechanism mechanism) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            admin.alterUserScramCredentials(List.of(new UserScramCredentialUpsertion(
                            name, new ScramCredentialInfo(mechanism, 4096), "scram-secret")))
                    .all()
                    .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
    }

    /** The controller's word takes a moment to reach the listener. */
    private void awaitLetIn(String servers, Map<String, String> secret) {
        await().atMost(PATIENCE).ignoreExceptions().until(() -> open(servers, secret) != null);
    }

    @Test
    void a_certificate_of_its_own() {
        assertAppendsAndReads(
                kafka.tlsServers(),
                Map.of(
                        "protocol",
                        "SSL",
                        "ca.crt",
                        kafka.certificate(),
                        "user.crt",
                        kafka.certificate(),
                        "user.key",
                        kafka.key()));
    }

    @Test
    void a_wrong_password_is_said_and_not_shown() {
        Map<String, String> secret = new HashMap<>(
                Map.of("protocol", "SASL_PLAINTEXT", "user", SecuredKafka.PLAIN_USER, "password", "not the right one"));

        assertThatThrownBy(() -> open(kafka.saslServers(), secret))
                .isInstanceOf(ChannelException.class)
                .hasMessageContaining("does not let these credentials in")
                .hasMessageNotContaining("not the right one");
    }

    @Test
    void a_channel_is_reached_anew_by_other_addresses_with_a_password_and_nothing_else_of_it_changes() {
        // Given
        ChannelEngine engine = engine();
        ChannelSpec before = broker(Map.of("bootstrap.servers", kafka.bootstrapServers()), Map.of());
        LogChannel first = (LogChannel) Waiting.on(engine.open(before));
        Waiting.on(first.start(new ResourceName("secured", "trigger"), "uid", StartFrom.Place.EARLIEST));
        Waiting.on(first.append(Events.numbered("by-the-first", 1), Admission.PRODUCER));

        // When
        ChannelSpec anew = engine.reachedAnew(
                before,
                broker(
                        Map.of(
                                "bootstrap.servers",
                                kafka.saslServers(),
                                "auth.secret.ref.name",
                                "login",
                                "default.topic.partitions",
                                "7"),
                        PLAIN));
        LogChannel second = (LogChannel) Waiting.on(engine.open(anew));
        Waiting.on(first.close());

        // Then
        assertThat(second).isNotSameAs(first);
        assertThat(second.spec())
                .isEqualTo(broker(
                        Map.of("bootstrap.servers", kafka.saslServers(), "auth.secret.ref.name", "login"), PLAIN));
        Reading reading = new Reading();
        LogReader reader = Waiting.on(second.subscribe(vertx.getOrCreateContext(), reading));
        Waiting.on(second.append(Events.numbered("by-the-second", 1), Admission.PRODUCER));
        await().atMost(PATIENCE).until(() -> reading.ids.size() == 2);
        assertThat(Waiting.on(engine.open(anew))).isSameAs(second);
        Waiting.on(reader.close());
    }

    @Test
    void a_channel_stays_as_it_is_reached_when_the_new_password_is_wrong() {
        // Given
        ChannelEngine engine = engine();
        ChannelSpec before = broker(Map.of("bootstrap.servers", kafka.bootstrapServers()), Map.of());
        LogChannel first = (LogChannel) Waiting.on(engine.open(before));

        // When
        Map<String, String> wrong = new HashMap<>(PLAIN);
        wrong.put("password", "not the right one");
        Map<String, String> options = Map.of("bootstrap.servers", kafka.saslServers(), "auth.secret.ref.name", "login");
        assertThatThrownBy(() -> Waiting.on(engine.open(broker(options, wrong))))
                .hasMessageContaining("does not let these credentials in");

        // Then
        Waiting.on(first.append(Events.numbered("e", 1), Admission.PRODUCER));
        assertThat(Waiting.on(engine.open(before))).isSameAs(first);

        // When
        assertThat(Waiting.on(engine.open(broker(options, PLAIN)))).isNotSameAs(first);
    }

    @Test
    void a_channel_stays_where_its_events_are_when_other_addresses_are_those_of_another_kafka() {
        // Given
        ChannelEngine engine = engine();
        ChannelSpec before = broker(Map.of("bootstrap.servers", kafka.bootstrapServers()), Map.of());
        LogChannel first = (LogChannel) Waiting.on(engine.open(before));

        // When
        ChannelSpec elsewhere =
                engine.reachedAnew(before, broker(Map.of("bootstrap.servers", another.bootstrapServers()), Map.of()));
        Channel answered = Waiting.on(engine.open(elsewhere));

        // Then
        assertThat(elsewhere).isNotEqualTo(before);
        assertThat(answered).isSameAs(first);
        assertThat(new Topical(another).exists("knative-broker-secured-" + name))
                .isFalse();
        Waiting.on(first.append(Events.numbered("e", 1), Admission.PRODUCER));
    }

    private ChannelSpec broker(Map<String, String> options, Map<String, String> secret) {
        return new ChannelSpec("kafka", new ResourceName("secured", name), name, options, secret);
    }

    private ChannelEngine engine() {
        ChannelEngine engine = new KafkaChannelProvider().engine(vertx, Map.of("kafka-topic-partitions", "1"));
        engines.add(engine);
        return engine;
    }

    private void assertAppendsAndReads(String servers, Map<String, String> secret) {
        LogChannel channel = open(servers, secret);
        Waiting.on(channel.start(new ResourceName("secured", "trigger"), "uid", StartFrom.Place.EARLIEST));
        Reading reading = new Reading();
        LogReader reader = Waiting.on(channel.subscribe(vertx.getOrCreateContext(), reading));

        Waiting.on(channel.append(Events.numbered("e", 1), Admission.PRODUCER));

        await().atMost(PATIENCE).until(() -> !reading.ids.isEmpty());
        assertThat(reading.ids).containsExactly(Events.numbered("e", 1).get(0).getId());
        Waiting.on(reader.close());
    }

    /** Each with a topic of its own, named by what is in the Secret. */
    private LogChannel open(String servers, Map<String, String> secret) {
        ChannelEngine engine = engine();
        String called = "by-" + secret.getOrDefault("user", "certificate") + "-" + engines.size();
        return (LogChannel) Waiting.on(engine.open(new ChannelSpec(
                "kafka",
                new ResourceName("secured", called),
                called,
                Map.of("bootstrap.servers", servers, "auth.secret.ref.name", "login"),
                secret)));
    }

    private static final class Reading extends IdleHandler {

        private final ConcurrentLinkedQueue<String> ids = new ConcurrentLinkedQueue<>();

        @Override
        public void read(LogBatch batch) {
            batch.records().forEach(record -> ids.add(record.event().getId()));
        }
    }
}
