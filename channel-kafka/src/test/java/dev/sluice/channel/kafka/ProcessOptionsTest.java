/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ProcessOptionsTest {

    @Test
    void has_defaults_for_everything_but_the_address() {
        assertThat(ProcessOptions.of(Map.of()))
                .isEqualTo(new ProcessOptions(
                        Optional.empty(),
                        Map.of(),
                        10,
                        Optional.empty(),
                        32L << 20,
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(5),
                        Optional.empty(),
                        ProcessOptions.GroupProtocol.CLASSIC,
                        false,
                        Optional.empty()));
    }

    @Test
    void reads_every_option(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(
                folder.resolve("client.properties"), "security.protocol=SASL_SSL\nsasl.mechanism=PLAIN\n");

        ProcessOptions options = ProcessOptions.of(Map.of(
                "kafka-bootstrap-servers", "b:9092, a:9093",
                "kafka-client-config", file.toString(),
                "kafka-topic-partitions", "3",
                "kafka-topic-replication-factor", "2",
                "kafka-buffer-memory", "8MiB",
                "kafka-append-timeout", "1500ms",
                "request-timeout", "2s",
                "handover-timeout", "3s",
                "kafka-instance-id", "dispatcher-0",
                "kafka-group-protocol", "consumer"));

        assertThat(options)
                .isEqualTo(new ProcessOptions(
                        Optional.of("a:9093,b:9092"),
                        Map.of("security.protocol", "SASL_SSL", "sasl.mechanism", "PLAIN"),
                        3,
                        Optional.of((short) 2),
                        8L << 20,
                        Duration.ofMillis(1500),
                        Duration.ofSeconds(3),
                        Optional.of("dispatcher-0"),
                        ProcessOptions.GroupProtocol.CONSUMER,
                        false,
                        Optional.empty()));
    }

    @Test
    void names_the_group_protocols_that_there_are() {
        assertThatThrownBy(() -> ProcessOptions.of(Map.of("kafka-group-protocol", "streams")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("kafka-group-protocol=streams is neither classic nor consumer");
    }

    @ParameterizedTest
    @CsvSource({"4194304, 4194304", "4096KiB, 4194304", "1GiB, 1073741824", "64 MiB, 67108864"})
    void reads_a_size_as_bytes_or_with_a_unit(String text, long bytes) {
        assertThat(ProcessOptions.of(Map.of("kafka-buffer-memory", text)).bufferBytes())
                .isEqualTo(bytes);
    }

    @ParameterizedTest
    @CsvSource({"15s, 15000", "PT15S, 15000", "2m, 120000", "1h, 3600000", "1000ms, 1000"})
    void reads_a_duration_with_a_unit_or_as_iso_8601(String text, long millis) {
        assertThat(ProcessOptions.of(Map.of("kafka-append-timeout", text)).appendTimeout())
                .isEqualTo(Duration.ofMillis(millis));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "kafka-bootstrap-servers | kafka | host:port",
                "kafka-bootstrap-servers | kafka:9092, | \"\" is none",
                "kafka-bootstrap-servers | kafka:0 | host:port",
                "kafka-bootstrap-servers | http://kafka:9092 | host:port",
                "kafka-bootstrap-servers | ::1:9092 | host:port",
                "kafka-client-config | /no/such/file | --command-config",
                "kafka-topic-partitions | 0 | from 1 to 10000",
                "kafka-topic-partitions | many | from 1 to 10000",
                "kafka-topic-replication-factor | -1 | from 1 to 32767",
                "kafka-buffer-memory | 1MiB | from 4MiB to 1GiB",
                "kafka-buffer-memory | 9223372036854775807KiB | from 4MiB to 1GiB",
                "kafka-buffer-memory | a lot | from 4MiB to 1GiB",
                "kafka-append-timeout | 10 | not a duration",
                "kafka-append-timeout | 999ms | 1s to 1h",
                "kafka-append-timeout | 2h | 1s to 1h",
            })
    void names_option_value_and_remedy_of_what_can_not_be_used(String option, String value, String remedy) {
        assertThatThrownBy(() -> ProcessOptions.of(Map.of(option, value)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(option + "=" + value)
                .hasMessageContaining(remedy);
    }

    @Test
    void takes_a_bracketed_ipv6_address() {
        assertThat(ProcessOptions.of(Map.of("kafka-bootstrap-servers", "[::1]:9092"))
                        .bootstrapServers())
                .contains("[::1]:9092");
    }

    @Test
    void refuses_an_append_timeout_that_the_ingress_would_not_wait_for() {
        assertThatThrownBy(() -> ProcessOptions.of(Map.of("kafka-append-timeout", "30s", "request-timeout", "30s")))
                .hasMessage(
                        "kafka-append-timeout=30s must be below --request-timeout=30s, so that a producer can be told;"
                                + " lower it, or raise --request-timeout");
    }

    @Test
    void refuses_client_properties_that_would_change_what_the_channel_promises(@TempDir Path folder)
            throws IOException {
        Path file = Files.writeString(folder.resolve("client.properties"), "acks=0\n");

        assertThatThrownBy(() -> ProcessOptions.of(Map.of("kafka-client-config", file.toString())))
                .hasMessageContaining("has the key acks")
                .hasMessageContaining("remove it");
    }

    @Test
    void shows_no_secret(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(
                folder.resolve("client.properties"), "sasl.jaas.config=required password=\"hunter2\";\n");

        assertThat(ProcessOptions.of(Map.of("kafka-client-config", file.toString()))
                        .toString())
                .contains("[hidden]")
                .doesNotContain("hunter2");
    }

    @ParameterizedTest
    @CsvSource({"0s, 30", "5s, 30", "20s, 30", "45s, 55", "1m, 70"})
    void a_member_may_go_without_a_poll_for_longer_than_a_hand_over_takes(String handOver, int seconds) {
        ProcessOptions process = ProcessOptions.of(Map.of("handover-timeout", handOver));

        Map<String, Object> config = MemberConfig.of(
                new ClusterSettings("127.0.0.1:9092", Map.of()),
                "group",
                new Sharing("uid", Optional.empty(), false, ProcessOptions.GroupProtocol.CLASSIC),
                1 << 20,
                process.pollInterval());

        assertThat(config).containsEntry("max.poll.interval.ms", seconds * 1_000);
    }
}
