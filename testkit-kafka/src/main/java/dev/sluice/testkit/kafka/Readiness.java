/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.testkit.kafka;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.DescribeClusterResult;

/** Waits until a node serves clients. An open port does not say that: a node without a controller has one as well. */
final class Readiness {

    /** A node is up within 3 s on a calm machine; a busy one with a backlog to recover takes many times that. */
    static final Duration PATIENCE = Duration.ofSeconds(90);

    private Readiness() {}

    /**
     * @param alive whether the node still runs
     * @throws IllegalStateException if the node ended, or does not serve in time
     */
    static void await(String bootstrapServers, int nodeId, BooleanSupplier alive) {
        Map<String, Object> config = Map.of(
                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                AdminClientConfig.RECONNECT_BACKOFF_MS_CONFIG,
                20,
                AdminClientConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG,
                100,
                AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                1000,
                AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG,
                1000);
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        Exception last = null;
        try (Admin admin = Admin.create(config)) {
            while (alive.getAsBoolean() && System.nanoTime() < deadline) {
                try {
                    DescribeClusterResult cluster = admin.describeCluster();
                    // Nodes that the controller fences are not among them.
                    if (cluster.nodes().get(2, TimeUnit.SECONDS).stream().anyMatch(node -> node.id() == nodeId)) {
                        return;
                    }
                    TimeUnit.MILLISECONDS.sleep(50);
                } catch (ExecutionException | TimeoutException e) {
                    last = e;
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new IllegalStateException("interrupted while Kafka node " + nodeId + " was starting", e);
                }
            }
        }
        throw new IllegalStateException(
                "Kafka node " + nodeId + (alive.getAsBoolean() ? " does not serve" : " ended by itself"), last);
    }
}
