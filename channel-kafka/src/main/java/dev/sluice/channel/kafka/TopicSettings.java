/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import dev.sluice.api.event.EventAttribute;
import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.api.routing.ResourceName;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The topic of a Broker: what it is called and what it has to be like.
 *
 * @param external whether it is somebody else's, to be used as it is and never created
 * @param partitions that the Broker asks for, which an existing topic is held against
 * @param replicationFactor that the Broker asks for, which an existing topic is held against
 * @param configs of the topic that the Broker asks for, which an existing topic is held against
 * @param partitionBy the attribute whose value is the record's key, so that equal values share a partition
 */
record TopicSettings(
        String name,
        boolean external,
        Optional<Integer> partitions,
        Optional<Short> replicationFactor,
        Map<String, String> configs,
        EventAttribute partitionBy) {

    static final String PARTITIONS = "default.topic.partitions";
    static final String REPLICATION_FACTOR = "default.topic.replication.factor";
    static final String CONFIG_PREFIX = "default.topic.config.";
    static final String EXTERNAL_TOPIC = "kafka.eventing.knative.dev/external.topic";
    static final String PARTITION_BY = "sluice.dev/partition-by";

    static final String TOPIC_PREFIX = "knative-broker-";
    static final String GROUP_PREFIX = "sluice-broker-";
    static final String PARKING_PREFIX = "sluice-parked-";

    private static final String DEFAULT_PARTITION_BY = "partitionkey";

    /** Kafka's own limit. */
    private static final int LONGEST_NAME = 249;

    TopicSettings {
        configs = Map.copyOf(configs);
    }

    /** @throws IllegalArgumentException if an option can't be used; the message names it, its value and the remedy */
    static TopicSettings of(ChannelSpec spec) {
        Map<String, String> options = spec.options();
        String externalName = options.get(EXTERNAL_TOPIC);
        String name = externalName == null ? nameOf(spec.broker()) : externalName;
        checkName(externalName == null ? "topic" : EXTERNAL_TOPIC, name);
        Map<String, String> configs = new HashMap<>();
        options.forEach((key, value) -> {
            if (key.startsWith(CONFIG_PREFIX)) {
                configs.put(key.substring(CONFIG_PREFIX.length()), value.strip());
            }
        });
        return new TopicSettings(
                name,
                externalName != null,
                number(options, PARTITIONS, Integer.MAX_VALUE),
                number(options, REPLICATION_FACTOR, Short.MAX_VALUE).map(Integer::shortValue),
                configs,
                partitionBy(options.getOrDefault(PARTITION_BY, DEFAULT_PARTITION_BY)));
    }

    private static EventAttribute partitionBy(String name) {
        try {
            return EventAttribute.named(name);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(PARTITION_BY + ": " + e.getMessage(), e);
        }
    }

    /** As Knative's Kafka Broker names it by default, so that a Broker that moves here finds its topic. */
    static String nameOf(ResourceName broker) {
        return TOPIC_PREFIX + broker.namespace() + "-" + broker.name();
    }

    /**
     * The consumer group of the Broker's dispatchers. Not one of Knative's names, which are those of Triggers. With the
     * topic in it where that is external: a Broker that is given another one begins anew there.
     */
    String groupOf(ResourceName broker) {
        String group = GROUP_PREFIX + broker.namespace() + "-" + broker.name();
        return external ? group + "-" + name : group;
    }

    /** Where the Broker's parked events are; by the Broker's name, whatever topic its events are in. */
    static String parkingOf(ResourceName broker) {
        return PARKING_PREFIX + broker.namespace() + "-" + broker.name();
    }

    private static void checkName(String what, String name) {
        boolean valid = !name.isEmpty()
                && name.length() <= LONGEST_NAME
                && !name.equals(".")
                && !name.equals("..")
                && name.chars().allMatch(TopicSettings::isLegal);
        if (!valid) {
            throw new IllegalArgumentException(what + "=" + name + " is no name of a topic; use 1 to " + LONGEST_NAME
                    + " letters, digits, dots, underscores and dashes");
        }
    }

    private static boolean isLegal(int c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '.'
                || c == '_'
                || c == '-';
    }

    private static Optional<Integer> number(Map<String, String> options, String key, int max) {
        String text = options.get(key);
        if (text == null || text.isBlank()) {
            return Optional.empty();
        }
        try {
            int value = Integer.parseInt(text.strip());
            if (value > 0 && value <= max) {
                return Optional.of(value);
            }
        } catch (NumberFormatException e) {
            // The rule below says it.
        }
        throw new IllegalArgumentException(key + "=" + text + " is not a whole number from 1 to " + max);
    }
}
