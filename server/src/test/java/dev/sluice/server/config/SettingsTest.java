/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class SettingsTest {

    /** For every option a text that is not its default, and what it means. */
    private static final Map<ServeOption<?>, Map.Entry<String, Object>> OTHER_VALUES = new LinkedHashMap<>();

    static {
        other(ServeOptions.FILE, "a,b", List.of(Path.of("a"), Path.of("b")));
        other(ServeOptions.KUBERNETES, "true", true);
        other(ServeOptions.CLUSTER_DOMAIN, "example.org", "example.org");
        other(ServeOptions.DEFAULT_BROKER_CLASS, "Kafka", "Kafka");
        other(ServeOptions.SOURCE_KINDS, "PingSource,GitHubSource", List.of("PingSource", "GitHubSource"));
        other(ServeOptions.INGRESS_PROBES, "a:8080,b:8080", List.of("a:8080", "b:8080"));
        other(ServeOptions.STATE_PROBES, "a:9090,b:9090", List.of("a:9090", "b:9090"));
        other(ServeOptions.ROLE, "broker", Role.BROKER);
        other(ServeOptions.CHANNEL, "kafka", "kafka");
        other(ServeOptions.DATA_DIR, "/var/lib/sluice", Path.of("/var/lib/sluice"));
        other(ServeOptions.INGRESS_HOST, "::1", "::1");
        other(ServeOptions.INGRESS_PORT, "0", 0);
        other(ServeOptions.INGRESS_URL, "https://broker.example.com", URI.create("https://broker.example.com"));
        other(ServeOptions.MAX_EVENT_SIZE, "64KiB", 65_536);
        other(ServeOptions.REQUEST_TIMEOUT, "500ms", Duration.ofMillis(500));
        other(ServeOptions.IDLE_TIMEOUT, "PT2M", Duration.ofMinutes(2));
        other(ServeOptions.MAX_HEADER_SIZE, "8192", 8192);
        other(ServeOptions.MAX_CONNECTIONS, "5", 5);
        other(ServeOptions.INMEMORY_CAPACITY, "64MiB", "64MiB");
        other(ServeOptions.DEAD_LETTER_CAPACITY, "1MiB", 1024L * 1024);
        other(ServeOptions.KAFKA_BOOTSTRAP_SERVERS, "a:9092,b:9092", List.of("a:9092", "b:9092"));
        other(ServeOptions.KAFKA_CLIENT_CONFIG, "client.properties", Path.of("client.properties"));
        other(ServeOptions.KAFKA_TOPIC_PARTITIONS, "3", 3);
        other(ServeOptions.KAFKA_TOPIC_REPLICATION_FACTOR, "2", 2);
        other(ServeOptions.KAFKA_BUFFER_MEMORY, "8MiB", 8L * 1024 * 1024);
        other(ServeOptions.KAFKA_APPEND_TIMEOUT, "1500ms", Duration.ofMillis(1500));
        other(ServeOptions.KAFKA_INSTANCE_ID, "dispatcher-0", "dispatcher-0");
        other(ServeOptions.KAFKA_GROUP_PROTOCOL, "consumer", GroupProtocol.CONSUMER);
        other(ServeOptions.MAX_IN_FLIGHT, "7", 7);
        other(ServeOptions.DISPATCH_MEMORY, "2MiB", 2L * 1024 * 1024);
        other(ServeOptions.DISPATCH_WINDOW, "8", 8);
        other(ServeOptions.HANDOVER_TIMEOUT, "0s", Duration.ZERO);
        other(ServeOptions.CATCH_UP_READERS, "1", 1);
        other(ServeOptions.DELIVERY_TIMEOUT, "1h", Duration.ofHours(1));
        other(ServeOptions.CONNECT_TIMEOUT, "2m", Duration.ofMinutes(2));
        other(ServeOptions.REPLY_TTL, "3", 3);
        other(ServeOptions.MAX_REPLY_SIZE, "2 MiB", 2 * 1024 * 1024);
        other(ServeOptions.REPLY_MEMORY, "2 MiB", 2L * 1024 * 1024);
        other(ServeOptions.REFUSE_DESTINATIONS, "10.0.0.0/8,fd00::/8", List.of("10.0.0.0/8", "fd00::/8"));
        other(ServeOptions.ADMIN_HOST, "0.0.0.0", "0.0.0.0");
        other(ServeOptions.ADMIN_PORT, "65535", 65_535);
        other(ServeOptions.ADMIN_TOKEN_FILE, "token", Path.of("token"));
        other(ServeOptions.SOURCES_HOST, "127.0.0.1", "127.0.0.1");
        other(ServeOptions.SOURCES_PORT, "1", 1);
        other(ServeOptions.WEBHOOK_URL, "https://hooks.example.com", URI.create("https://hooks.example.com"));
        other(ServeOptions.WEBHOOK_TIMEOUT, "2s", Duration.ofSeconds(2));
        other(ServeOptions.SHUTDOWN_TIMEOUT, "0s", Duration.ZERO);
        other(ServeOptions.LOG_LEVEL, "debug", LogLevel.DEBUG);
        other(ServeOptions.LOG_FORMAT, "json", LogFormat.JSON);
    }

    @TempDir
    private Path folder;

    private static <T> void other(ServeOption<T> option, String text, T value) {
        OTHER_VALUES.put(option, Map.entry(text, value));
    }

    static Stream<Arguments> otherValues() {
        return OTHER_VALUES.entrySet().stream()
                .map(entry -> Arguments.of(
                        Named.of(entry.getKey().name(), entry.getKey()),
                        entry.getValue().getKey(),
                        entry.getValue().getValue()));
    }

    @Test
    void another_value_is_tried_for_every_option() {
        // --config names the file itself, and is tried by each test that reads one.
        assertThat(ServeOptions.ALL)
                .filteredOn(option -> option != ServeOptions.CONFIG)
                .containsExactlyInAnyOrderElementsOf(OTHER_VALUES.keySet());
    }

    @Test
    void nothing_given_leaves_every_default() {
        // When
        Settings settings = Settings.resolve(Map.of(), Map.of());

        // Then
        assertThat(settings.problems()).isEmpty();
        assertThat(settings.find(ServeOptions.FILE)).isEmpty();
        assertThat(settings.find(ServeOptions.CONFIG)).isEmpty();
        assertThat(settings.find(ServeOptions.INGRESS_URL)).isEmpty();
        assertThat(settings.find(ServeOptions.ADMIN_TOKEN_FILE)).isEmpty();
        assertThat(settings.get(ServeOptions.KUBERNETES)).isFalse();
        assertThat(settings.get(ServeOptions.CLUSTER_DOMAIN)).isEqualTo("cluster.local");
        assertThat(settings.get(ServeOptions.DEFAULT_BROKER_CLASS)).isEqualTo("Sluice");
        assertThat(settings.find(ServeOptions.INGRESS_PROBES)).isEmpty();
        assertThat(settings.find(ServeOptions.STATE_PROBES)).isEmpty();
        assertThat(settings.get(ServeOptions.ROLE)).isEqualTo(Role.ALL);
        assertThat(settings.get(ServeOptions.CHANNEL)).isEqualTo("inmemory");
        assertThat(settings.get(ServeOptions.DATA_DIR)).isEqualTo(Path.of("./.sluice"));
        assertThat(settings.get(ServeOptions.INGRESS_HOST)).isEqualTo("0.0.0.0");
        assertThat(settings.get(ServeOptions.INGRESS_PORT)).isEqualTo(8080);
        assertThat(settings.get(ServeOptions.MAX_EVENT_SIZE)).isEqualTo(1024 * 1024);
        assertThat(settings.get(ServeOptions.REQUEST_TIMEOUT)).isEqualTo(Duration.ofSeconds(30));
        assertThat(settings.get(ServeOptions.IDLE_TIMEOUT)).isEqualTo(Duration.ofSeconds(60));
        assertThat(settings.get(ServeOptions.MAX_HEADER_SIZE)).isEqualTo(65_536);
        assertThat(settings.get(ServeOptions.MAX_CONNECTIONS)).isEqualTo(10_000);
        assertThat(settings.get(ServeOptions.INMEMORY_CAPACITY)).isEqualTo("25%");
        assertThat(settings.get(ServeOptions.DEAD_LETTER_CAPACITY))
                .isEqualTo(Runtime.getRuntime().maxMemory() / 100 * 10);
        assertThat(settings.find(ServeOptions.KAFKA_BOOTSTRAP_SERVERS)).isEmpty();
        assertThat(settings.find(ServeOptions.KAFKA_CLIENT_CONFIG)).isEmpty();
        assertThat(settings.get(ServeOptions.KAFKA_TOPIC_PARTITIONS)).isEqualTo(10);
        assertThat(settings.find(ServeOptions.KAFKA_TOPIC_REPLICATION_FACTOR)).isEmpty();
        assertThat(settings.get(ServeOptions.KAFKA_BUFFER_MEMORY)).isEqualTo(32L * 1024 * 1024);
        assertThat(settings.find(ServeOptions.KAFKA_APPEND_TIMEOUT)).isEmpty();
        assertThat(settings.find(ServeOptions.KAFKA_INSTANCE_ID)).isEmpty();
        assertThat(settings.get(ServeOptions.KAFKA_GROUP_PROTOCOL)).isEqualTo(GroupProtocol.CLASSIC);
        assertThat(settings.get(ServeOptions.MAX_IN_FLIGHT)).isEqualTo(100);
        assertThat(settings.get(ServeOptions.DISPATCH_MEMORY))
                .isEqualTo(Runtime.getRuntime().maxMemory() / 100 * 10);
        assertThat(settings.get(ServeOptions.DISPATCH_WINDOW)).isEqualTo(1000);
        assertThat(settings.get(ServeOptions.HANDOVER_TIMEOUT)).isEqualTo(Duration.ofSeconds(5));
        assertThat(settings.get(ServeOptions.CATCH_UP_READERS)).isEqualTo(4);
        assertThat(settings.get(ServeOptions.DELIVERY_TIMEOUT)).isEqualTo(Duration.ofSeconds(60));
        assertThat(settings.get(ServeOptions.CONNECT_TIMEOUT)).isEqualTo(Duration.ofSeconds(5));
        assertThat(settings.get(ServeOptions.REPLY_TTL)).isEqualTo(255);
        assertThat(settings.get(ServeOptions.MAX_REPLY_SIZE)).isEqualTo(1024 * 1024);
        assertThat(settings.get(ServeOptions.REPLY_MEMORY))
                .isEqualTo(Runtime.getRuntime().maxMemory() / 100 * 5);
        assertThat(settings.get(ServeOptions.REFUSE_DESTINATIONS))
                .containsExactly("169.254.0.0/16", "fe80::/10", "fd00:ec2::254/128", "100.100.100.200/32");
        assertThat(settings.get(ServeOptions.ADMIN_HOST)).isEqualTo("127.0.0.1");
        assertThat(settings.get(ServeOptions.ADMIN_PORT)).isEqualTo(9090);
        assertThat(settings.get(ServeOptions.SOURCES_HOST)).isEqualTo("0.0.0.0");
        assertThat(settings.get(ServeOptions.SOURCES_PORT)).isEqualTo(8082);
        assertThat(settings.find(ServeOptions.WEBHOOK_URL)).isEmpty();
        assertThat(settings.get(ServeOptions.WEBHOOK_TIMEOUT)).isEqualTo(Duration.ofSeconds(9));
        assertThat(settings.get(ServeOptions.SHUTDOWN_TIMEOUT)).isEqualTo(Duration.ofSeconds(30));
        assertThat(settings.get(ServeOptions.LOG_LEVEL)).isEqualTo(LogLevel.INFO);
        assertThat(settings.get(ServeOptions.LOG_FORMAT)).isEqualTo(LogFormat.TEXT);
    }

    @ParameterizedTest
    @MethodSource("otherValues")
    void a_flag_sets_an_option(ServeOption<?> option, String text, Object value) {
        // When
        Settings settings = Settings.resolve(Map.of(option.name(), List.of(text.split(","))), Map.of());

        // Then
        assertThat(settings.problems()).isEmpty();
        assertThat((Object) settings.get(option)).isEqualTo(value);
    }

    @ParameterizedTest
    @MethodSource("otherValues")
    void an_environment_variable_sets_an_option(ServeOption<?> option, String text, Object value) {
        // When
        Settings settings = Settings.resolve(Map.of(), Map.of(option.variable(), text));

        // Then
        assertThat(settings.problems()).isEmpty();
        assertThat((Object) settings.get(option)).isEqualTo(value);
    }

    @ParameterizedTest
    @MethodSource("otherValues")
    void a_key_of_the_file_sets_an_option(ServeOption<?> option, String text, Object value) throws IOException {
        // Given
        String list = option.repeatable() ? "\n- '" + text.replace(",", "'\n- '") + "'" : " '" + text + "'";
        Path file = Files.writeString(folder.resolve("sluice.yaml"), option.name() + ":" + list + "\n");

        // When
        Settings settings = Settings.resolve(Map.of("config", List.of(file.toString())), Map.of());

        // Then
        assertThat(settings.problems()).isEmpty();
        assertThat((Object) settings.get(option)).isEqualTo(value);
    }

    @Test
    void variables_have_the_name_of_the_flag_in_upper_snake_case() {
        assertThat(ServeOptions.MAX_EVENT_SIZE.variable()).isEqualTo("SLUICE_MAX_EVENT_SIZE");
        assertThat(ServeOptions.MAX_EVENT_SIZE.flag()).isEqualTo("--max-event-size");
    }

    @Test
    void a_flag_comes_before_a_variable_and_a_variable_before_the_file() throws IOException {
        // Given
        Path file = Files.writeString(
                folder.resolve("sluice.yaml"), "ingress-port: 1\nadmin-port: 1\nsources-port: 1\nmax-in-flight: 1\n");
        Map<String, String> environment = Map.of(
                "SLUICE_CONFIG",
                file.toString(),
                "SLUICE_INGRESS_PORT",
                "2",
                "SLUICE_ADMIN_PORT",
                "2",
                "SLUICE_MAX_IN_FLIGHT",
                "");

        // When
        Settings settings = Settings.resolve(Map.of("ingress-port", List.of("3")), environment);

        // Then
        assertThat(settings.get(ServeOptions.INGRESS_PORT)).isEqualTo(3);
        assertThat(settings.get(ServeOptions.ADMIN_PORT)).isEqualTo(2);
        assertThat(settings.get(ServeOptions.SOURCES_PORT)).isEqualTo(1);
        assertThat(settings.get(ServeOptions.MAX_IN_FLIGHT))
                .as("an empty variable is not set")
                .isEqualTo(1);
    }

    @Test
    void all_problems_are_told_together_each_with_its_place() throws IOException {
        // Given
        Path file = Files.writeString(folder.resolve("sluice.yaml"), """
                # comment
                ingres-port: 1
                max-in-flight: 0
                log-level: loud
                """);

        // When
        Settings settings = Settings.resolve(
                Map.of(
                        "config",
                        List.of(file.toString()),
                        "admin-port",
                        List.of("65536"),
                        "reply-ttl",
                        List.of("1", "2")),
                Map.of("SLUICE_IDLE_TIMEOUT", "1 minute", "SLUICE_MAX_EVENT_SIZE", "1MB"));

        // Then
        assertThat(settings.problems())
                .containsExactlyInAnyOrder(
                        file + ":2: unknown key ingres-port, did you mean ingress-port?",
                        file + ":3: max-in-flight=0 is not a whole number from 1 to 100000",
                        file + ":4: log-level=loud is none of error, warn, info, debug, trace",
                        "--admin-port=65536 is not a whole number from 0 to 65535",
                        "--reply-ttl takes one value, and has 2: 1, 2",
                        "SLUICE_IDLE_TIMEOUT=1 minute is not a duration; write one such as 30s, 500ms or PT30S",
                        "SLUICE_MAX_EVENT_SIZE=1MB is not a size; write bytes such as 65536, or 64KiB, 1MiB, 2GiB");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    request-timeout  | 99ms              | is out of range
                    request-timeout  | 2h                | is out of range
                    request-timeout  | -1s               | is not a duration
                    request-timeout  | 9999999999999999h | is not a duration
                    request-timeout  | P1Y               | is not a duration
                    max-event-size   | 1023              | is out of range
                    max-event-size   | 1GiB              | is out of range
                    max-event-size   | 99999999999GiB    | is not a size
                    max-event-size   | KiB               | is not a size
                    ingress-port     | -1                | is not a whole number from 0 to 65535
                    ingress-port     | 99999999999999    | is not a whole number from 0 to 65535
                    ingress-port     | 80a               | is not a whole number from 0 to 65535
                    ingress-url      | localhost:8080    | is not an absolute http or https URL
                    ingress-url      | http://h/?q       | is not an absolute http or https URL
                    ingress-url      | 'http://a b'      | is not an absolute http or https URL
                    ingress-host     | ' '               | is blank
                    data-dir         | ' '               | is blank
                    role             | everything        | is none of all, broker, dispatcher, sources, control
                    role             | ALL               | is none of all
                    """)
    void a_value_that_makes_no_sense_is_refused_by_its_rule(String option, String text, String rule) {
        // When
        Settings settings = Settings.resolve(Map.of(option, List.of(text)), Map.of());

        // Then
        assertThat(settings.problems())
                .singleElement()
                .asString()
                .startsWith("--" + option + "=" + text + " ")
                .contains(rule);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    '[1, 2'                                | :1: not valid YAML
                    '- ingress-port'                       | :1: is not a mapping
                    'ingress-port:'                        | :1: ingress-port must have a value
                    'ingress-port: {a: 1}'                 | :1: ingress-port must have a value
                    'file: [[a]]'                          | :1: file must have a value
                    '? [a]\n: 1'                          | :1: a key must be the name of an option
                    'ingress-port: 1\ningress-port: 2'    | :2: ingress-port stands twice
                    'config: other.yaml'                   | :1: unknown key config
                    """)
    void a_file_that_can_not_be_understood_is_refused_with_its_line(String yaml, String expected) throws IOException {
        // Given
        Path file = Files.writeString(folder.resolve("sluice.yaml"), yaml.replace("\\n", "\n"));

        // When
        Settings settings = Settings.resolve(Map.of("config", List.of(file.toString())), Map.of());

        // Then
        assertThat(settings.problems()).singleElement().asString().startsWith(file + expected);
    }

    @Test
    void a_file_that_can_not_be_read_is_refused_with_the_reason() throws IOException {
        // Given
        Path binary = Files.write(folder.resolve("binary"), new byte[] {(byte) 0xff, (byte) 0xfe, 0, 1});
        Path large = Files.write(folder.resolve("large"), new byte[2 * 1024 * 1024]);

        // Then
        assertThat(problemsWith(folder.resolve("nothing"))).asString().contains("there is no such file");
        assertThat(problemsWith(binary)).asString().contains("not UTF-8");
        assertThat(problemsWith(large)).asString().contains("larger than 1 MiB");
        assertThat(problemsWith(folder)).hasSize(1);
    }

    private static List<String> problemsWith(Path file) {
        return Settings.resolve(Map.of("config", List.of(file.toString())), Map.of())
                .problems();
    }

    @Test
    void an_empty_file_is_a_file_with_no_options() throws IOException {
        // Given
        Path file = Files.writeString(folder.resolve("sluice.yaml"), "# nothing yet\n");

        // Then
        assertThat(problemsWith(file)).isEmpty();
    }

    @Test
    void a_variable_that_looks_like_a_slip_is_warned_of_and_others_are_passed_over() {
        // When
        Settings settings = Settings.resolve(
                Map.of(),
                Map.of(
                        "SLUICE_INGRES_PORT", "1",
                        "SLUICE_SERVICE_HOST", "10.0.0.1",
                        "SLUICE_ADMIN_URL", "http://localhost:9090",
                        "SLUICE_JAVA_OPTS", "-Xmx1g"));

        // Then
        assertThat(settings.problems()).isEmpty();
        assertThat(settings.warnings())
                .containsExactly(
                        "environment variable SLUICE_INGRES_PORT is not known, did you mean SLUICE_INGRESS_PORT?");
    }
}
