/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.control.folder.FolderStore;
import dev.sluice.control.reconcile.Controller;
import dev.sluice.control.reconcile.DataPlaneReport;
import dev.sluice.control.reconcile.Reconciler;
import dev.sluice.control.reconcile.ReconcilerSettings;
import dev.sluice.control.reconcile.TriggerObservation;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
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

class AdminApiTest {

    @TempDir
    Path temp;

    private final Vertx vertx = Vertx.vertx();
    private final HttpClient client = HttpClient.newHttpClient();
    private Controller controller;
    private volatile @Nullable TriggerObservation observed;
    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        Path folder = Files.createDirectory(temp.resolve("resources"));
        Files.writeString(folder.resolve("a.yaml"), """
                apiVersion: eventing.knative.dev/v1
                kind: Broker
                metadata: {name: default, namespace: shop, labels: {team: a}}
                ---
                apiVersion: eventing.knative.dev/v1
                kind: Trigger
                metadata: {name: paid, namespace: shop}
                spec:
                  broker: default
                  filters:
                    - not: {cesql: "type = 'x'"}
                    - exacto: {type: x}
                  subscriber: {uri: "http://paid/"}
                ---
                apiVersion: eventing.knative.dev/v1
                kind: Trigger
                metadata: {name: other, namespace: elsewhere}
                spec:
                  broker: default
                  subscriber: {uri: "http://joe:hunter2@other/?as=a@b"}
                  delivery: {deadLetterSink: {uri: "http://joe:hunter2@sink/"}}
                ---
                apiVersion: v1
                kind: Secret
                metadata: {name: keys, namespace: shop}
                stringData: {key: hunter2}
                """);
        controller = new Controller(
                new FolderStore(List.of(folder), temp.resolve("data"), Clock.systemUTC()),
                new Reconciler(
                        ReconcilerSettings.of(URI.create("http://localhost:8080"), "inmemory", Set.of("inmemory"))),
                table -> Future.succeededFuture(DataPlaneReport.inForce()),
                Clock.systemUTC());
        controller.start();
        await().until(() -> controller.firstSync().succeeded());
        server = vertx.createHttpServer()
                .requestHandler(new AdminApi(vertx, controller::view, uid -> Optional.ofNullable(observed)));
        var listening = server.listen(0, "127.0.0.1");
        await().until(listening::succeeded);
    }

    @AfterEach
    void stop() {
        controller.close();
        var closed = vertx.close();
        await().until(closed::isComplete);
    }

    private HttpResponse<String> send(String method, String path) throws IOException, InterruptedException {
        URI uri = URI.create("http://127.0.0.1:" + server.actualPort() + path);
        return client.send(
                HttpRequest.newBuilder(uri)
                        .method(method, HttpRequest.BodyPublishers.noBody())
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private JsonNode get(int status, String path) throws IOException, InterruptedException {
        HttpResponse<String> response = send("GET", path);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.headers().firstValue("content-type")).contains("application/json");
        assertThat(response.body()).doesNotContain("hunter2");
        return new ObjectMapper().readTree(response.body());
    }

    @Test
    void hides_the_user_and_password_of_a_url_wherever_it_shows_it() throws Exception {
        // When
        JsonNode trigger = get(200, "/api/v1/triggers/elsewhere/other");

        // Then
        assertThat(trigger.at("/spec/subscriber/uri").asText()).isEqualTo("http://[hidden]@other/?as=a@b");
        assertThat(trigger.at("/status/subscriberUri").asText()).isEqualTo("http://[hidden]@other/?as=a@b");
        assertThat(trigger.at("/spec/delivery/deadLetterSink/uri").asText()).isEqualTo("http://[hidden]@sink/");
        assertThat(controller
                        .view()
                        .resources()
                        .triggers()
                        .get(new ResourceName("elsewhere", "other"))
                        .getSpec()
                        .getSubscriber()
                        .getUri())
                .isEqualTo("http://joe:hunter2@other/?as=a@b");
    }

    @Test
    void shows_a_broker_in_the_shape_of_kubernetes() throws Exception {
        // When
        JsonNode broker = get(200, "/api/v1/brokers/shop/default");

        // Then
        assertThat(broker.fieldNames())
                .toIterable()
                .containsExactly("apiVersion", "kind", "metadata", "spec", "status");
        assertThat(broker.path("apiVersion").asText()).isEqualTo("eventing.knative.dev/v1");
        assertThat(broker.path("kind").asText()).isEqualTo("Broker");
        assertThat(broker.at("/metadata/name").asText()).isEqualTo("default");
        assertThat(broker.at("/metadata/namespace").asText()).isEqualTo("shop");
        assertThat(broker.at("/metadata/labels/team").asText()).isEqualTo("a");
        assertThat(broker.at("/metadata/uid").asText()).hasSize(36);
        assertThat(broker.at("/metadata/generation").asInt()).isEqualTo(1);
        assertThat(broker.at("/metadata/creationTimestamp").asText()).endsWith("Z");
        assertThat(broker.at("/status/observedGeneration").asInt()).isEqualTo(1);
        assertThat(broker.at("/status/address").toString())
                .isEqualTo("{\"name\":\"http\",\"url\":\"http://localhost:8080/shop/default\"}");
        assertThat(broker.at("/status/conditions/4").toString())
                .contains("\"lastTransitionTime\":", "\"status\":\"True\"", "\"type\":\"IngressReady\"");
    }

    @Test
    void shows_the_filters_of_a_trigger_as_they_are_written() throws Exception {
        // When
        JsonNode trigger = get(200, "/api/v1/triggers/shop/paid");

        // Then
        assertThat(trigger.at("/spec").toString())
                .isEqualTo("{\"broker\":\"default\",\"filters\":[{\"not\":{\"cesql\":\"type = 'x'\"}},"
                        + "{\"exacto\":{\"type\":\"x\"}}],\"subscriber\":{\"uri\":\"http://paid/\"}}");
        assertThat(trigger.at("/status/subscriberUri").asText()).isEqualTo("http://paid/");
    }

    @Test
    void shows_why_the_events_of_a_trigger_wait_and_leaves_ready_alone() throws Exception {
        // Given
        JsonNode unobserved = get(200, "/api/v1/triggers/elsewhere/other");
        observed = new TriggerObservation(
                1234,
                Optional.of(new TriggerObservation.Standstill("Paused", "somebody wants it so")),
                Instant.parse("2026-11-21T09:00:00.5Z"),
                Optional.of("http://other/ answered 503"),
                Optional.empty(),
                Optional.of(new TriggerObservation.Loss(Instant.parse("2026-11-21T08:00:00Z"), "40 events are gone")),
                Optional.of(new TriggerObservation.Loss(Instant.parse("2026-11-21T08:30:00Z"), "more will be gone")));

        // When
        JsonNode trigger = get(200, "/api/v1/triggers/elsewhere/other");

        // Then
        assertThat(trigger.at("/status/conditions"))
                .filteredOn(condition -> condition.path("type").asText().equals("Delivering"))
                .singleElement()
                .satisfies(condition -> assertThat(condition).isEqualTo(new ObjectMapper().readTree("""
                                {"type": "Delivering", "status": "False", "severity": "Info", "reason": "Paused",
                                 "message": "somebody wants it so; 1234 events wait",
                                 "lastTransitionTime": "2026-11-21T09:00:00Z"}
                                """)));
        assertThat(trigger.at("/status/conditions"))
                .filteredOn(condition -> condition.path("type").asText().equals("Retained"))
                .singleElement()
                .satisfies(condition -> assertThat(condition).isEqualTo(new ObjectMapper().readTree("""
                                {"type": "Retained", "status": "False", "severity": "Info",
                                 "reason": "LostToRetention", "message": "40 events are gone",
                                 "lastTransitionTime": "2026-11-21T08:00:00Z"}
                                """)));
        assertThat(trigger.at("/status/conditions"))
                .filteredOn(condition -> condition.path("type").asText().equals("WithinRetention"))
                .singleElement()
                .satisfies(condition -> assertThat(condition).isEqualTo(new ObjectMapper().readTree("""
                                {"type": "WithinRetention", "status": "False", "severity": "Info",
                                 "reason": "RetentionNear", "message": "more will be gone",
                                 "lastTransitionTime": "2026-11-21T08:30:00Z"}
                                """)));
        assertThat(trigger.at("/status/annotations").toString())
                .isEqualTo("{\"sluice.dev/in-flight\":\"1234\","
                        + "\"sluice.dev/last-failure\":\"http://other/ answered 503\"}");
        assertThat(ready(trigger)).isEqualTo(ready(unobserved));
        assertThat(unobserved.at("/status/conditions"))
                .noneMatch(condition -> condition.path("type").asText().equals("Delivering"));
        assertThat(get(200, "/api/v1/triggers").at("/items/0/status/annotations/sluice.dev~1in-flight"))
                .hasToString("\"1234\"");
    }

    private static String ready(JsonNode trigger) {
        for (JsonNode condition : trigger.at("/status/conditions")) {
            if (condition.path("type").asText().equals("Ready")) {
                return condition.path("status").asText();
            }
        }
        throw new AssertionError("no condition Ready: " + trigger);
    }

    @Test
    void lists_by_name_and_by_namespace() throws Exception {
        // When
        JsonNode all = get(200, "/api/v1/triggers");
        JsonNode some = get(200, "/api/v1/triggers?namespace=shop");

        // Then
        assertThat(all.path("apiVersion").asText()).isEqualTo("v1");
        assertThat(all.path("kind").asText()).isEqualTo("List");
        assertThat(all.path("items"))
                .extracting(item -> item.at("/metadata/name").asText())
                .containsExactly("other", "paid");
        assertThat(some.path("items"))
                .extracting(item -> item.at("/metadata/name").asText())
                .containsExactly("paid");
    }

    @Test
    void lists_the_problems() throws Exception {
        // When
        JsonNode problems = get(200, "/api/v1/problems");

        // Then
        assertThat(problems.path("items")).hasSize(1);
        JsonNode problem = problems.at("/items/0");
        assertThat(problem.path("file").asText()).endsWith("a.yaml");
        assertThat(problem.path("line").asInt()).isEqualTo(12);
        assertThat(problem.path("document").asInt()).isEqualTo(2);
        assertThat(problem.path("resource").asText()).isEqualTo("Trigger shop/paid");
        assertThat(problem.path("field").asText()).isEqualTo("spec.filters[1].exacto");
        assertThat(problem.path("severity").asText()).isEqualTo("NOT_READY");
        assertThat(problem.path("text").asText()).contains("did you mean exact?");
    }

    @Test
    void says_what_is_there_instead_of_what_is_not() throws Exception {
        assertThat(get(404, "/api/v1/triggers/shop/payd"))
                .hasToString("{\"error\":\"Trigger shop/payd does not exist\",\"remedy\":\"did you mean shop/paid?\"}");
        assertThat(get(404, "/api/v1/brokers/x/y").path("remedy").asText())
                .isEqualTo("see /api/v1/brokers for what exists");
        assertThat(get(404, "/api/v1/triggers/paid").path("remedy").asText())
                .isEqualTo("use /api/v1/triggers/NAMESPACE/NAME");
        assertThat(get(404, "/api/v1/secrets").path("error").asText()).isEqualTo("there is nothing at /api/v1/secrets");
    }

    @Test
    void only_get_is_allowed() throws Exception {
        // When
        HttpResponse<String> response = send("DELETE", "/api/v1/brokers/shop/default");

        // Then
        assertThat(response.statusCode()).isEqualTo(405);
        assertThat(response.headers().firstValue("allow")).contains("GET");
        assertThat(response.body())
                .isEqualTo("{\"error\":\"the method DELETE is not allowed here\",\"remedy\":\"use GET\"}");
    }
}
