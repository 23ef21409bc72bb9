/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

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
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A Broker whose Secret, in Knative's format, says how to get into a Kafka that lets nobody else in. */
final class SecurityIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static SecuredKafka kafka;

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
        assertAppendsAndReads(
                kafka.saslServers(),
                Map.of(
                        "protocol",
                        "SASL_PLAINTEXT",
                        "sasl.mechanism",
                        "PLAIN",
                        "user",
                        SecuredKafka.PLAIN_USER,
                        "password",
                        SecuredKafka.PLAIN_PASSWORD));
    }

    @Test
    void a_password_by_scram() throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            admin.alterUserScramCredentials(List.of(new UserScramCredentialUpsertion(
                            "scram-user", new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096), "scram-secret")))
                    .all()
                    .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
        Map<String, String> secret = Map.of(
                "protocol",
                "SASL_PLAINTEXT",
                "sasl.mechanism",
                "SCRAM-SHA-512",
                "user",
                "scram-user",
                "password",
                "scram-secret");

        // The controller's word takes a moment to reach the listener.
        await().atMost(PATIENCE).ignoreExceptions().until(() -> open(kafka.saslServers(), secret) != null);
        assertAppendsAndReads(kafka.saslServers(), secret);
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
        ChannelEngine engine = new KafkaChannelProvider().engine(vertx, Map.of("kafka-topic-partitions", "1"));
        engines.add(engine);
        String name = "by-" + secret.getOrDefault("user", "certificate") + "-" + engines.size();
        return (LogChannel) Waiting.on(engine.open(new ChannelSpec(
                "kafka",
                new ResourceName("secured", name),
                name,
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
