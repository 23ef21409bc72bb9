/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.testkit.RecordingSubscriber;
import dev.sluice.testkit.kube.Kubectl;
import dev.sluice.testkit.kube.KubernetesFixture;
import io.cloudevents.CloudEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** An ApiServerSource from a file, and a real API server that it watches. */
final class KubernetesApiServerSourceIT {

    /** For an API server and processes that start on two cores. */
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private static final ObjectMapper JSON = new ObjectMapper();

    @RegisterExtension
    static final KubernetesFixture kubernetes = KubernetesFixture.own();

    @RegisterExtension
    final RecordingSubscriber subscriber = RecordingSubscriber.start();

    private final Path folder = Scratch.folder("apiserver");
    private String namespace;
    private Sluice sluice;

    @BeforeEach
    void takeNamespace() {
        namespace = kubernetes.cluster().newNamespace("watched");
    }

    @AfterEach
    void end() {
        if (sluice != null) {
            sluice.close();
        }
        Scratch.delete(folder);
    }

    private Kubectl kubectl() {
        return kubernetes.kubectl();
    }

    private void start() {
        sluice = Sluice.of(
                        folder,
                        SluiceProcess.serve(folder)
                                .environment(
                                        "KUBECONFIG",
                                        kubernetes.cluster().kubeconfig().toString())
                                .start())
                .waitingFor(PATIENCE);
    }

    private void write(String name, String spec) {
        try {
            Files.writeString(
                    folder.resolve(name + ".yaml"), """
                    apiVersion: sources.knative.dev/v1
                    kind: ApiServerSource
                    metadata:
                      namespace: %s
                      name: %s
                    spec:
                      sink: {uri: "%s"}
                      ceOverrides: {extensions: {team: watchers}}
                    """.formatted(namespace, name, subscriber.uri()) + spec.indent(2));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void awaitReady(String name) {
        sluice.awaitReady("apiserversources", namespace, name);
    }

    private String configMap(String name, String value) {
        return """
                apiVersion: v1
                kind: ConfigMap
                metadata:
                  namespace: %s
                  name: %s
                  labels: {app: shop}
                data: {value: "%s"}
                """.formatted(namespace, name, value);
    }

    private void delete(String name) {
        kubectl().must("delete", "configmap", name, "-n", namespace);
    }

    private List<String> told() {
        return subscriber.events().stream()
                .map(event -> event.getType().substring(event.getType().lastIndexOf('.') + 1) + " "
                        + event.getExtension("name"))
                .toList();
    }

    /** In whatever order, since only that of one object is kept. */
    private void awaitTold(String... told) {
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(told()).containsExactlyInAnyOrder(told));
    }

    private static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new AssertionError("no JSON: " + text, e);
        }
    }

    private static JsonNode data(CloudEvent event) {
        return json(new String(Objects.requireNonNull(event.getData()).toBytes(), UTF_8));
    }

    /** Waits until it is kept that the last event has been sent, so that a restart has no reason to send it again. */
    private void awaitKept(String source) {
        List<CloudEvent> events = subscriber.events();
        long last = data(events.get(events.size() - 1))
                .at("/metadata/resourceVersion")
                .asLong();
        await().atMost(PATIENCE).until(() -> {
            var read = kubectl()
                    .run("get", "configmap", "sluice-apiserversource." + namespace + "." + source, "-o", "json");
            if (!read.succeeded()) {
                return false;
            }
            JsonNode versions =
                    json(json(read.out()).at("/data/position.json").asText()).path("versions");
            return versions.elements().hasNext() && versions.elements().next().asLong() >= last;
        });
    }

    @Test
    void what_happens_to_objects_is_told_once_and_in_order_whoever_is_killed_meanwhile() {
        // Given: there is something already, which is not told
        kubectl().apply(configMap("existing", "1"));
        write("watch", """
                mode: Resource
                resources: [{apiVersion: v1, kind: ConfigMap, selector: {matchLabels: {app: shop}}}]
                """);
        start();
        awaitReady("watch");

        // When
        kubectl().apply(configMap("cart", "1"));
        kubectl().apply(configMap("cart", "2"));
        kubectl().must("create", "configmap", "unlabelled", "-n", namespace);
        delete("cart");

        // Then
        awaitTold("add cart", "update cart", "delete cart");
        assertThat(told()).containsExactly("add cart", "update cart", "delete cart");
        CloudEvent event = subscriber.events().get(1);
        assertThat(event.getType()).isEqualTo("dev.knative.apiserver.resource.update");
        assertThat(event.getSource())
                .isEqualTo(URI.create(kubernetes.cluster().apiServer().url()));
        assertThat(event.getSubject()).isEqualTo("/apis/v1/namespaces/" + namespace + "/configmaps/cart");
        assertThat(event.getExtension("team")).isEqualTo("watchers");
        assertThat(data(event).at("/data/value").asText()).isEqualTo("2");
        assertThat(data(event).path("kind").asText()).isEqualTo("ConfigMap");
        assertThat(sluice.resource("apiserversources", namespace, "watch").toString())
                .contains("dev.knative.apiserver.resource.delete");

        // When: the process is killed, and things happen until it is back
        awaitKept("watch");
        sluice.process().sigkill();
        kubectl().apply(configMap("meanwhile", "1"));
        kubectl().apply(configMap("existing", "2"));
        delete("existing");
        sluice.close();
        start();

        // Then
        awaitReady("watch");
        awaitTold("add cart", "update cart", "delete cart", "add meanwhile", "update existing", "delete existing");
        assertThat(told()).containsSubsequence("update existing", "delete existing");

        // When: the API server is killed and comes back
        kubernetes.cluster().apiServer().kill();
        kubernetes.cluster().apiServer().start();
        kubectl().apply(configMap("late", "1"));

        // Then
        awaitTold(
                "add cart",
                "update cart",
                "delete cart",
                "add meanwhile",
                "update existing",
                "delete existing",
                "add late");
        assertThat(subscriber.ids()).doesNotHaveDuplicates();
    }

    @Test
    void as_a_service_account_it_sees_what_that_may_see() {
        // Given
        write("events", """
                serviceAccountName: watcher
                resources: [{apiVersion: v1, kind: Event}, {apiVersion: v1, kind: ConfigMap}]
                """);
        start();

        // When
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(
                                sluice.condition("apiserversources", namespace, "events", "SufficientPermissions")
                                        .toString())
                        .contains("\"False\"", "system:serviceaccount:" + namespace + ":watcher", "cannot list"));
        kubectl()
                .must(
                        "create",
                        "role",
                        "watcher",
                        "-n",
                        namespace,
                        "--verb=get,list,watch",
                        "--resource=events,configmaps");
        kubectl()
                .must(
                        "create",
                        "rolebinding",
                        "watcher",
                        "-n",
                        namespace,
                        "--role=watcher",
                        "--serviceaccount=" + namespace + ":watcher");
        awaitReady("events");
        kubectl().apply("""
                apiVersion: v1
                kind: Event
                metadata: {namespace: %1$s, name: started}
                involvedObject: {apiVersion: v1, kind: Pod, namespace: %1$s, name: web}
                reason: Started
                """.formatted(namespace));

        // Then
        awaitTold("add started");
        CloudEvent event = subscriber.events().get(0);
        assertThat(event.getType()).isEqualTo("dev.knative.apiserver.ref.add");
        assertThat(event.getSubject()).isEqualTo("/apis/v1/namespaces/" + namespace + "/events/started");
        assertThat(event.getExtension("kind")).isEqualTo("Event");
        assertThat(data(event))
                .isEqualTo(json("{\"apiVersion\": \"v1\", \"kind\": \"Event\", \"namespace\": \"" + namespace
                        + "\", \"name\": \"started\"}"));
    }
}
