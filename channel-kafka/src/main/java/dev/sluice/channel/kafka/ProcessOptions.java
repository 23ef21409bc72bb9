/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import static java.util.Objects.requireNonNull;

import dev.sluice.kafka.BootstrapServers;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the command line says about Kafka.
 *
 * @param bootstrapServers for Brokers without a ConfigMap of their own
 * @param clientProperties for the same, of the client's security; hidden in {@link #toString()}
 * @param partitions of a topic that is created; empty leaves it to the Kafka
 * @param replicationFactor of a topic that is created; empty leaves it to the Kafka
 * @param bufferBytes the most that events on their way to one Kafka may take in memory
 * @param appendTimeout after which an append that Kafka has not acknowledged has failed
 * @param handOverTimeout that a partition which goes to another process is waited for
 * @param instanceId by which a process that starts again soon is known to be the same, and gets its partitions at once
 * @param groupProtocol of the Brokers' groups
 * @param localIdentities whether no other process means the same Trigger by the same UID, so that none may share a Broker
 * @param readBrokers where a process that reads keeps which Brokers those are, for the next one; empty for one that does not read
 */
record ProcessOptions(
        Optional<String> bootstrapServers,
        Map<String, String> clientProperties,
        int partitions,
        Optional<Short> replicationFactor,
        long bufferBytes,
        Duration appendTimeout,
        Duration handOverTimeout,
        Optional<String> instanceId,
        GroupProtocol groupProtocol,
        boolean localIdentities,
        Optional<Path> readBrokers) {

    /** How the readers of a Broker find out who has which partition. */
    enum GroupProtocol {
        /** Members deal the partitions out among themselves, and say themselves how long their session is. */
        CLASSIC,
        /** Kafka deals them out (KIP-848), from Kafka 4.0 on, and its nodes say how long a session is. */
        CONSUMER
    }

    static final String BOOTSTRAP_SERVERS = "kafka-bootstrap-servers";
    static final String CLIENT_CONFIG = "kafka-client-config";
    static final String PARTITIONS = "kafka-topic-partitions";
    static final String REPLICATION_FACTOR = "kafka-topic-replication-factor";
    static final String BUFFER_MEMORY = "kafka-buffer-memory";
    static final String APPEND_TIMEOUT = "kafka-append-timeout";

    static final String INSTANCE_ID = "kafka-instance-id";
    static final String GROUP_PROTOCOL = "kafka-group-protocol";

    private static final String LOCAL_IDENTITIES = "local-identities";
    private static final String READ_BROKERS = "kafka-read-brokers";

    private static final String REQUEST_TIMEOUT = "request-timeout";
    private static final String HAND_OVER_TIMEOUT = "handover-timeout";

    /** As many as Knative's shipped configuration asks for. */
    private static final int DEFAULT_PARTITIONS = 10;

    private static final long DEFAULT_BUFFER = 32L << 20;
    private static final long SMALLEST_BUFFER = 4L << 20;
    private static final long LARGEST_BUFFER = 1L << 30;
    private static final Duration DEFAULT_APPEND_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration SHORTEST_APPEND_TIMEOUT = Duration.ofSeconds(1);
    private static final Duration LONGEST_APPEND_TIMEOUT = Duration.ofHours(1);
    private static final Duration DEFAULT_HAND_OVER_TIMEOUT = Duration.ofSeconds(5);

    private static final Duration SHORTEST_POLL_INTERVAL = Duration.ofSeconds(30);
    /** For the last commits of a hand-over, and for what a poll does beside it. */
    private static final Duration BESIDE_A_HAND_OVER = Duration.ofSeconds(10);

    ProcessOptions {
        requireNonNull(bootstrapServers, "bootstrapServers");
        requireNonNull(replicationFactor, "replicationFactor");
        requireNonNull(appendTimeout, "appendTimeout");
        requireNonNull(handOverTimeout, "handOverTimeout");
        requireNonNull(instanceId, "instanceId");
        requireNonNull(groupProtocol, "groupProtocol");
        requireNonNull(readBrokers, "readBrokers");
        clientProperties = Map.copyOf(clientProperties);
    }

    /**
     * How long a member of a group may go without a poll, and others wait for it to give partitions back. A hand-over takes
     * place within one poll: with less than it may take, the member would be thrown out in the middle, and lose everything.
     */
    Duration pollInterval() {
        Duration needed = handOverTimeout.plus(BESIDE_A_HAND_OVER);
        return needed.compareTo(SHORTEST_POLL_INTERVAL) > 0 ? needed : SHORTEST_POLL_INTERVAL;
    }

    /**
     * Reads the options among those of the process, and the file that {@value #CLIENT_CONFIG} names.
     *
     * @throws IllegalArgumentException if one has a value that can't be used; the message names option, value and remedy
     */
    static ProcessOptions of(Map<String, String> options) {
        Optional<String> servers = Optional.ofNullable(options.get(BOOTSTRAP_SERVERS))
                .map(text -> BootstrapServers.checked(BOOTSTRAP_SERVERS, text));
        int partitions = number(options, PARTITIONS, DEFAULT_PARTITIONS, 1, 10_000);
        Optional<Short> replicas = options.containsKey(REPLICATION_FACTOR)
                ? Optional.of((short) number(options, REPLICATION_FACTOR, 1, 1, Short.MAX_VALUE))
                : Optional.empty();
        String request = options.get(REQUEST_TIMEOUT);
        Duration append = appendTimeout(options.get(APPEND_TIMEOUT), request);
        // The ingress would have given up before, and nobody could be told what became of the event.
        if (request != null && parsed(REQUEST_TIMEOUT, request).compareTo(append) <= 0) {
            throw new IllegalArgumentException(
                    APPEND_TIMEOUT + "=" + text(append) + " must be below --" + REQUEST_TIMEOUT + "=" + request
                            + ", so that a producer can be told; lower it, or raise --" + REQUEST_TIMEOUT);
        }
        String handOver = options.get(HAND_OVER_TIMEOUT);
        return new ProcessOptions(
                servers,
                clientProperties(options.get(CLIENT_CONFIG)),
                partitions,
                replicas,
                buffer(options),
                append,
                handOver == null ? DEFAULT_HAND_OVER_TIMEOUT : parsed(HAND_OVER_TIMEOUT, handOver),
                Optional.ofNullable(options.get(INSTANCE_ID)),
                groupProtocol(options.get(GROUP_PROTOCOL)),
                Boolean.parseBoolean(options.get(LOCAL_IDENTITIES)),
                Optional.ofNullable(options.get(READ_BROKERS)).map(Path::of));
    }

    private static GroupProtocol groupProtocol(@Nullable String text) {
        if (text == null) {
            return GroupProtocol.CLASSIC;
        }
        for (GroupProtocol protocol : GroupProtocol.values()) {
            if (protocol.name().equalsIgnoreCase(text.strip())) {
                return protocol;
            }
        }
        throw new IllegalArgumentException(GROUP_PROTOCOL + "=" + text + " is neither classic nor consumer");
    }

    private static Map<String, String> clientProperties(@Nullable String file) {
        if (file == null) {
            return Map.of();
        }
        Properties properties = new Properties();
        try (Reader in = Files.newBufferedReader(Path.of(file), StandardCharsets.UTF_8)) {
            properties.load(in);
        } catch (IOException | IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    CLIENT_CONFIG + "=" + file + " can't be read; name a properties file such as Kafka's own tools take"
                            + " with --command-config",
                    e);
        }
        Map<String, String> security = new TreeMap<>();
        for (String name : properties.stringPropertyNames()) {
            // The rest would change what the channel promises, or has an option of its own.
            if (!name.startsWith("security.") && !name.startsWith("ssl.") && !name.startsWith("sasl.")) {
                throw new IllegalArgumentException(CLIENT_CONFIG + "=" + file + " has the key " + name
                        + "; only keys that begin with security., ssl. or sasl. can be given there, remove it");
            }
            security.put(name, properties.getProperty(name));
        }
        return security;
    }

    private static int number(Map<String, String> options, String name, int fallback, int min, int max) {
        String text = options.get(name);
        if (text == null) {
            return fallback;
        }
        try {
            int value = Integer.parseInt(text.strip());
            if (value >= min && value <= max) {
                return value;
            }
        } catch (NumberFormatException e) {
            // The rule below says it.
        }
        throw new IllegalArgumentException(name + "=" + text + " is not a whole number from " + min + " to " + max);
    }

    private static long buffer(Map<String, String> options) {
        String text = options.get(BUFFER_MEMORY);
        if (text == null) {
            return DEFAULT_BUFFER;
        }
        String size = text.strip().toLowerCase(Locale.ROOT);
        int unit = size.endsWith("kib") ? 10 : size.endsWith("mib") ? 20 : size.endsWith("gib") ? 30 : 0;
        try {
            long count = Long.parseLong((unit == 0 ? size : size.substring(0, size.length() - 3)).strip());
            // Before the shift, which would drop high bits.
            if (count <= LARGEST_BUFFER >> unit && count << unit >= SMALLEST_BUFFER) {
                return count << unit;
            }
        } catch (NumberFormatException e) {
            // The rule below says it.
        }
        throw new IllegalArgumentException(
                BUFFER_MEMORY + "=" + text + " is not a size from 4MiB to 1GiB; write bytes as in 33554432, or 32MiB");
    }

    private static Duration appendTimeout(@Nullable String text, @Nullable String request) {
        if (text == null) {
            // Whoever shortens the time for requests need not know of this one, nor have a Kafka.
            Duration half = request == null
                    ? DEFAULT_APPEND_TIMEOUT
                    : parsed(REQUEST_TIMEOUT, request).dividedBy(2);
            return half.compareTo(DEFAULT_APPEND_TIMEOUT) < 0 ? half : DEFAULT_APPEND_TIMEOUT;
        }
        Duration value = parsed(APPEND_TIMEOUT, text);
        if (value.compareTo(SHORTEST_APPEND_TIMEOUT) < 0 || value.compareTo(LONGEST_APPEND_TIMEOUT) > 0) {
            throw new IllegalArgumentException(APPEND_TIMEOUT + "=" + text + " is out of range; write 1s to 1h");
        }
        return value;
    }

    private static Duration parsed(String name, String text) {
        String stripped = text.strip().toLowerCase(Locale.ROOT);
        try {
            if (stripped.startsWith("p")) {
                return Duration.parse(stripped);
            }
            if (stripped.endsWith("ms")) {
                return Duration.ofMillis(Long.parseLong(stripped.substring(0, stripped.length() - 2)));
            }
            return Duration.parse("pt" + stripped);
        } catch (DateTimeParseException | NumberFormatException e) {
            throw new IllegalArgumentException(
                    name + "=" + text + " is not a duration; write one such as 10s, 500ms or PT10S", e);
        }
    }

    static String text(Duration duration) {
        return duration.toMillis() % 1000 == 0 ? duration.toSeconds() + "s" : duration.toMillis() + "ms";
    }

    @Override
    public String toString() {
        return "ProcessOptions[bootstrapServers=" + bootstrapServers.orElse("none") + ", clientProperties="
                + (clientProperties.isEmpty() ? "none" : "[hidden]") + ", partitions=" + partitions
                + ", replicationFactor="
                + replicationFactor.map(String::valueOf).orElse("the Kafka's")
                + ", bufferBytes=" + bufferBytes + ", appendTimeout=" + text(appendTimeout)
                + ", handOverTimeout=" + text(handOverTimeout) + ", instanceId=" + instanceId.orElse("none")
                + ", groupProtocol=" + groupProtocol + ", localIdentities=" + localIdentities
                + ", readBrokers=" + readBrokers.map(Path::toString).orElse("none") + "]";
    }
}
