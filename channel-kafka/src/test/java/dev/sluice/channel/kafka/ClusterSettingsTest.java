/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.api.routing.ResourceName;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ClusterSettingsTest {

    private static final ProcessOptions NONE = ProcessOptions.of(Map.of());

    @Test
    void takes_the_kafka_of_the_process_when_the_broker_names_none() {
        ProcessOptions process = ProcessOptions.of(Map.of("kafka-bootstrap-servers", "kafka:9092"));

        assertThat(ClusterSettings.of(spec(Map.of(), Map.of()), process).bootstrapServers())
                .isEqualTo("kafka:9092");
    }

    @Test
    void takes_the_brokers_own_kafka_and_not_the_credentials_of_the_process() {
        ProcessOptions process = new ProcessOptions(
                Optional.of("kafka:9092"),
                Map.of("security.protocol", "SSL"),
                1,
                Optional.empty(),
                4L << 20,
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                Optional.empty(),
                ProcessOptions.GroupProtocol.CLASSIC,
                false,
                Optional.empty());

        ClusterSettings settings = ClusterSettings.of(spec(Map.of("bootstrap.servers", "own:9092"), Map.of()), process);

        assertThat(settings).isEqualTo(new ClusterSettings("own:9092", Map.of()));
    }

    @Test
    void takes_the_secret_of_the_broker_to_the_kafka_of_the_process() {
        ProcessOptions process = ProcessOptions.of(Map.of("kafka-bootstrap-servers", "kafka:9092"));
        Map<String, String> options = Map.of("auth.secret.ref.name", "kafka-login");
        Map<String, String> secret = Map.of("protocol", "SASL_PLAINTEXT", "user", "me", "password", "hunter2");

        ClusterSettings settings = ClusterSettings.of(spec(options, secret), process);

        assertThat(settings.clientConfig())
                .containsEntry("bootstrap.servers", "kafka:9092")
                .containsEntry("security.protocol", "SASL_PLAINTEXT");
        assertThatThrownBy(() -> ClusterSettings.of(spec(options, Map.of()), process))
                .hasMessageContaining("auth.secret.ref.name=kafka-login");
    }

    @Test
    void is_the_same_kafka_however_its_addresses_are_ordered() {
        assertThat(ClusterSettings.of(spec(Map.of("bootstrap.servers", "a:1,b:2"), Map.of()), NONE))
                .isEqualTo(ClusterSettings.of(spec(Map.of("bootstrap.servers", " b:2 , a:1"), Map.of()), NONE));
    }

    @Test
    void says_where_to_name_a_kafka_when_nobody_did() {
        assertThatThrownBy(() -> ClusterSettings.of(spec(Map.of(), Map.of()), NONE))
                .hasMessageContaining("bootstrap.servers")
                .hasMessageContaining("--kafka-bootstrap-servers");
    }

    @Test
    void says_which_secret_is_missing() {
        Map<String, String> options = Map.of("bootstrap.servers", "a:1", "auth.secret.ref.name", "kafka-login");

        assertThatThrownBy(() -> ClusterSettings.of(spec(options, Map.of()), NONE))
                .hasMessageContaining("auth.secret.ref.name=kafka-login")
                .hasMessageContaining("create it");
    }

    @Test
    void reads_the_secret_and_never_shows_it() {
        Map<String, String> options = Map.of("bootstrap.servers", "a:1", "auth.secret.ref.name", "kafka-login");
        Map<String, String> secret = Map.of("protocol", "SASL_PLAINTEXT", "user", "me", "password", "hunter2");

        ClusterSettings settings = ClusterSettings.of(spec(options, secret), NONE);

        assertThat(settings.clientConfig())
                .containsEntry("bootstrap.servers", "a:1")
                .containsEntry("security.protocol", "SASL_PLAINTEXT");
        assertThat(settings.toString()).isEqualTo("a:1");
        assertThat(spec(options, secret).toString()).doesNotContain("hunter2").contains("[hidden]");
    }

    private static ChannelSpec spec(Map<String, String> options, Map<String, String> secret) {
        return new ChannelSpec("kafka", new ResourceName("shop", "default"), "uid", options, secret);
    }
}
