/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.api.event.EventAttribute;
import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.api.routing.ResourceName;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TopicSettingsTest {

    @Test
    void is_named_as_knative_names_it_and_asks_for_nothing_by_default() {
        assertThat(settings(Map.of()))
                .isEqualTo(new TopicSettings(
                        "knative-broker-shop-default",
                        false,
                        Optional.empty(),
                        Optional.empty(),
                        Map.of(),
                        EventAttribute.named("partitionkey")));
    }

    @Test
    void reads_every_key() {
        assertThat(settings(Map.of(
                        "bootstrap.servers", "kafka:9092",
                        "default.topic.partitions", "3",
                        "default.topic.replication.factor", "2",
                        "default.topic.config.retention.ms", "3600000",
                        "kafka.eventing.knative.dev/external.topic", "orders.v1",
                        "sluice.dev/partition-by", "subject")))
                .isEqualTo(new TopicSettings(
                        "orders.v1",
                        true,
                        Optional.of(3),
                        Optional.of((short) 2),
                        Map.of("retention.ms", "3600000"),
                        EventAttribute.named("subject")));
    }

    @ParameterizedTest
    @CsvSource({
        "default.topic.partitions, 0",
        "default.topic.partitions, ten",
        "default.topic.replication.factor, 32768",
        "kafka.eventing.knative.dev/external.topic, a topic",
        "kafka.eventing.knative.dev/external.topic, ..",
    })
    void names_key_and_value_of_what_can_not_be_used(String key, String value) {
        assertThatThrownBy(() -> settings(Map.of(key, value)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(key + "=" + value);
    }

    @Test
    void names_the_annotation_of_an_attribute_that_can_not_be() {
        assertThatThrownBy(() -> settings(Map.of("sluice.dev/partition-by", "Customer-Id")))
                .hasMessageContaining("sluice.dev/partition-by")
                .hasMessageContaining("Customer-Id");
    }

    @Test
    void a_name_too_long_for_kafka_is_refused() {
        assertThatThrownBy(() -> TopicSettings.of(
                        new ChannelSpec("kafka", new ResourceName("n".repeat(63), "b".repeat(253)), "uid", Map.of())))
                .hasMessageContaining("249");
    }

    private static TopicSettings settings(Map<String, String> options) {
        return TopicSettings.of(new ChannelSpec("kafka", new ResourceName("shop", "default"), "uid", options));
    }
}
