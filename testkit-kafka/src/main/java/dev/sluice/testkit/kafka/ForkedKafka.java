/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.testkit.kafka;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import org.apache.kafka.common.Uuid;

/** A Kafka of JVMs of its own, on ports of the loopback interface. */
final class ForkedKafka implements KafkaCluster {

    /**
     * Below the ports that Linux gives to outgoing connections, so that no client sits on the port of a node while that is
     * down.
     */
    private static final int LOWEST_PORT = 20_000;

    private static final int HIGHEST_PORT = 32_000;

    /** For a node that is there soon and takes little. */
    private static final List<String> SMALL_JVM =
            List.of("-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

    /** Those of Kafka's scripts. */
    private static final List<String> USUAL_JVM = List.of(
            "-Xms1g",
            "-Xmx1g",
            "-XX:+UseG1GC",
            "-XX:MaxGCPauseMillis=20",
            "-XX:InitiatingHeapOccupancyPercent=35",
            "-XX:+ExplicitGCInvokesConcurrent");

    private final List<ForkedNode> nodes;

    private ForkedKafka(List<ForkedNode> nodes) {
        this.nodes = List.copyOf(nodes);
    }

    static ForkedKafka start(int count, Path folder) {
        return start(count, folder, "", "", "");
    }

    /**
     * @param listeners more of them, each behind a comma
     * @param protocols of these, each behind a comma
     * @param settings further lines of the properties
     */
    static ForkedKafka start(int count, Path folder, String listeners, String protocols, String settings) {
        List<String> jvmFlags = new ArrayList<>(SMALL_JVM);
        jvmFlags.addAll(BrokerArchive.words(classPath(), ownLocation(), ForkedKafka::rehearse));
        return start(count, folder, listeners, protocols, small(count) + settings, jvmFlags);
    }

    /** Starts a node and stops it, so that its JVM archives the classes that this took. */
    private static void rehearse(Path archive) {
        Path folder = archive.resolveSibling(archive.getFileName() + ".rehearsal");
        List<String> jvmFlags = new ArrayList<>(SMALL_JVM);
        jvmFlags.addAll(List.of("-XX:ArchiveClassesAtExit=" + archive, "-Xlog:disable", "-Xlog:all=error:stderr"));
        ForkedKafka kafka = start(1, folder, "", "", small(1), jvmFlags);
        try {
            kafka.node().stop();
        } finally {
            kafka.close();
            delete(folder);
        }
    }

    static ForkedKafka startForLoad(Path folder) {
        return start(1, folder, "", "", "", USUAL_JVM);
    }

    private static ForkedKafka start(
            int count, Path folder, String listeners, String protocols, String settings, List<String> jvmFlags) {
        String classPath = classPath();
        String clusterId = Uuid.randomUuid().toString();
        List<Integer> ports = freePorts(2 * count);
        StringBuilder voters = new StringBuilder();
        StringBuilder bootstrap = new StringBuilder();
        for (int id = 1; id <= count; id++) {
            voters.append(id == 1 ? "" : ",").append(id).append("@127.0.0.1:").append(ports.get(count + id - 1));
            bootstrap.append(id == 1 ? "" : ",").append("127.0.0.1:").append(ports.get(id - 1));
        }
        List<ForkedNode> nodes = new ArrayList<>();
        for (int id = 1; id <= count; id++) {
            Path home = folder.toAbsolutePath().resolve("node-" + id);
            nodes.add(new ForkedNode(
                    id,
                    home,
                    classPath,
                    clusterId,
                    bootstrap.toString(),
                    properties(id, count, ports, voters.toString(), home.resolve("data"), listeners, protocols)
                            + settings,
                    jvmFlags));
        }
        ForkedKafka kafka = new ForkedKafka(nodes);
        try {
            // All at once: a quorum is nothing that the first could wait for.
            nodes.forEach(ForkedNode::launch);
            nodes.forEach(ForkedNode::awaitServing);
        } catch (RuntimeException e) {
            kafka.close();
            throw e;
        }
        return kafka;
    }

    @Override
    public String bootstrapServers() {
        return nodes.get(0).bootstrapServers();
    }

    @Override
    public List<KafkaNode> nodes() {
        return List.copyOf(nodes);
    }

    @Override
    public void close() {
        // Without a last wish: several that are asked to stop wait for a quorum that is gone.
        nodes.forEach(KafkaNode::kill);
        nodes.forEach(ForkedNode::deleteData);
    }

    /** Who a node is and where, and what follows from how many there are. */
    private static String properties(
            int id, int count, List<Integer> ports, String voters, Path data, String listeners, String protocols) {
        int port = ports.get(id - 1);
        int controllerPort = ports.get(count + id - 1);
        int replicas = Math.min(count, 3);
        int inSync = count == 1 ? 1 : 2;
        return """
                process.roles=broker,controller
                node.id=%d
                controller.quorum.voters=%s
                listeners=PLAINTEXT://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d%s
                advertised.listeners=PLAINTEXT://127.0.0.1:%d%s
                controller.listener.names=CONTROLLER
                listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT%s
                log.dirs=%s
                auto.create.topics.enable=false
                default.replication.factor=%d
                min.insync.replicas=%d
                offsets.topic.replication.factor=%d
                transaction.state.log.replication.factor=%d
                transaction.state.log.min.isr=%d
                share.coordinator.state.topic.replication.factor=%d
                share.coordinator.state.topic.min.isr=%d
                """.formatted(
                        id,
                        voters,
                        port,
                        controllerPort,
                        listeners,
                        port,
                        listeners,
                        protocols,
                        data,
                        replicas,
                        inSync,
                        replicas,
                        replicas,
                        inSync,
                        replicas,
                        inSync);
    }

    /**
     * What makes a small, quick node. {@code broker.session.timeout.ms} is for tests only: by default a killed node may not
     * come back under its id for 9 s.
     */
    private static String small(int count) {
        return """
                offsets.topic.num.partitions=4
                transaction.state.log.num.partitions=1
                group.initial.rebalance.delay.ms=0
                log.cleaner.dedupe.buffer.size=2097152
                num.network.threads=2
                num.io.threads=2
                broker.session.timeout.ms=%d
                broker.heartbeat.interval.ms=200
                """.formatted(
                        // A node that is busy must not be taken for dead.
                        count == 1 ? 3000 : 6000);
    }

    private static String classPath() {
        String resource = "broker.class.path";
        try (InputStream in = ForkedKafka.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("there is no Kafka to start: " + resource
                        + " was not written when module testkit-kafka was built; build it without -DskipTests, or with"
                        + " -Pkafka-broker");
            }
            return ownLocation() + ":" + new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The folder or jar of {@link BrokerMain}. */
    private static Path ownLocation() {
        return Path.of(ForkedKafka.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .getPath());
    }

    static int freePort() {
        return freePorts(1).get(0);
    }

    private static List<Integer> freePorts(int count) {
        List<ServerSocket> held = new ArrayList<>();
        try {
            // Held until all are found, so that none is found twice.
            while (held.size() < count) {
                int port = ThreadLocalRandom.current().nextInt(LOWEST_PORT, HIGHEST_PORT);
                ServerSocket socket = new ServerSocket();
                try {
                    socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                    held.add(socket);
                } catch (IOException e) {
                    // Somebody has it; the next one then.
                    socket.close();
                }
            }
            return held.stream().map(ServerSocket::getLocalPort).collect(Collectors.toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            held.forEach(ForkedKafka::release);
        }
    }

    private static void release(ServerSocket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Deletes a folder with everything in it, if it is there. */
    static void delete(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (var paths = Files.walk(folder)) {
            List<Path> deepestFirst = paths.collect(Collectors.toCollection(ArrayList::new));
            Collections.reverse(deepestFirst);
            for (Path path : deepestFirst) {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
