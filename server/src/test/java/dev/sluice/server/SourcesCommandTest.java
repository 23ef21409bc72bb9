/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code sluice sources test}: every kind tells what would come of something, without anything outside. */
final class SourcesCommandTest {

    private static final String SINK = "  sink: {uri: 'http://localhost:8888/'}\n";

    private static final String PING = """
            apiVersion: sources.knative.dev/v1
            kind: PingSource
            metadata: {name: tick}
            spec:
              schedule: "0 0 1 1 *"
              contentType: application/json
              data: '{"wish": "a happy new year"}'
              ceOverrides: {extensions: {team: brewers}}
            """ + SINK;

    private static final String KAFKA = """
            apiVersion: sources.knative.dev/v1
            kind: KafkaSource
            metadata: {name: till}
            spec:
              bootstrapServers: [kafka.example.com:9092]
              topics: [orders, payments]
              consumerGroup: till
              net:
                sasl:
                  enable: true
                  user: {secretKeyRef: {name: not-in-these-files, key: user}}
                  password: {secretKeyRef: {name: not-in-these-files, key: password}}
            """ + SINK;

    private static final String API_SERVER = """
            apiVersion: sources.knative.dev/v1
            kind: ApiServerSource
            metadata: {name: watch, namespace: shop}
            spec:
              mode: Resource
              owner: {apiVersion: apps/v1, kind: Deployment}
              resources: [{apiVersion: apps/v1, kind: ReplicaSet}]
              filters: [{not: {suffix: {type: .delete}}}]
            """ + SINK;

    private static final String REPLICA_SET = "{\"apiVersion\": \"apps/v1\", \"kind\": \"ReplicaSet\", \"metadata\": "
            + "{\"name\": \"web-1\", \"namespace\": \"%s\", \"ownerReferences\": "
            + "[{\"apiVersion\": \"apps/v1\", \"kind\": \"%s\", \"controller\": true}]}}";

    private static final String WEBHOOK = """
            apiVersion: sources.sluice.dev/v1alpha1
            kind: WebhookSource
            metadata: {name: hook}
            spec:
              verification: {recipe: none}
              event: {type: {literal: com.example.thing}}
            """ + SINK;

    @TempDir
    private Path folder;

    private final TestConsole console = new TestConsole();

    private Path file(String name, String... content) throws IOException {
        return Files.writeString(folder.resolve(name), String.join("---\n", content));
    }

    private String request(String content) throws IOException {
        return file("request", content).toString();
    }

    private JsonObject event() {
        assertThat(console.err()).isEmpty();
        return new JsonObject(console.out());
    }

    @Test
    void a_ping_source_shows_its_next_tick_and_needs_no_request() throws IOException {
        // When
        int status =
                console.run("sources", "test", "-f", file("ping.yaml", PING).toString(), "-o", "json");

        // Then
        assertThat(status).isZero();
        assertThat(event().getString("type")).isEqualTo("dev.knative.sources.ping");
        assertThat(event().getJsonObject("data").getString("wish")).isEqualTo("a happy new year");
        assertThat(event().getString("team")).isEqualTo("brewers");
        assertThat(OffsetDateTime.parse(event().getString("time")))
                .isAfter(OffsetDateTime.now())
                .matches(time -> time.getDayOfYear() == 1 && time.getHour() == 0);
    }

    @Test
    void a_ping_source_takes_no_request() throws IOException {
        // When
        int status = console.run(
                "sources",
                "test",
                "-f",
                file("ping.yaml", PING).toString(),
                "--request",
                request("POST / HTTP/1.1\n\nx"));

        // Then
        assertThat(status).isEqualTo(1);
        assertThat(console.err()).contains("a PingSource follows the clock", "without --request");
    }

    @Test
    void a_kafka_source_shows_what_becomes_of_a_record_and_needs_no_secrets_for_that() throws IOException {
        // When
        int status = console.run(
                "sources",
                "test",
                "-f",
                file("kafka.yaml", KAFKA).toString(),
                "--request",
                request("POST /payments?partition=3&offset=42 HTTP/1.1\nHost: localhost\nKafka-Key: k-1\nX-Trace: abc\n"
                        + "Content-Type: application/json\n\n{\"paid\": true}"),
                "-o",
                "json");

        // Then
        assertThat(status).isZero();
        assertThat(event().getString("source")).isEqualTo("/apis/v1/namespaces/default/kafkasources/till#payments");
        assertThat(event().getString("id")).isEqualTo("partition:3/offset:42");
        assertThat(event().getString("key")).isEqualTo("k-1");
        assertThat(event().getString("kafkaheaderxtrace")).isEqualTo("abc");
        assertThat(event().getJsonObject("data").getBoolean("paid")).isTrue();
        assertThat(event().fieldNames()).doesNotContain("kafkaheaderhost", "kafkaheaderkafkakey");
    }

    @Test
    void a_record_that_is_an_event_passes_as_it_is() throws IOException {
        // When
        console.run(
                "sources",
                "test",
                "-f",
                file("kafka.yaml", KAFKA).toString(),
                "--request",
                request(
                        "POST /orders HTTP/1.1\nce_specversion: 1.0\nce_type: order.paid\nce_source: /shop\nce_id: 7\n\n{}"),
                "-o",
                "json");

        // Then
        assertThat(event().getString("type")).isEqualTo("order.paid");
        assertThat(event().getString("id")).isEqualTo("7");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "                             | no record of orders, payments",
                "POST /teas HTTP/1.1          | \"POST /teas\" is no record of orders, payments",
                "GET /orders HTTP/1.1         | \"GET /orders\" is no record of",
                "POST /orders?offset=-1 HTTP  | partition or offset is no number",
            })
    void what_is_no_record_is_told_with_how_to_write_one(String line, String error) throws IOException {
        // When
        String file = file("kafka.yaml", KAFKA).toString();
        int status = line == null
                ? console.run("sources", "test", "-f", file)
                : console.run("sources", "test", "-f", file, "--request", request(line + "\n\nx"));

        // Then
        assertThat(status).isEqualTo(1);
        assertThat(console.err())
                .contains(error, "POST /TOPIC HTTP/1.1", "kafka-key")
                .doesNotContain("refused with");
    }

    @Test
    void an_api_server_source_shows_what_becomes_of_a_change() throws IOException {
        // When
        int status = console.run(
                "sources",
                "test",
                "shop/watch",
                "-f",
                file("all.yaml", API_SERVER, PING, WEBHOOK).toString(),
                "--request",
                request("PUT /apis/apps/v1/namespaces/shop/replicasets/web-1 HTTP/1.1\n\n"
                        + REPLICA_SET.formatted("shop", "Deployment")),
                "-o",
                "json");

        // Then
        assertThat(status).isZero();
        assertThat(event().getString("type")).isEqualTo("dev.knative.apiserver.resource.update");
        assertThat(event().getString("subject")).isEqualTo("/apis/apps/v1/namespaces/shop/replicasets/web-1");
        assertThat(event().getJsonObject("data").getJsonObject("metadata").getString("name"))
                .isEqualTo("web-1");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "DELETE | shop | Deployment  | spec.filters leave dev.knative.apiserver.resource.delete out",
                "POST   | shop | Replication | spec.owner is not what controls it",
                "POST   | bar  | Deployment  | the source watches the namespace shop",
            })
    void a_change_that_makes_no_event_is_told_with_what_leaves_it_out(
            String method, String namespace, String owner, String why) throws IOException {
        // When
        int status = console.run(
                "sources",
                "test",
                "-f",
                file("watch.yaml", API_SERVER).toString(),
                "--request",
                request(method + " /apis/apps/v1/namespaces/" + namespace + "/replicasets/web-1 HTTP/1.1\n\n"
                        + REPLICA_SET.formatted(namespace, owner)));

        // Then
        assertThat(status).isZero();
        assertThat(console.out()).isEqualTo("no event: " + why + "\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET /   |                                  | no change of an object",
                "POST /x | {                                | the body is no object of Kubernetes",
                "POST /x | {\"apiVersion\":\"v1\",\"kind\":\"Pod\"} | the body is no object of Kubernetes",
                "POST /api/v1/pods | {\"apiVersion\":\"apps/v1\",\"kind\":\"ReplicaSet\",\"metadata\":{\"name\":\"a\"}} | not the path of this object",
            })
    void what_is_no_change_is_told_with_how_to_write_one(String line, String body, String error) throws IOException {
        // When
        int status = console.run(
                "sources",
                "test",
                "-f",
                file("watch.yaml", API_SERVER).toString(),
                "--request",
                request(line + " HTTP/1.1\n\n" + (body == null ? "" : body)));

        // Then
        assertThat(status).isEqualTo(1);
        assertThat(console.err()).contains(error, "the object as JSON");
    }

    @Test
    void where_no_source_is_named_a_request_is_for_the_one_with_a_webhook() throws IOException {
        // When
        int status = console.run(
                "sources",
                "test",
                "-f",
                file("all.yaml", API_SERVER, PING, WEBHOOK).toString(),
                "--request",
                request("POST /default/hook HTTP/1.1\n\n{}"),
                "-o",
                "json");

        // Then
        assertThat(status).isZero();
        assertThat(event().getString("type")).isEqualTo("com.example.thing");
    }

    @Test
    void a_webhook_can_not_be_tried_without_a_request_and_one_of_several_sources_has_to_be_named() throws IOException {
        // Given
        TestConsole other = new TestConsole();

        // When
        int alone =
                console.run("sources", "test", "-f", file("hook.yaml", WEBHOOK).toString());
        int several = other.run(
                "sources", "test", "-f", file("all.yaml", PING, WEBHOOK).toString());

        // Then
        assertThat(alone).isEqualTo(2);
        assertThat(console.err()).contains("no request; name a file with one with --request");
        assertThat(several).isEqualTo(2);
        assertThat(other.err()).contains("name one of default/hook (WebhookSource), default/tick (PingSource)");
    }
}
