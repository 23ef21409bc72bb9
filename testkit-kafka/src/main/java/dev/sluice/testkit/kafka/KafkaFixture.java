/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.testkit.kafka;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Gives a test class a real Kafka:
 *
 * <pre>{@code
 * @RegisterExtension
 * static final KafkaFixture kafka = KafkaFixture.single();
 * }</pre>
 *
 * <p>All classes of a test run that ask for the same number of nodes share one, which starts with the first of them and ends
 * with the run. A test may kill, stop or freeze nodes; afterwards they are brought back. What it stores stays, so each test
 * takes topics and groups with names of its own.
 */
public final class KafkaFixture implements BeforeAllCallback, AfterEachCallback {

    private static final ExtensionContext.Namespace NAMESPACE = ExtensionContext.Namespace.create(KafkaFixture.class);

    private final int nodes;
    private boolean endsWithItsClass;
    private Duration wait = Duration.ZERO;
    private @Nullable KafkaCluster cluster;

    private KafkaFixture(int nodes) {
        this.nodes = nodes;
    }

    public static KafkaFixture single() {
        return new KafkaFixture(1);
    }

    /** Three nodes, of which any one can be lost. */
    public static KafkaFixture three() {
        return new KafkaFixture(3);
    }

    /**
     * One of which a group that was empty waits so long for others to come ({@code group.initial.rebalance.delay.ms}), and not
     * at all as else in tests. It is always forked.
     */
    public KafkaFixture whoseGroupsWait(Duration wait) {
        this.wait = requireNonNull(wait, "wait");
        return this;
    }

    /** For a Kafka that no other class asks for: it is not there while the rest of the tests run. */
    public KafkaFixture endingWithItsClass() {
        endsWithItsClass = true;
        return this;
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        // A store is closed, and closes what is in it, when its class has ended; the root's when the last test has run.
        cluster = (endsWithItsClass ? context : context.getRoot())
                .getStore(NAMESPACE)
                .computeIfAbsent("kafka-" + nodes + (wait.isZero() ? "" : "-" + wait), this::start, KafkaCluster.class);
    }

    private KafkaCluster start(String name) {
        return wait.isZero()
                ? KafkaCluster.start(nodes, folder(name))
                : ForkedKafka.start(
                        nodes, folder(name), "", "", "group.initial.rebalance.delay.ms=" + wait.toMillis() + "\n");
    }

    @Override
    public void afterEach(ExtensionContext context) {
        cluster().restore();
    }

    public KafkaCluster cluster() {
        return requireNonNull(cluster, "asked for Kafka before the first test");
    }

    public String bootstrapServers() {
        return cluster().bootstrapServers();
    }

    /** A new map with what every client needs to connect, and to connect again soon after an outage. */
    public Map<String, Object> clientConfig() {
        Map<String, Object> config = new HashMap<>();
        config.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers());
        config.put(AdminClientConfig.RECONNECT_BACKOFF_MS_CONFIG, 20);
        config.put(AdminClientConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, 200);
        return config;
    }

    /** A client to look at the Kafka with; the caller closes it. */
    public Admin admin() {
        return Admin.create(clientConfig());
    }

    private static Path folder(String name) {
        return Path.of("target", "kafka", ProcessHandle.current().pid() + "-" + name);
    }
}
