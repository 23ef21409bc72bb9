/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.source.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.source.AdapterSetup;
import dev.sluice.api.source.EventDescription;
import dev.sluice.api.source.SecretRef;
import dev.sluice.api.source.SecretValues;
import dev.sluice.testkit.WrittenField;
import io.vertx.core.json.JsonObject;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class KafkaSourceKindTest {

    private static final ResourceName NAME = new ResourceName("shop", "till");
    private static final String LEAST = "'bootstrapServers': ['kafka:9092'], 'topics': ['orders']";

    private static JsonObject json(String text) {
        return new JsonObject(text.replace('\'', '"'));
    }

    private static KafkaSourceDefinition read(String metadata, String spec) {
        WrittenField field = WrittenField.spec(json("{" + spec + "}"));
        var definition = (KafkaSourceDefinition)
                new KafkaSourceKind().read(NAME, WrittenField.metadata(json("{" + metadata + "}")), field);
        assertThat(field.errors()).isEmpty();
        return Objects.requireNonNull(definition);
    }

    @Test
    void what_is_not_written_is_as_in_knative() {
        // When
        KafkaSourceDefinition least = read("", LEAST);

        // Then
        assertThat(least.earliest()).isFalse();
        assertThat(least.ordered()).isTrue();
        assertThat(least.reads()).isTrue();
        assertThat(least.keyType()).isEqualTo(KeyType.STRING);
        assertThat(least.secrets()).isEmpty();
        assertThat(least.isSingle()).isFalse();
        assertThat(least.group()).matches("knative-kafka-source-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
        assertThat(least.events())
                .containsExactly(new EventDescription(
                        "dev.knative.kafka.event", "/apis/v1/namespaces/shop/kafkasources/till#orders"));
    }

    @Test
    void everything_that_is_written_counts() {
        // When
        KafkaSourceDefinition all = read(
                "'labels': {'kafkasources.sources.knative.dev/key-type': 'byte-array'}",
                "'bootstrapServers': ['b:1, a:2', 'a:2'], 'topics': ['t2', 't1'], 'consumerGroup': 'mine', 'consumers': 0,"
                        + " 'initialOffset': 'earliest', 'ordering': 'unordered'");

        // Then
        assertThat(all.bootstrapServers()).isEqualTo("a:2,b:1");
        assertThat(all.topics()).containsExactly("t1", "t2");
        assertThat(all.group()).isEqualTo("mine");
        assertThat(all.reads()).isFalse();
        assertThat(all.earliest()).isTrue();
        assertThat(all.ordered()).isFalse();
        assertThat(all.keyType()).isEqualTo(KeyType.BYTE_ARRAY);
    }

    @Test
    void a_group_that_nobody_named_is_that_of_the_resource_and_the_same_ever_after() {
        // Then
        assertThat(read("", LEAST).group())
                .isEqualTo(read("", LEAST + ", 'ordering': 'unordered'").group());
        assertThat(read("'uid': '0b1c'", LEAST).group()).isEqualTo("knative-kafka-source-0b1c");
    }

    @Test
    void more_consumers_than_one_are_not_what_they_seem() {
        // Given
        WrittenField field = WrittenField.spec(json("{" + LEAST + ", 'consumers': 3}"));

        // When
        new KafkaSourceKind().read(NAME, WrittenField.metadata(new JsonObject()), field);

        // Then
        assertThat(field.errors()).isEmpty();
        assertThat(field.warnings()).singleElement().asString().contains("consumers", "more processes");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "'topics': ['t']                                            | bootstrapServers is missing",
                "'bootstrapServers': [], 'topics': ['t']                    | bootstrapServers is missing",
                "'bootstrapServers': ['kafka'], 'topics': ['t']             | bootstrapServers[0] is no address",
                "'bootstrapServers': ['k:1']                                | topics is missing",
                "'bootstrapServers': ['k:1'], 'topics': ['a b']             | topics[0] is no name of a topic",
                "'bootstrapServers': ['k:1'], 'topics': ['t'], 'initialOffset': 'now'       | initialOffset is not one of",
                "'bootstrapServers': ['k:1'], 'topics': ['t'], 'ordering': 'random'         | ordering is not one of",
                "'bootstrapServers': ['k:1'], 'topics': ['t'], 'consumerGroup': ''          | consumerGroup is missing",
                "'bootstrapServers': ['k:1'], 'topics': ['t'], 'net': {'sasl': {'enable': true}}  | net.sasl.user is missing",
                "'bootstrapServers': ['k:1'], 'topics': ['t'], 'net': {'tls': {'enable': true, 'cert': {'secretKeyRef': {'name': 'n', 'key': 'k'}}}} | net.tls.key is missing",
                "'bootstrapServers': ['k:1'], 'topics': ['t'], 'net': {'tls': {'enable': true, 'caCert': {}}} | net.tls.caCert.secretKeyRef is missing",
                "'bootstrapServers': ['k:1'], 'topics': ['t'], 'net': {'sasl': {'user': 'me'}} | net.sasl.user is not a mapping",
            })
    void what_is_wrong_is_told(String spec, String rule) {
        // Given
        WrittenField field = WrittenField.spec(json("{" + spec + "}"));

        // When
        var read = new KafkaSourceKind().read(NAME, WrittenField.metadata(new JsonObject()), field);

        // Then
        assertThat(read).isNull();
        assertThat(field.errors()).anyMatch(error -> error.contains(rule));
    }

    @Test
    void a_key_type_that_nobody_knows_is_told() {
        // Given
        WrittenField metadata =
                WrittenField.metadata(json("{'labels': {'kafkasources.sources.knative.dev/key-type': 'long'}}"));

        // Then
        assertThat(new KafkaSourceKind().read(NAME, metadata, WrittenField.spec(json("{" + LEAST + "}"))))
                .isNull();
        assertThat(metadata.errors()).singleElement().asString().contains("key-type", "byte-array");
    }

    private static String secret(String field, String key) {
        return "'" + field + "': {'secretKeyRef': {'name': 'kafka', 'key': '" + key + "'}}";
    }

    @Test
    void secrets_become_what_kafkas_clients_want() {
        // Given
        KafkaSourceDefinition definition = read(
                "",
                LEAST + ", 'net': {'sasl': {'enable': true, " + secret("type", "type") + ", " + secret("user", "user")
                        + ", " + secret("password", "password") + "}, 'tls': {'enable': true, " + secret("caCert", "ca")
                        + "}}");
        String certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";
        SecretValues secrets = new SecretValues(Map.of(
                new SecretRef("kafka", "type"), "SCRAM-SHA-512\n",
                new SecretRef("kafka", "user"), "me\n",
                new SecretRef("kafka", "password"), "new\nold\n",
                new SecretRef("kafka", "ca"), certificate + "\n"));

        // When
        Map<String, String> properties = definition.access().clientProperties(secrets);

        // Then
        assertThat(definition.secrets()).hasSize(4);
        assertThat(properties)
                .containsEntry("security.protocol", "SASL_SSL")
                .containsEntry("sasl.mechanism", "SCRAM-SHA-512")
                .containsEntry("ssl.truststore.certificates", certificate)
                .hasEntrySatisfying(
                        "sasl.jaas.config", jaas -> assertThat(jaas).contains("username=\"me\" password=\"new\";"));
    }

    @Test
    void a_secret_that_can_not_be_used_is_named_by_its_field_without_its_value() {
        // Given
        KafkaSourceDefinition definition = read(
                "",
                LEAST + ", 'net': {'tls': {'enable': true, " + secret("cert", "cert") + ", " + secret("key", "key")
                        + "}}");
        SecretValues secrets = new SecretValues(
                Map.of(new SecretRef("kafka", "cert"), "hunter1", new SecretRef("kafka", "key"), "hunter2"));

        // Then
        assertThatThrownBy(() -> definition.adapter(new AdapterSetup(NAME, secrets, InstantSource.system())))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("spec.net: tls.cert holds no PEM block CERTIFICATE; tls.key holds no PEM block")
                .message()
                .doesNotContain("hunter");
    }

    @Test
    void what_is_switched_off_asks_for_no_secrets() {
        // When
        KafkaSourceDefinition definition = read(
                "",
                LEAST + ", 'net': {'sasl': {'enable': false, " + secret("user", "user") + "}, 'tls': {"
                        + secret("caCert", "ca") + "}}");

        // Then
        assertThat(definition.secrets()).isEqualTo(List.of());
        assertThat(definition.access().clientProperties(SecretValues.none())).isEmpty();
    }
}
