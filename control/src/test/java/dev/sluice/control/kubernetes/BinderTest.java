/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.api.routing.Destination;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.routing.RoutingTable;
import dev.sluice.api.source.SecretValues;
import dev.sluice.api.source.SourceCondition;
import dev.sluice.api.source.SourceName;
import dev.sluice.api.source.SourceRoute;
import dev.sluice.control.binding.SinkBindingKind;
import dev.sluice.control.kubernetes.ScriptedApiServer.Answer;
import dev.sluice.control.kubernetes.ScriptedApiServer.Asked;
import dev.sluice.control.reconcile.SourceObservation;
import dev.sluice.control.reconcile.Statuses;
import dev.sluice.control.reconcile.View;
import dev.sluice.control.resource.Annotations;
import dev.sluice.control.resource.Source;
import dev.sluice.control.store.Resources;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** With an API server that has one Deployment, and shows of it what a real one would. */
final class BinderTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final SourceName BINDING = new SourceName("SinkBinding", new ResourceName("shop", "to-sink"));
    private static final String SINK = "http://sink.example.com/";
    private static final String DEPLOYMENTS = "/apis/apps/v1/namespaces/shop/deployments";
    private static final String HELD = "finalizers: [" + Binder.FINALIZER + "],";
    private static final Instant DELETION = Instant.parse("2026-01-01T00:00:00Z");
    private static final String DELETED = "deletionTimestamp: \"" + DELETION + "\",";
    private static final String BINDINGS = "/apis/sources.knative.dev/v1/namespaces/shop/sinkbindings/to-sink";

    /** Guarded by this. */
    private final ObjectNode deployment = yaml("""
            apiVersion: apps/v1
            kind: Deployment
            metadata: {namespace: shop, name: kettle, uid: d-1, generation: 1, resourceVersion: "1"}
            spec: {template: {spec: {containers: [{name: kettle, env: [{name: COLOUR, value: red}]}]}}}
            """);

    private final AtomicInteger looks = new AtomicInteger();
    private volatile String labels = "";
    private volatile List<Reading> present = List.of(binding(HELD));
    /** How many writes of the Deployment are still to meet somebody else's. */
    private volatile int conflicts;

    private volatile boolean isForbidden;
    private volatile Instant now = DELETION.plusSeconds(1);

    private ScriptedApiServer apiServer;
    private Binder binder;

    @BeforeEach
    void begin() throws IOException {
        apiServer = ScriptedApiServer.start(this::answer);
        binder = new Binder(
                apiServer.client(),
                () -> {
                    looks.incrementAndGet();
                    return present;
                },
                new Writes(apiServer.client()),
                new HandClock(() -> now),
                () -> {});
    }

    @AfterEach
    void end() {
        binder.close();
        apiServer.close();
    }

    private static ObjectNode yaml(String text) {
        return JSON.valueToTree(Serialization.unmarshal(text, GenericKubernetesResource.class));
    }

    /** One that was accepted. */
    private static Reading binding(String metadata) {
        WatchedKind kind = WatchedKind.of(new SinkBindingKind()).get(0);
        ObjectNode object = yaml("""
                apiVersion: sources.knative.dev/v1
                kind: SinkBinding
                metadata: {namespace: shop, name: to-sink, uid: s-1, generation: 1, %s resourceVersion: "7"}
                spec:
                  subject: {apiVersion: apps/v1, kind: Deployment, name: kettle}
                  sink: {uri: "%s"}
                """.formatted(metadata, SINK));
        object.withObject("/status/annotations")
                .put(Accepted.ANNOTATION, Accepted.of(kind, object).text());
        return Reading.of(
                kind, JSON.convertValue(object, GenericKubernetesResource.class), null, Annotations.OUR_BROKER_CLASS);
    }

    private View view() {
        var definition = ((Source) present.get(0).inForce().orElseThrow()).definition();
        return new View(
                Resources.none(),
                Statuses.none(),
                RoutingTable.empty(),
                Map.of(
                        BINDING,
                        new SourceRoute(
                                BINDING,
                                "s-1",
                                1,
                                definition,
                                Destination.of(URI.create(SINK)),
                                Map.of("room", "kitchen"),
                                SecretValues.none())));
    }

    private synchronized Answer answer(Asked asked) {
        String target = asked.target();
        boolean isWatch = target.contains("watch=true");
        if (asked.method().equals("PATCH")) {
            return target.startsWith(DEPLOYMENTS)
                    ? patched(asked.body())
                    : new Answer(200, "{\"kind\": \"SinkBinding\"}");
        }
        if (target.startsWith("/api/v1/namespaces")) {
            String namespace = """
                    {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "resourceVersion": "1", "labels": {%s}}}
                    """.formatted(labels).strip();
            return new Answer(200, isWatch ? "" : """
                    {"apiVersion": "v1", "kind": "NamespaceList", "metadata": {"resourceVersion": "1"}, "items": [%s]}
                    """.formatted(namespace));
        }
        if (target.startsWith(DEPLOYMENTS + "/kettle")) {
            return new Answer(200, deployment.toString());
        }
        if (target.startsWith(DEPLOYMENTS)) {
            return new Answer(
                    200,
                    isWatch ? "{\"type\": \"MODIFIED\", \"object\": " + deployment + "}\n" : """
                            {"apiVersion": "apps/v1", "kind": "DeploymentList", "metadata": {"resourceVersion": "1"}, "items": [%s]}
                            """.formatted(deployment));
        }
        return target.equals("/apis/apps/v1")
                ? new Answer(200, """
                {"kind": "APIResourceList", "groupVersion": "apps/v1", "resources": [
                  {"name": "deployments", "singularName": "deployment", "namespaced": true, "kind": "Deployment", "verbs": []}]}
                """)
                : new Answer(404, "{\"kind\": \"Status\", \"code\": 404}");
    }

    private Answer patched(String body) {
        if (isForbidden) {
            return new Answer(403, "{\"kind\": \"Status\", \"code\": 403, \"message\": \"may not patch\"}");
        }
        JsonNode patch;
        try {
            patch = JSON.readTree(body);
        } catch (JsonProcessingException e) {
            throw new AssertionError(body, e);
        }
        if (conflicts > 0) {
            conflicts--;
            touched();
        }
        if (!patch.at("/metadata/resourceVersion").equals(deployment.at("/metadata/resourceVersion"))) {
            return new Answer(409, "{\"kind\": \"Status\", \"code\": 409, \"message\": \"it has been modified\"}");
        }
        merge(deployment, patch);
        touched();
        return new Answer(200, deployment.toString());
    }

    private void touched() {
        ObjectNode metadata = deployment.withObject("/metadata");
        metadata.put(
                "resourceVersion",
                Integer.toString(metadata.path("resourceVersion").asInt() + 1));
    }

    /** RFC 7386. */
    private static void merge(ObjectNode target, JsonNode patch) {
        patch.properties().forEach(entry -> {
            if (entry.getValue().isNull()) {
                target.remove(entry.getKey());
            } else if (entry.getValue() instanceof ObjectNode more) {
                merge(target.withObjectProperty(entry.getKey()), more);
            } else {
                target.set(entry.getKey(), entry.getValue());
            }
        });
    }

    private synchronized String env() {
        return deployment.at("/spec/template/spec/containers/0/env").toString();
    }

    private synchronized void set(String env) {
        deployment.withObject("/metadata/annotations").put(Workload.BOUND_BY, "to-sink");
        ObjectNode container = (ObjectNode) deployment.at("/spec/template/spec/containers/0");
        try {
            container.set("env", JSON.readTree(env));
        } catch (JsonProcessingException e) {
            throw new AssertionError(env, e);
        }
        touched();
    }

    private List<String> written(String target) {
        return apiServer.asked().stream()
                .filter(asked ->
                        asked.method().equals("PATCH") && asked.target().startsWith(target))
                .map(Asked::body)
                .toList();
    }

    private Optional<SourceCondition> available() {
        return binder.observe(BINDING).map(SourceObservation::conditions).stream()
                .flatMap(conditions -> conditions.keySet().stream())
                .filter(condition -> condition.type().equals(Bindings.AVAILABLE))
                .findFirst();
    }

    private void awaitAvailable(SourceCondition.State state, String reason) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(available()).hasValueSatisfying(condition -> {
                    assertThat(condition.state()).isEqualTo(state);
                    assertThat(condition.reason()).isEqualTo(reason);
                }));
    }

    /** Has it look at everything twice more: the first of these may have begun before. */
    private void awaitLooks() {
        for (int i = 0; i < 2; i++) {
            int before = looks.get();
            binder.publish(view());
            await().atMost(PATIENCE).until(() -> looks.get() > before);
        }
    }

    @Test
    void a_workload_is_told_its_sink_once_and_nothing_is_written_as_long_as_it_is() {
        // When
        binder.lead(true);
        binder.publish(view());

        // Then
        awaitAvailable(SourceCondition.State.TRUE, "");
        assertThat(env())
                .isEqualTo(
                        "[{\"name\":\"COLOUR\",\"value\":\"red\"},{\"name\":\"K_SINK\",\"value\":\"" + SINK
                                + "\"},{\"name\":\"K_CE_OVERRIDES\",\"value\":\"{\\\"extensions\\\":{\\\"room\\\":\\\"kitchen\\\"}}\"}]");
        assertThat(binder.isKnown(BINDING)).isTrue();

        // When
        awaitLooks();

        // Then
        assertThat(written("/")).hasSize(1);
    }

    @Test
    void what_somebody_else_undoes_is_done_again() {
        // Given
        binder.lead(true);
        binder.publish(view());
        awaitAvailable(SourceCondition.State.TRUE, "");

        // When
        set("[{\"name\": \"K_SINK\", \"value\": \"http://elsewhere.example.com/\"}]");

        // Then
        await().atMost(PATIENCE).until(() -> env().contains(SINK));
        assertThat(env()).doesNotContain("elsewhere");
    }

    @Test
    void a_workload_that_changed_meanwhile_is_looked_at_again() {
        // Given
        conflicts = 1;

        // When
        binder.lead(true);
        binder.publish(view());

        // Then: as soon as the watch shows it
        await().atMost(PATIENCE).until(() -> env().contains("K_SINK"));
        assertThat(written(DEPLOYMENTS)).hasSizeGreaterThanOrEqualTo(2);
    }

    @Test
    void what_was_told_is_taken_back_before_a_binding_goes_and_nothing_else() {
        // Given
        set(
                "[{\"name\": \"COLOUR\", \"value\": \"red\"}, {\"name\": \"K_SINK\", \"value\": \"http://sink.example.com/\"}]");
        present = List.of(binding(DELETED + HELD));

        // When
        binder.lead(true);
        binder.publish(view());

        // Then
        await().atMost(PATIENCE).until(() -> !written(BINDINGS).isEmpty());
        assertThat(env()).isEqualTo("[{\"name\":\"COLOUR\",\"value\":\"red\"}]");
        synchronized (this) {
            assertThat(deployment.at("/metadata/annotations")).isEmpty();
        }
        assertThat(written(BINDINGS).get(0)).contains("\"finalizers\":[]", "\"resourceVersion\":\"7\"");
    }

    @Test
    void what_can_not_be_taken_back_is_left_when_its_time_is_over_and_a_new_leader_has_tried() {
        // Given
        set("[{\"name\": \"K_SINK\", \"value\": \"http://sink.example.com/\"}]");
        present = List.of(binding(DELETED + HELD));
        isForbidden = true;
        now = DELETION.plus(Binder.LONGEST).plusSeconds(60);

        // When: nobody led until now
        binder.lead(true);
        binder.publish(view());
        await().atMost(PATIENCE).until(() -> !written(DEPLOYMENTS).isEmpty());
        awaitLooks();

        // Then
        assertThat(written(BINDINGS)).isEmpty();

        // When
        now = now.plus(Binder.TRIED).plusSeconds(1);
        binder.publish(view());

        // Then
        await().atMost(PATIENCE).until(() -> !written(BINDINGS).isEmpty());
        assertThat(written(BINDINGS).get(0)).contains("\"finalizers\":[]");
        assertThat(apiServer.asked())
                .anyMatch(asked -> asked.method().equals("POST") && asked.body().contains("SubjectsLeftBehind"));
        assertThat(env()).contains("K_SINK");
    }

    @Test
    void nothing_is_bound_before_the_binding_is_held() {
        // Given
        present = List.of(binding(""));

        // When
        binder.lead(true);
        binder.publish(view());

        // Then
        await().atMost(PATIENCE).until(() -> !written(BINDINGS).isEmpty());
        assertThat(written(BINDINGS).get(0)).contains(Binder.FINALIZER);
        assertThat(written(DEPLOYMENTS)).isEmpty();
    }

    @Test
    void who_does_not_lead_looks_and_writes_nothing() {
        // When
        binder.publish(view());

        // Then
        awaitAvailable(SourceCondition.State.UNKNOWN, "SubjectChanging");
        awaitLooks();
        assertThat(written("/")).isEmpty();
    }

    @Test
    void a_namespace_that_asks_to_be_left_alone_is() {
        // Given
        labels = "\"bindings.knative.dev/exclude\": \"true\"";

        // When
        binder.lead(true);
        binder.publish(view());

        // Then
        awaitAvailable(SourceCondition.State.FALSE, "SubjectExcluded");
        awaitLooks();
        assertThat(written("/")).isEmpty();
    }
}
