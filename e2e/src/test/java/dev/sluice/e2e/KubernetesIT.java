/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.RecordingSubscriber;
import dev.sluice.testkit.kube.KubernetesFixture;
import io.cloudevents.core.builder.CloudEventBuilder;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** One process that serves the Brokers and Triggers of a real Kubernetes API server, driven by the real kubectl. */
final class KubernetesIT {

    @RegisterExtension
    static final KubernetesFixture kubernetes = KubernetesFixture.own();

    private static final int TRIGGERS = Boolean.getBoolean("sluice.soak") ? 1_000 : 100;

    private static Cluster cluster;
    private static Sluice sluice;

    @RegisterExtension
    final RecordingSubscriber subscriber = RecordingSubscriber.start();

    private String namespace;

    @BeforeAll
    static void start() {
        cluster = new Cluster(kubernetes.cluster());
        kubernetes.cluster().installCrds(Repository.path("deploy/crds"));
        sluice = cluster.start("--default-broker-class", "Sluice");
    }

    @AfterAll
    static void stop() {
        if (cluster != null) {
            cluster.close();
        }
    }

    @BeforeEach
    void takeNamespace() {
        namespace = kubernetes.cluster().newNamespace("it");
    }

    private void patch(String resource, String merge) {
        cluster.kubectl().must("patch", resource, "-n", namespace, "--type=merge", "-p", merge);
    }

    private void send(String id) {
        sluice.send(namespace, Events.withId(id));
    }

    private List<String> arrived() {
        List<String> ids = new ArrayList<>();
        subscriber.requests().forEach(request -> ids.add(request.eventId()));
        return ids;
    }

    private String trigger(String name, String... spec) {
        return Manifests.trigger(namespace, name, subscriber.uri(), spec);
    }

    private String triggerTo(String name, String subscriberYaml) {
        return """
                apiVersion: eventing.knative.dev/v1
                kind: Trigger
                metadata: {namespace: %s, name: %s}
                spec:
                  broker: default
                  subscriber: %s
                """.formatted(namespace, name, subscriberYaml);
    }

    private void applyBroker() {
        cluster.kubectl().apply(Manifests.broker(namespace, "default"));
        cluster.awaitReady(namespace, "broker/default");
    }

    @Test
    void what_kubectl_applies_is_served_and_what_it_deletes_is_not() {
        // Given
        cluster.kubectl().apply(Manifests.broker(namespace, "default"), trigger("all"));

        // When
        cluster.kubectl()
                .must(
                        "wait",
                        "-n",
                        namespace,
                        "--for=condition=Ready",
                        "broker/default",
                        "trigger/all",
                        "--timeout=60s");
        send("one");

        // Then
        await().atMost(Sluice.PATIENCE)
                .untilAsserted(() -> assertThat(arrived()).containsExactly("one"));
        assertThat(cluster.kubectl().must("get", "broker,trigger", "-n", namespace))
                .contains(sluice.ingress(namespace).toString(), subscriber.uri().toString())
                .contains("True");
        String described = cluster.kubectl().must("describe", "trigger", "all", "-n", namespace);
        assertThat(described).contains("SubscriberResolved", "BrokerReady");
        JsonNode status = cluster.get(namespace, "trigger/all").path("status");
        assertThat(status.path("observedGeneration").asInt()).isEqualTo(1);
        assertThat(status.path("subscriberUri").asText())
                .isEqualTo(subscriber.uri().toString());

        // When: a filter is edited, by the server's apply this time
        cluster.kubectl()
                .mustWith(
                        trigger("all", "filter: {attributes: {type: wanted}}"),
                        "apply",
                        "--server-side",
                        "--force-conflicts",
                        "-f",
                        "-");
        await().atMost(Sluice.PATIENCE)
                .until(() -> cluster.get(namespace, "trigger/all")
                                .at("/status/observedGeneration")
                                .asInt()
                        == 2);
        send("unwanted");
        sluice.send(
                namespace,
                CloudEventBuilder.v1(Events.withId("two")).withType("wanted").build());

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> arrived().contains("two"));
        assertThat(arrived()).containsExactly("one", "two");

        // When: what does not concern its meaning is changed
        cluster.kubectl().must("label", "trigger", "all", "team=shop", "-n", namespace);
        cluster.kubectl().must("annotate", "trigger", "all", "example.com/note=kept", "-n", namespace);
        sluice.send(
                namespace,
                CloudEventBuilder.v1(Events.withId("three")).withType("wanted").build());

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> arrived().contains("three"));
        cluster.awaitReady(namespace, "trigger/all");

        // When: both are gone
        cluster.kubectl().must("delete", "trigger/all", "broker/default", "-n", namespace);

        // Then
        URI ingress = sluice.ingress(namespace);
        await().atMost(Sluice.PATIENCE)
                .until(() -> sluice.post(ingress, Events.MINIMAL).statusCode() == 404);
    }

    @Test
    void a_trigger_may_come_before_its_broker() {
        // Given
        cluster.kubectl().apply(trigger("early"));
        cluster.awaitReason(namespace, "trigger/early", "Ready", "BrokerDoesNotExist");

        // When
        applyBroker();

        // Then
        cluster.awaitReady(namespace, "trigger/early");
        send("one");
        await().atMost(Sluice.PATIENCE).until(() -> arrived().contains("one"));
    }

    @Test
    void what_is_wrong_with_a_trigger_stands_in_its_status_and_harms_nothing_else() {
        // Given
        applyBroker();
        cluster.kubectl().apply(trigger("good"));
        cluster.awaitReady(namespace, "trigger/good");

        // When
        cluster.kubectl()
                .apply(
                        trigger("cesql", "filters: [{cesql: \"type = = 'a'\"}]"),
                        trigger("two-dialects", "filters: [{exact: {type: a}, prefix: {type: b}}]"),
                        trigger("empty", "filters: [{any: []}]"),
                        Manifests.annotated(trigger("annotation"), "sluice.dev/rate-limit: fast"));

        // Then
        cluster.awaitReason(namespace, "trigger/cesql", "Ready", "InvalidFilter");
        cluster.awaitReason(namespace, "trigger/two-dialects", "Ready", "InvalidFilter");
        cluster.awaitReason(namespace, "trigger/empty", "Ready", "InvalidFilter");
        cluster.awaitReason(namespace, "trigger/annotation", "Ready", "InvalidDelivery");
        send("one");
        await().atMost(Sluice.PATIENCE).until(() -> arrived().contains("one"));

        // When: what works is broken by an edit
        cluster.kubectl().apply(trigger("good", "filters: [{cesql: \"type = = 'a'\"}]"));

        // Then: it goes on as it was
        cluster.awaitReason(namespace, "trigger/good", "Ready", "InvalidFilter");
        send("two");
        await().atMost(Sluice.PATIENCE).until(() -> arrived().contains("two"));
        assertThat(arrived()).containsExactly("one", "two");
    }

    @Test
    void a_ref_is_followed_from_nothing_to_something_that_changes() {
        // Given
        applyBroker();
        cluster.kubectl()
                .apply(
                        triggerTo("service", "{ref: {apiVersion: v1, kind: Service, name: orders}, uri: /in}"),
                        triggerTo("broker", "{ref: {apiVersion: eventing.knative.dev/v1, kind: Broker, name: other}}"),
                        triggerTo("kind", "{ref: {apiVersion: example.com/v1, kind: Unheard, name: of}}"),
                        triggerTo("wide", "{ref: {apiVersion: v1, kind: Namespace, name: default}}"),
                        triggerTo("plain", "{ref: {apiVersion: v1, kind: ConfigMap, name: plain}}"));
        cluster.awaitReason(namespace, "trigger/service", "SubscriberResolved", "NotFound");
        cluster.awaitReason(namespace, "trigger/broker", "SubscriberResolved", "NotFound");
        cluster.awaitReason(namespace, "trigger/kind", "SubscriberResolved", "KindUnknown");
        cluster.awaitReason(namespace, "trigger/wide", "SubscriberResolved", "KindUnknown");
        cluster.awaitReason(namespace, "trigger/plain", "SubscriberResolved", "NotFound");

        // When
        cluster.kubectl().must("create", "service", "clusterip", "orders", "--tcp=80", "-n", namespace);
        cluster.kubectl().must("create", "configmap", "plain", "-n", namespace);
        cluster.kubectl()
                .apply(Manifests.annotated(
                        Manifests.broker(namespace, "other"), "eventing.knative.dev/broker.class: Elsewhere"));

        // Then
        cluster.awaitReady(namespace, "trigger/service");
        assertThat(cluster.get(namespace, "trigger/service")
                        .at("/status/subscriberUri")
                        .asText())
                .isEqualTo("http://orders." + namespace + ".svc.cluster.local/in");
        cluster.awaitReason(namespace, "trigger/plain", "SubscriberResolved", "NotAddressable");
        cluster.awaitReason(namespace, "trigger/broker", "SubscriberResolved", "NotAddressable");

        // When: what is another controller's gets an address
        cluster.patchStatus(
                namespace,
                "brokers/other",
                "{\"status\":{\"address\":{\"url\":\"" + subscriber.uri("/other") + "\"}}}");

        // Then
        cluster.awaitReady(namespace, "trigger/broker");
        send("one");
        await().atMost(Sluice.PATIENCE).until(() -> subscriber.count() == 1);
        assertThat(subscriber.requests().get(0).uri()).isEqualTo("/other");

        // When
        cluster.kubectl().must("delete", "service", "orders", "-n", namespace);

        // Then
        cluster.awaitReason(namespace, "trigger/service", "SubscriberResolved", "NotFound");
    }

    @Test
    void a_broker_of_another_class_and_its_triggers_are_left_alone() {
        // Given
        cluster.kubectl()
                .apply(
                        Manifests.annotated(
                                Manifests.broker(namespace, "default"), "eventing.knative.dev/broker.class: Kafka"),
                        trigger("theirs"),
                        trigger("theirs-and-strange", "filters: [{cesql: \"type = = 'a'\"}]"),
                        Manifests.broker(namespace, "ours"));

        // When
        cluster.awaitReady(namespace, "broker/ours");

        // Then
        assertThat(cluster.get(namespace, "broker/default").has("status")).isFalse();
        assertThat(cluster.get(namespace, "trigger/theirs").has("status")).isFalse();
        assertThat(cluster.get(namespace, "trigger/theirs-and-strange").has("status"))
                .isFalse();
        assertThat(sluice.post(sluice.ingress(namespace), Events.MINIMAL).statusCode())
                .isEqualTo(404);
    }

    @Test
    void a_broker_waits_for_its_config_map_and_goes_on_without_it() {
        // Given
        cluster.kubectl()
                .apply(
                        Manifests.broker(
                                namespace, "default", "config: {apiVersion: v1, kind: ConfigMap, name: of-the-broker}"),
                        trigger("all"));
        cluster.awaitReason(namespace, "broker/default", "Ready", "ConfigMapMissing");

        // When
        cluster.kubectl().must("create", "configmap", "of-the-broker", "--from-literal=a=b", "-n", namespace);

        // Then
        cluster.awaitReady(namespace, "trigger/all");

        // When
        cluster.kubectl().must("delete", "configmap", "of-the-broker", "-n", namespace);

        // Then
        cluster.awaitReason(namespace, "broker/default", "Ready", "ConfigMapMissing");
        send("one");
        await().atMost(Sluice.PATIENCE).until(() -> arrived().contains("one"));
    }

    @Test
    void nothing_is_written_where_nothing_changed() {
        // Given
        applyBroker();
        cluster.kubectl().apply(trigger("all"));
        cluster.awaitReady(namespace, "trigger/all");
        String broker = cluster.version(namespace, "broker/default");
        String trigger = cluster.version(namespace, "trigger/all");

        // When: others change, and the same is applied again
        cluster.kubectl().apply(trigger("other"), trigger("all"));
        cluster.awaitReady(namespace, "trigger/other");

        // Then
        assertThat(cluster.version(namespace, "broker/default")).isEqualTo(broker);
        assertThat(cluster.version(namespace, "trigger/all")).isEqualTo(trigger);
    }

    @Test
    void what_must_not_change_stays_as_it_was_accepted() {
        // Given
        applyBroker();
        cluster.kubectl().apply(Manifests.broker(namespace, "other"), trigger("all"));
        cluster.awaitReady(namespace, "broker/other");
        cluster.awaitReady(namespace, "trigger/all");

        // When
        patch("trigger/all", "{\"spec\":{\"broker\":\"other\"}}");
        cluster.kubectl()
                .must(
                        "annotate",
                        "broker",
                        "default",
                        "-n",
                        namespace,
                        "--overwrite",
                        "eventing.knative.dev/broker.class=Kafka");

        // Then: it says so, and goes on
        cluster.awaitReason(namespace, "trigger/all", "Ready", "ImmutableFieldChanged");
        cluster.awaitReason(namespace, "broker/default", "Ready", "ImmutableFieldChanged");
        send("one");
        await().atMost(Sluice.PATIENCE).until(() -> arrived().contains("one"));

        // When: it is written back
        patch("trigger/all", "{\"spec\":{\"broker\":\"default\"}}");
        cluster.kubectl().must("annotate", "broker", "default", "-n", namespace, "eventing.knative.dev/broker.class-");

        // Then
        cluster.awaitReady(namespace, "broker/default");
        cluster.awaitReady(namespace, "trigger/all");
    }

    @Test
    void an_event_of_kubernetes_tells_when_a_trigger_becomes_ready_and_when_it_ceases_to_be() {
        // Given
        applyBroker();
        cluster.kubectl().apply(trigger("all"));
        cluster.awaitReady(namespace, "trigger/all");

        // When
        cluster.kubectl().must("delete", "broker", "default", "-n", namespace);

        // Then
        cluster.awaitReason(namespace, "trigger/all", "Ready", "BrokerDoesNotExist");
        await().atMost(Sluice.PATIENCE)
                .untilAsserted(() -> assertThat(cluster.kubectl()
                                .must(
                                        "get",
                                        "events",
                                        "-n",
                                        namespace,
                                        "--field-selector=involvedObject.kind=Trigger,involvedObject.name=all",
                                        "-o=jsonpath={range .items[*]}{.type} {.reason}{\"\\n\"}{end}"))
                        .contains("Normal Ready", "Warning BrokerDoesNotExist"));
    }

    @Test
    void an_event_sent_the_moment_a_trigger_is_ready_is_delivered_to_it_and_none_when_all_are_gone() {
        // Given
        applyBroker();
        List<String> triggers = new ArrayList<>();
        for (int i = 0; i < TRIGGERS; i++) {
            triggers.add(Manifests.trigger(
                    namespace, "t-" + i, subscriber.uri("/t-" + i), "filter: {attributes: {type: t-" + i + "}}"));
        }

        // When: each gets its event as soon as it says that it is Ready
        cluster.kubectl().apply(triggers.toArray(String[]::new));
        Set<String> sent = new HashSet<>();
        await().atMost(Cluster.PATIENCE).until(() -> {
            for (JsonNode trigger : cluster.get(namespace, "triggers").path("items")) {
                String name = trigger.at("/metadata/name").asText();
                boolean ready = Cluster.condition(trigger, "Ready")
                        .path("status")
                        .asText()
                        .equals("True");
                if (ready && sent.add(name)) {
                    sluice.send(
                            namespace,
                            CloudEventBuilder.v1(Events.withId(name))
                                    .withType(name)
                                    .build());
                }
            }
            return sent.size() == TRIGGERS;
        });

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> subscriber.count() >= TRIGGERS);
        assertThat(subscriber.requests())
                .hasSize(TRIGGERS)
                .allSatisfy(request -> assertThat(request.uri()).isEqualTo("/" + request.eventId()));

        // When
        cluster.kubectl().must("delete", "triggers", "--all", "--wait=false", "-n", namespace);
        cluster.kubectl().apply(trigger("rest"));
        cluster.awaitReady(namespace, "trigger/rest");
        for (String type : sent) {
            sluice.send(
                    namespace,
                    CloudEventBuilder.v1(Events.withId("again-" + type))
                            .withType(type)
                            .build());
        }

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> subscriber.count() >= 2 * TRIGGERS);
        assertThat(subscriber.requests())
                .hasSize(2 * TRIGGERS)
                .filteredOn(request -> request.eventId().startsWith("again-"))
                .allMatch(request -> request.uri().equals(subscriber.uri().getPath()));
        assertThat(cluster.get(namespace, "triggers").path("items")).hasSize(1);
    }
}
