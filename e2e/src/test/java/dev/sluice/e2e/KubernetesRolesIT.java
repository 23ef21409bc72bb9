/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import static dev.sluice.e2e.KubernetesManifests.SYSTEM;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.RecordingSubscriber;
import dev.sluice.testkit.kafka.KafkaFixture;
import dev.sluice.testkit.kube.ApiRequest;
import dev.sluice.testkit.kube.KubernetesFixture;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.ResourceLock;

/** One process for each role, with a real Kafka and a real API server between them. */
@ResourceLock(Fleet.KAFKA)
final class KubernetesRolesIT {

    private static final int TRIGGERS = 20;

    /** Triggers that come while the dispatcher stands still; a thousand where there is time. */
    private static final int WHILE_STILL = Boolean.getBoolean("sluice.soak") ? 1_000 : 100;

    @RegisterExtension
    static final KubernetesFixture kubernetes = KubernetesFixture.own();

    @RegisterExtension
    static final KafkaFixture kafka = KafkaFixture.single();

    @RegisterExtension
    final RecordingSubscriber subscriber = RecordingSubscriber.start();

    private Cluster cluster;

    @AfterEach
    void end() {
        if (cluster != null) {
            cluster.close();
        }
    }

    private void deploy() {
        cluster = new Cluster(kubernetes.cluster());
        kubernetes.cluster().installCrds(Repository.path("deploy/crds"));
        KubernetesManifests.applyRights(cluster.kubectl(), "overlays/inmemory", "roles");
    }

    /** A process with the rights that its role is deployed with. */
    private Sluice start(String role, String... options) {
        List<String> words = new ArrayList<>(List.of("--role", role, "--channel", "kafka", "--data-dir", role));
        words.addAll(List.of("--kafka-bootstrap-servers", kafka.bootstrapServers(), "--kafka-topic-partitions", "2"));
        words.addAll(List.of(options));
        return cluster.startAs(SYSTEM, "sluice-" + role, words.toArray(String[]::new));
    }

    /** What a Broker is configured with, in the one namespace whose Secrets Sluice may read. */
    private static String config(String servers) {
        return configMap(SYSTEM, "kafka", "bootstrap.servers: \"" + servers + "\", auth.secret.ref.name: kafka");
    }

    private static String configMap(String namespace, String name, String data) {
        return """
                apiVersion: v1
                kind: ConfigMap
                metadata: {namespace: %s, name: %s}
                data: {%s}
                """.formatted(namespace, name, data);
    }

    private static String secret(String user) {
        return """
                apiVersion: v1
                kind: Secret
                metadata: {namespace: %s, name: kafka}
                stringData: {protocol: PLAINTEXT, user: %s}
                """.formatted(SYSTEM, user);
    }

    private static CloudEvent event(String id, String type) {
        return CloudEventBuilder.v1(Events.withId(id)).withType(type).build();
    }

    private void awaitChannel(String namespace, String reason) {
        await("the channel of the Broker says \"%s\"".formatted(reason))
                .atMost(Cluster.PATIENCE)
                .untilAsserted(() -> {
                    JsonNode channel = cluster.condition(namespace, "broker/default", "TriggerChannelReady");
                    assertThat(channel.path("status").asText()).isEqualTo("True");
                    assertThat(channel.path("reason").asText()).isEqualTo(reason);
                });
    }

    private static List<ApiRequest> askedBy(String role) {
        return kubernetes.cluster().requests().stream()
                .filter(request -> request.account().equals("sluice-" + role))
                .toList();
    }

    @Test
    void the_roles_together_do_all_there_is_to_do_with_the_rights_that_each_is_deployed_with() {
        // Given
        deploy();
        String namespace = kubernetes.cluster().newNamespace("roles");
        Sluice ingress = start("broker");
        String probe = "localhost:" + ingress.process().ingressPort();
        String[] door = {"--ingress-url", "http://" + probe};
        Sluice dispatcher = start("dispatcher", door);
        Sluice sources = start("sources", door);
        start(
                "control",
                "--ingress-url",
                "http://" + probe,
                "--ingress-probes",
                probe,
                "--state-probes",
                "127.0.0.1:" + dispatcher.process().adminPort(),
                "--state-probes",
                "127.0.0.1:" + sources.process().adminPort());
        List<String> triggers = new ArrayList<>();
        for (int i = 0; i < TRIGGERS; i++) {
            triggers.add(ofItsType(namespace, "t-" + i));
        }
        triggers.add(Manifests.trigger(
                namespace,
                "ticks",
                subscriber.uri("/ticks"),
                "filter: {attributes: {type: dev.knative.sources.ping}}"));

        // When
        cluster.kubectl()
                .apply(
                        config(kafka.bootstrapServers()),
                        secret("one"),
                        Manifests.broker(
                                namespace,
                                "default",
                                "config: {apiVersion: v1, kind: ConfigMap, name: kafka, namespace: " + SYSTEM + "}"));
        cluster.awaitReady(namespace, "broker/default");
        cluster.kubectl().apply(triggers.toArray(String[]::new));
        for (int i = 0; i < TRIGGERS; i++) {
            cluster.awaitReady(namespace, "trigger/t-" + i);
            ingress.send(namespace, event("t-" + i, "t-" + i));
        }
        cluster.awaitReady(namespace, "trigger/ticks");
        cluster.kubectl().apply("""
                apiVersion: sources.knative.dev/v1
                kind: PingSource
                metadata: {namespace: %s, name: tick}
                spec:
                  schedule: "* * * * * *"
                  sink: {ref: {apiVersion: eventing.knative.dev/v1, kind: Broker, name: default}}
                """.formatted(namespace));

        // Then
        await().atMost(Cluster.PATIENCE).until(() -> ticks() >= 1 && subscriber.count() - ticks() >= TRIGGERS);
        assertThat(subscriber.requests())
                .filteredOn(request -> !request.uri().equals("/ticks"))
                .allSatisfy(request -> assertThat(request.uri()).isEqualTo("/" + request.eventId()));
        assertThat(cluster.get(namespace, "broker/default")
                        .at("/status/address/url")
                        .asText())
                .isEqualTo(ingress.ingress(namespace).toString());

        // When: its events have to wait, as only the dispatcher knows, while the schedule runs, as only the sources
        // know
        cluster.kubectl().must("annotate", "trigger", "t-1", "-n", namespace, "sluice.dev/paused=true");

        // Then
        cluster.awaitReason(namespace, "trigger/t-1", "Delivering", "Paused");
        cluster.awaitReady(namespace, "trigger/t-1");
        cluster.awaitReady(namespace, "pingsource/tick");
        assertThat(cluster.condition(namespace, "pingsource/tick", "Deployed")
                        .path("reason")
                        .asText())
                .as("known, and not taken for granted")
                .isEmpty();

        // When
        cluster.kubectl().must("annotate", "trigger", "t-1", "-n", namespace, "sluice.dev/paused-");

        // Then
        await().atMost(Cluster.PATIENCE)
                .until(() -> cluster.condition(namespace, "trigger/t-1", "Delivering")
                        .isMissingNode());

        // When: the Secret of the Broker is rotated, and its configuration edited to something that leads nowhere
        cluster.kubectl().must("delete", "pingsource", "tick", "-n", namespace);
        cluster.kubectl().apply(secret("two"));
        ingress.process().awaitStderr("opened anew", Cluster.PATIENCE);
        dispatcher.process().awaitStderr("opened anew", Cluster.PATIENCE);
        cluster.kubectl().apply(config("nowhere.invalid:9092"));

        // Then: it says so, and works on
        awaitChannel(namespace, "AccessRefused");
        ingress.send(namespace, event("after-the-edit", "t-0"));
        await().atMost(Cluster.PATIENCE).until(() -> subscriber.ids().contains("after-the-edit"));

        // When: it is written back
        cluster.kubectl().apply(config(kafka.bootstrapServers()));

        // Then
        awaitChannel(namespace, "");
        cluster.awaitReady(namespace, "broker/default");

        // When: another Broker begins with a configuration that is none, and that is mended
        cluster.kubectl()
                .apply(
                        configMap(namespace, "of-other", "default.topic.partitions: many"),
                        Manifests.broker(
                                namespace, "other", "config: {apiVersion: v1, kind: ConfigMap, name: of-other}"));
        cluster.awaitReason(namespace, "broker/other", "TriggerChannelReady", "ChannelFailure");
        cluster.kubectl().apply(configMap(namespace, "of-other", "default.topic.partitions: \"1\""));

        // Then
        cluster.awaitReady(namespace, "broker/other");

        // When: something refers to what nobody has opened to Sluice
        cluster.kubectl().apply("""
                apiVersion: eventing.knative.dev/v1
                kind: Trigger
                metadata: {namespace: %s, name: closed}
                spec:
                  broker: default
                  subscriber: {ref: {apiVersion: apps/v1, kind: Deployment, name: closed}}
                """.formatted(namespace));

        // Then: nothing else was refused, and nobody wrote but who has to
        cluster.awaitReason(namespace, "trigger/closed", "SubscriberResolved", "Forbidden");
        for (String role : List.of("broker", "dispatcher", "sources", "control")) {
            assertThat(askedBy(role))
                    .as("what %s was refused", role)
                    .filteredOn(ApiRequest::isRefused)
                    .allMatch(request -> request.resource().equals("deployments"));
        }
        assertThat(askedBy("broker")).isNotEmpty().noneMatch(ApiRequest::isWrite);
        assertThat(askedBy("dispatcher")).isNotEmpty().noneMatch(ApiRequest::isWrite);
        assertThat(askedBy("sources"))
                .filteredOn(ApiRequest::isWrite)
                .isNotEmpty()
                .allMatch(request ->
                        request.resource().equals("leases") && !request.name().equals("sluice-control"));
        CounterLaw.awaitSelfCheck(dispatcher);
    }

    private long ticks() {
        return subscriber.requests().stream()
                .filter(request -> request.uri().equals("/ticks"))
                .count();
    }

    @Test
    void what_is_sent_to_triggers_that_became_ready_while_the_dispatcher_stood_still_arrives_when_it_goes_on() {
        // Given
        deploy();
        String namespace = kubernetes.cluster().newNamespace("still");
        Sluice ingress = start("broker");
        String probe = "localhost:" + ingress.process().ingressPort();
        Sluice dispatcher = start("dispatcher", "--ingress-url", "http://" + probe);
        start("control", "--ingress-url", "http://" + probe, "--ingress-probes", probe);
        cluster.kubectl().apply(Manifests.broker(namespace, "default"), ofItsType(namespace, "first"));
        cluster.awaitReady(namespace, "trigger/first");
        ingress.send(namespace, event("first", "first"));
        await().atMost(Cluster.PATIENCE).until(() -> subscriber.count() == 1);

        // When
        dispatcher.process().sigstop();
        List<String> names =
                IntStream.range(0, WHILE_STILL).mapToObj(i -> "t-" + i).toList();
        cluster.kubectl()
                .apply(names.stream().map(name -> ofItsType(namespace, name)).toArray(String[]::new));
        for (String name : names) {
            cluster.awaitReady(namespace, "trigger/" + name);
            ingress.send(namespace, event(name, name));
        }
        assertThat(subscriber.count()).isEqualTo(1);
        dispatcher.process().sigcont();

        // Then
        await("what was sent meanwhile; standard error:%n%s"
                        .formatted(dispatcher.process().tail()))
                .atMost(Cluster.PATIENCE)
                .until(() -> subscriber.ids().containsAll(names));
        // It may have stood still before it was committed that the first had ended.
        assertThat(subscriber.ids()).filteredOn(id -> !id.equals("first")).doesNotHaveDuplicates();
        assertThat(subscriber.requests())
                .allSatisfy(request -> assertThat(request.uri()).isEqualTo("/" + request.eventId()));
        CounterLaw.awaitSelfCheck(dispatcher);
    }

    /** A Trigger for events whose type is its name. */
    private String ofItsType(String namespace, String name) {
        return Manifests.trigger(
                namespace, name, subscriber.uri("/" + name), "filter: {attributes: {type: " + name + "}}");
    }

    @Test
    void a_broker_that_is_deleted_takes_its_topic_with_it_unless_it_is_to_be_kept() {
        // Given
        deploy();
        String namespace = kubernetes.cluster().newNamespace("gone");
        String topic = "knative-broker-" + namespace + "-default";
        start("all");
        String kept = "knative-broker-" + namespace + "-kept";
        cluster.kubectl()
                .apply(
                        Manifests.broker(namespace, "default"),
                        Manifests.annotated(Manifests.broker(namespace, "kept"), "sluice.dev/keep-topic: \"true\""));
        for (String broker : List.of("broker/default", "broker/kept")) {
            cluster.awaitReady(namespace, broker);
            await("the Broker is held")
                    .atMost(Cluster.PATIENCE)
                    .until(() -> cluster.get(namespace, broker)
                                    .at("/metadata/finalizers")
                                    .size()
                            == 1);
        }
        assertThat(topics()).contains(topic, kept);

        // When
        cluster.kubectl().must("delete", "broker", "kept", "default", "-n", namespace, "--timeout=90s");

        // Then: kubectl has waited for both
        await("the topic is gone").atMost(Cluster.PATIENCE).until(() -> !topics().contains(topic));
        assertThat(topics()).contains(kept);
    }

    private static Set<String> topics() {
        try (Admin admin = kafka.admin()) {
            return admin.listTopics().names().get(30, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }
}
