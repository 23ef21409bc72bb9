/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.testkit.kafka;

import java.nio.file.Path;
import java.util.List;

/** A Kafka that runs, until it is closed or the JVM that started it ends, however that ends. */
public interface KafkaCluster extends AutoCloseable {

    /**
     * Starts a Kafka as the environment variable {@code SLUICE_TEST_KAFKA} says: {@code forked} as JVMs of its own,
     * {@code testcontainers} as a container. Without the variable a container is taken where an engine for containers is
     * found. A Kafka of several nodes is always forked.
     *
     * @param nodes how many, each broker and controller at once: 1 or an odd number above it
     * @param folder where the nodes keep their data, which is deleted at the end, and their logs, which stay
     */
    static KafkaCluster start(int nodes, Path folder) {
        return Backend.chosen(nodes) == Backend.FORKED
                ? ForkedKafka.start(nodes, folder)
                : ContainerKafka.start(folder);
    }

    /**
     * Starts a Kafka of one forked node as an operator has it, to be measured and not only to be there: the heap, collector
     * and compiler of Kafka's own scripts, and Kafka's own defaults for everything that one node allows.
     *
     * @param folder where the node keeps its data, which is deleted at the end, and its log, which stays
     */
    static KafkaCluster startForLoad(Path folder) {
        return ForkedKafka.startForLoad(folder);
    }

    /** Of all nodes, running or not, as clients want them: {@code host:port}, separated by commas. */
    String bootstrapServers();

    List<KafkaNode> nodes();

    /** The only node, or the first of several. */
    default KafkaNode node() {
        return nodes().get(0);
    }

    /** Brings every node back that was killed, stopped or frozen, and waits until it serves. */
    default void restore() {
        for (KafkaNode node : nodes()) {
            node.thaw();
            node.start();
        }
    }

    /** Ends all nodes and deletes what they stored. */
    @Override
    void close();
}
