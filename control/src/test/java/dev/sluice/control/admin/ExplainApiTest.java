/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.control.folder.FolderStore;
import dev.sluice.control.reconcile.Controller;
import dev.sluice.control.reconcile.DataPlaneReport;
import dev.sluice.control.reconcile.Reconciler;
import dev.sluice.control.reconcile.ReconcilerSettings;
import dev.sluice.control.reconcile.TriggerObservation;
import dev.sluice.control.reconcile.TriggerObservation.Standstill;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an explanation says of Triggers that are in force, of those that are not, and of what can't be explained. */
final class ExplainApiTest {

    private static final String BROKER = """
            apiVersion: eventing.knative.dev/v1
            kind: Broker
            metadata: {name: default, namespace: shop}
            """;

    private static final int LARGEST_EVENT = 10_000;
    private static final int INITIAL_TTL = 255;

    @TempDir
    private Path temp;

    private final Vertx vertx = Vertx.vertx();
    private final HttpClient client = HttpClient.newHttpClient();
    private volatile @Nullable TriggerObservation seen;
    private Path folder;
    private Controller controller;
    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        folder = Files.createDirectory(temp.resolve("resources"));
        Files.writeString(folder.resolve("broker.yaml"), BROKER);
        controller = new Controller(
                new FolderStore(List.of(folder), temp.resolve("data"), Clock.systemUTC()),
                new Reconciler(
                        ReconcilerSettings.of(URI.create("http://localhost:8080"), "inmemory", Set.of("inmemory"))),
                table -> Future.succeededFuture(DataPlaneReport.inForce()),
                Clock.systemUTC());
        controller.start();
        await().until(() -> controller.firstSync().succeeded());
        server = vertx.createHttpServer()
                .requestHandler(new ExplainApi(
                        vertx,
                        controller::view,
                        uid -> Optional.ofNullable(seen),
                        Clock.systemUTC(),
                        LARGEST_EVENT,
                        INITIAL_TTL));
        var listening = server.listen(0, "127.0.0.1");
        await().until(listening::succeeded);
    }

    @AfterEach
    void stop() {
        controller.close();
        var closed = vertx.close();
        await().until(closed::isComplete);
    }

    @Test
    void explains_an_event_in_binary_and_in_structured_mode_alike() throws Exception {
        // Given
        trigger("paid", "filters: [{exact: {type: order.paid}}]");

        // When
        JsonNode binary = json(200, binary("/shop/default", "type", "order.created"));
        JsonNode structured = json(200, structured("/shop/default", """
                {"specversion": "1.0", "id": "1", "source": "/s", "type": "order.created"}"""));

        // Then
        assertThat(binary).isEqualTo(structured);
        assertThat(binary)
                .hasToString(
                        "{\"broker\":\"shop/default\","
                                + "\"event\":{\"id\":\"1\",\"source\":\"/s\",\"type\":\"order.created\"},\"notes\":[],\"items\":["
                                + "{\"trigger\":\"shop/paid\",\"matched\":false,\"delivers\":false,\"reasons\":["
                                + "{\"path\":\"filters[0].exact.type\","
                                + "\"text\":\"type is \\\"order.created\\\", wanted \\\"order.paid\\\"\","
                                + "\"attribute\":\"type\",\"value\":\"order.created\",\"wanted\":\"order.paid\"}],\"notes\":[]}]}");
    }

    @Test
    void a_missing_attribute_has_no_value_and_the_one_that_was_perhaps_meant_is_named() throws Exception {
        // Given
        trigger("ours", "filter: {attributes: {tennant: acme}}");

        // When
        JsonNode item = item(binary("/shop/default", "tenant", "acme"));

        // Then
        assertThat(item.at("/reasons/0/path").asText()).isEqualTo("filter.attributes.tennant");
        assertThat(item.at("/reasons/0/value").isNull()).isTrue();
        assertThat(item.at("/notes/0").asText())
                .isEqualTo("the event has no attribute tennant, but it has tenant; which one is meant?");
    }

    @Test
    void an_expression_is_pointed_at_by_line_and_column() throws Exception {
        // Given
        trigger("big", "filters: [{cesql: \"EXISTS type AND items > 10\"}]");

        // When
        JsonNode item = item(binary("/shop/default", "items", "9"));

        // Then
        assertThat(item.at("/reasons/0").toString())
                .isEqualTo(
                        "{\"path\":\"filters[0].cesql\",\"text\":\"column 17: items > 10 is false: items is \\\"9\\\"\","
                                + "\"line\":1,\"column\":17}");
    }

    @Test
    void a_trigger_that_matches_delivers() throws Exception {
        // Given
        trigger("all");

        // When
        JsonNode item = item(binary("/shop/default", "type", "x"));

        // Then
        assertThat(item.path("matched").asBoolean()).isTrue();
        assertThat(item.path("delivers").asBoolean()).isTrue();
        assertThat(item.path("notes")).isEmpty();
    }

    @Test
    void a_trigger_whose_events_wait_matches_and_says_why_it_does_not_deliver() throws Exception {
        // Given
        trigger("paused");
        seen = new TriggerObservation(
                3,
                Optional.of(new Standstill("Paused", "somebody wants it so")),
                Instant.EPOCH,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());

        // When
        JsonNode item = item(binary("/shop/default", "type", "x"));

        // Then
        assertThat(item.path("matched").asBoolean()).isTrue();
        assertThat(item.path("delivers").asBoolean()).isFalse();
        assertThat(item.at("/notes/0").asText()).isEqualTo("its events wait: Paused: somebody wants it so");
    }

    @Test
    void a_filter_sees_what_the_broker_adds() throws Exception {
        // Given
        trigger("arrived", "filters: [{cesql: \"EXISTS knativearrivaltime AND knativebrokerttl = 255\"}]");

        // When
        JsonNode item = item(binary("/shop/default", "type", "x"));

        // Then
        assertThat(item.path("matched").asBoolean()).as(item.toString()).isTrue();
    }

    @Test
    void a_trigger_that_never_was_ready_delivers_nothing_and_says_why() throws Exception {
        // Given: no subscriber of that name is there
        apply("lost", """
                apiVersion: eventing.knative.dev/v1
                kind: Trigger
                metadata: {name: lost, namespace: shop}
                spec:
                  broker: default
                  subscriber: {ref: {apiVersion: v1, kind: Service, name: nowhere}}
                """);

        // When
        JsonNode item = item(binary("/shop/default", "type", "x"));

        // Then
        assertThat(item.path("matched").asBoolean()).isTrue();
        assertThat(item.path("delivers").asBoolean()).isFalse();
        assertThat(item.at("/notes/0").asText())
                .startsWith("nothing of it is in force: ")
                .contains("nowhere");
    }

    @Test
    void a_filter_with_a_mistake_matches_nothing_and_the_mistake_is_the_reason() throws Exception {
        // Given
        trigger("typo", "filters: [{exacto: {type: x}}]");

        // When
        JsonNode item = item(binary("/shop/default", "type", "x"));

        // Then
        assertThat(item.path("matched").asBoolean()).isFalse();
        assertThat(item.at("/reasons/0/path").asText()).isEqualTo("filters[0].exacto");
        assertThat(item.at("/reasons/0/text").asText()).isEqualTo("is no filter dialect; did you mean exact?");
        assertThat(item.at("/notes/0").asText()).isEqualTo("nothing of it is in force until its filter is mended");
    }

    @Test
    void what_is_in_force_counts_not_what_is_written() throws Exception {
        // Given: a Trigger that worked, and then was given a filter with a mistake
        trigger("edited", "filter: {attributes: {type: x}}");
        trigger("edited", "filters: [{exacto: {type: y}}]");

        // When
        JsonNode item = item(binary("/shop/default", "type", "x"));

        // Then
        assertThat(item.path("matched").asBoolean()).isTrue();
        assertThat(item.path("delivers").asBoolean()).isTrue();
        assertThat(item.at("/notes/0").asText())
                .startsWith("not Ready: InvalidFilter: ")
                .contains("exacto")
                .contains("the last good version (generation 1) stays in force");
    }

    @Test
    void an_event_that_no_subscriber_would_get_is_said_to_be_so() throws Exception {
        // Given
        trigger("all");

        // When
        JsonNode expired = json(200, binary("/shop/default", "expirytime", "2001-01-01T00:00:00Z"));
        JsonNode looped = json(200, binary("/shop/default", "knativebrokerttl", "1"));

        // Then
        assertThat(expired.at("/notes/0").asText())
                .isEqualTo("no subscriber gets the event: its expirytime 2001-01-01T00:00:00Z has passed");
        assertThat(looped.at("/notes/0").asText()).contains("400").contains("knativebrokerttl is used up");
    }

    @Test
    void says_what_each_trigger_wants_without_an_event() throws Exception {
        // Given
        trigger("a-paid", "filters: [{exact: {type: order.paid}}, {cesql: \"items > 10\"}]");
        trigger("b-typo", "filters: [{exacto: {type: x}}]");

        // When
        JsonNode answer = json(200, request("/shop/default").GET());

        // Then
        assertThat(answer.has("event")).isFalse();
        assertThat(answer.at("/items/0").toString())
                .isEqualTo("{\"trigger\":\"shop/a-paid\",\"delivers\":true,\"wants\":["
                        + "{\"path\":\"filters[0].exact.type\",\"text\":\"type is \\\"order.paid\\\"\","
                        + "\"attribute\":\"type\",\"wanted\":\"order.paid\"},"
                        + "{\"path\":\"filters[1].cesql\",\"text\":\"items > 10 is true\"}],\"notes\":[]}");
        assertThat(answer.at("/items/1/wants/0/text").asText()).isEqualTo("is no filter dialect; did you mean exact?");
    }

    @Test
    void a_broker_that_is_not_there_is_answered_with_those_that_are() throws Exception {
        assertThat(json(404, binary("/shop/defualt", "type", "x")))
                .hasToString("{\"error\":\"there is no Broker \\\"shop/defualt\\\"\","
                        + "\"remedy\":\"did you mean shop/default?\"}");
        assertThat(json(404, binary("/elsewhere/orders", "type", "x"))
                        .path("remedy")
                        .asText())
                .isEqualTo("known are shop/default");
        assertThat(json(404, binary("/shop", "type", "x")).path("remedy").asText())
                .isEqualTo("use /api/v1/explain/NAMESPACE/BROKER");
    }

    @Test
    void what_is_no_event_is_refused_with_a_remedy() throws Exception {
        assertThat(json(400, structured("/shop/default", "{\"specversion\": \"1.0\"}"))
                        .path("error")
                        .asText())
                .contains("\"id\" is missing");
        assertThat(json(400, request("/shop/default").POST(BodyPublishers.ofString("hello")))
                        .path("error")
                        .asText())
                .startsWith("the message is not a CloudEvent");
        assertThat(json(
                                415,
                                request("/shop/default")
                                        .header("content-type", "application/cloudevents-batch+json")
                                        .POST(BodyPublishers.ofString("[]")))
                        .path("remedy")
                        .asText())
                .isEqualTo("send one event, as application/cloudevents+json");
        assertThat(json(413, structured("/shop/default", " ".repeat(LARGEST_EVENT + 1)))
                        .path("error")
                        .asText())
                .isEqualTo("the event is larger than 10000 bytes");
        HttpResponse<String> put = send(request("/shop/default").PUT(BodyPublishers.noBody()));
        assertThat(put.statusCode()).isEqualTo(405);
        assertThat(put.headers().firstValue("allow")).contains("GET, POST");
    }

    // ---- resources and requests -------------------------------------------------------------------------------------

    private void trigger(String name, String... filter) throws IOException {
        apply(name, """
                apiVersion: eventing.knative.dev/v1
                kind: Trigger
                metadata: {name: %s, namespace: shop}
                spec:
                  broker: default
                  subscriber: {uri: "http://somewhere/"}
                """.formatted(name) + String.join("", filter).indent(2));
    }

    /** Writes a file and waits until a status speaks of what is in it. */
    private void apply(String name, String yaml) throws IOException {
        Path file = folder.resolve(name + ".yaml");
        long before = generation(name);
        Path hidden = Files.writeString(folder.resolve("." + name + ".tmp"), yaml);
        Files.move(hidden, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        await().until(() -> generation(name) > before);
    }

    private long generation(String trigger) {
        return controller.view().statuses().triggers().entrySet().stream()
                .filter(entry -> entry.getKey().name().equals(trigger))
                .map(entry -> entry.getValue().getObservedGeneration())
                .filter(generation -> generation != null)
                .findFirst()
                .orElse(0L);
    }

    private JsonNode item(HttpRequest.Builder request) throws IOException, InterruptedException {
        JsonNode items = json(200, request).path("items");
        assertThat(items).hasSize(1);
        return items.get(0);
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.actualPort() + "/api/v1/explain" + path));
    }

    private HttpRequest.Builder binary(String path, String attribute, String value) {
        return request(path)
                .setHeader("ce-specversion", "1.0")
                .setHeader("ce-id", "1")
                .setHeader("ce-source", "/s")
                .setHeader("ce-type", "t")
                .setHeader("ce-" + attribute, value)
                .POST(BodyPublishers.noBody());
    }

    private HttpRequest.Builder structured(String path, String event) {
        return request(path)
                .setHeader("content-type", "application/cloudevents+json")
                .POST(BodyPublishers.ofString(event));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private JsonNode json(int status, HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<String> response = send(request);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.headers().firstValue("content-type")).contains("application/json");
        return new ObjectMapper().readTree(response.body());
    }
}
