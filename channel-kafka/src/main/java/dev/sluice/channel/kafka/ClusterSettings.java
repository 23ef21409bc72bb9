/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.kafka.BootstrapServers;
import dev.sluice.kafka.SecretFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Which Kafka, and how to get in. Brokers whose settings are equal share clients.
 *
 * @param bootstrapServers in one order
 * @param security properties of Kafka's clients; may hold passwords, and is hidden in {@link #toString()}
 */
record ClusterSettings(String bootstrapServers, Map<String, String> security) {

    static final String BOOTSTRAP_SERVERS = "bootstrap.servers";
    static final String SECRET_NAME = "auth.secret.ref.name";

    /** The options of a Broker that say where its Kafka is and how to get in, and nothing of what is in there. */
    static final List<String> ACCESS = List.of(BOOTSTRAP_SERVERS, SECRET_NAME);

    ClusterSettings {
        security = Map.copyOf(security);
    }

    /**
     * Reads what a Broker's ConfigMap says, and takes the process's options where it says nothing. A Secret that it names is
     * the way in, whoever names the Kafka.
     *
     * @throws IllegalArgumentException if that is not enough or wrong; the message says what would be right
     */
    static ClusterSettings of(ChannelSpec spec, ProcessOptions process) {
        String own = spec.options().get(BOOTSTRAP_SERVERS);
        String servers = own == null
                ? process.bootstrapServers()
                        .orElseThrow(() -> new IllegalArgumentException("no Kafka is named; write " + BOOTSTRAP_SERVERS
                                + " in the ConfigMap that the Broker's spec.config names, or start Sluice with --"
                                + ProcessOptions.BOOTSTRAP_SERVERS))
                : BootstrapServers.checked(BOOTSTRAP_SERVERS, own);
        String secretName = spec.options().get(SECRET_NAME);
        if (secretName == null || secretName.isBlank()) {
            // Without one Knative speaks PLAINTEXT, whatever the process's own Kafka asks for.
            return new ClusterSettings(servers, own == null ? process.clientProperties() : Map.of());
        }
        if (spec.secret().isEmpty()) {
            throw new IllegalArgumentException(SECRET_NAME + "=" + secretName
                    + " names a Secret that is not there, or empty; create it in the namespace of the ConfigMap");
        }
        return new ClusterSettings(servers, SecretFormat.clientProperties(secretName, spec.secret()));
    }

    /** A new map of what every client needs to get in. */
    Map<String, Object> clientConfig() {
        Map<String, Object> config = new TreeMap<>(security);
        config.put(BOOTSTRAP_SERVERS, bootstrapServers);
        return config;
    }

    @Override
    public String toString() {
        return BootstrapServers.shown(bootstrapServers);
    }
}
