/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.testkit.kafka;

import com.github.dockerjava.api.DockerClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.function.Consumer;
import org.testcontainers.containers.output.OutputFrame;
import org.testcontainers.kafka.KafkaContainer;

/** A Kafka of one node in a container. Testcontainers ends it with this JVM. */
final class ContainerKafka implements KafkaCluster, KafkaNode {

    /** The version of the forked one. */
    private static final String IMAGE = "apache/kafka:4.4.0";

    private static final int PORT_INSIDE = 9092;
    private static final int STOP_SECONDS = 30;

    private final KafkaContainer container;
    private boolean running = true;
    private boolean frozen;

    private ContainerKafka(KafkaContainer container) {
        this.container = container;
    }

    static ContainerKafka start(Path folder) {
        KafkaContainer container = new KafkaContainer(IMAGE)
                .withEnv("KAFKA_AUTO_CREATE_TOPICS_ENABLE", "false")
                .withEnv("KAFKA_BROKER_SESSION_TIMEOUT_MS", "1000")
                .withEnv("KAFKA_BROKER_HEARTBEAT_INTERVAL_MS", "200")
                .withLogConsumer(toFile(folder.resolve("container.log")));
        // A port that Docker chooses would be another after a restart, and clients would never find it again.
        container.setPortBindings(List.of(ForkedKafka.freePort() + ":" + PORT_INSIDE));
        container.start();
        return new ContainerKafka(container);
    }

    private static Consumer<OutputFrame> toFile(Path log) {
        try {
            Files.createDirectories(log.getParent());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return frame -> {
            try {
                Files.writeString(log, frame.getUtf8String(), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        };
    }

    @Override
    public String bootstrapServers() {
        return container.getBootstrapServers();
    }

    @Override
    public List<KafkaNode> nodes() {
        return List.of(this);
    }

    @Override
    public int id() {
        return 1;
    }

    @Override
    public long pid() {
        Long pid = docker().inspectContainerCmd(container.getContainerId())
                .exec()
                .getState()
                .getPidLong();
        if (pid == null || pid == 0) {
            throw new IllegalStateException("the container of Kafka does not run");
        }
        return pid;
    }

    @Override
    public void kill() {
        if (running) {
            docker().killContainerCmd(container.getContainerId()).exec();
            running = false;
            frozen = false;
        }
    }

    @Override
    public void stop() {
        if (running) {
            thaw();
            docker().stopContainerCmd(container.getContainerId())
                    .withTimeout(STOP_SECONDS)
                    .exec();
            running = false;
        }
    }

    @Override
    public void start() {
        if (!running) {
            docker().startContainerCmd(container.getContainerId()).exec();
            running = true;
            Readiness.await(bootstrapServers(), id(), container::isRunning);
        }
    }

    @Override
    public void freeze() {
        docker().pauseContainerCmd(container.getContainerId()).exec();
        frozen = true;
    }

    @Override
    public void thaw() {
        if (frozen) {
            docker().unpauseContainerCmd(container.getContainerId()).exec();
            frozen = false;
        }
    }

    @Override
    public void close() {
        thaw();
        container.close();
    }

    private DockerClient docker() {
        return container.getDockerClient();
    }
}
