/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.testkit.Events;
import dev.sluice.testkit.RecordingSubscriber;
import dev.sluice.testkit.kafka.KafkaFixture;
import dev.sluice.testkit.kube.KubernetesFixture;
import io.cloudevents.core.builder.CloudEventBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.ResourceLock;

/** One process for each role, with a real Kafka and a real API server between them. */
@ResourceLock(Fleet.KAFKA)
final class KubernetesRolesIT {

    private static final int TRIGGERS = 20;

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

    private Sluice start(String role, String... options) {
        List<String> words = new ArrayList<>(List.of("--role", role, "--channel", "kafka", "--data-dir", role));
        words.addAll(List.of("--kafka-bootstrap-servers", kafka.bootstrapServers(), "--kafka-topic-partitions", "2"));
        words.addAll(List.of(options));
        return cluster.start(words.toArray(String[]::new));
    }

    @Test
    void what_the_control_role_calls_ready_the_other_roles_deliver() {
        // Given
        cluster = new Cluster(kubernetes.cluster());
        kubernetes.cluster().installCrds(Repository.path("deploy/crds"));
        String namespace = kubernetes.cluster().newNamespace("roles");
        Sluice ingress = start("broker");
        String probe = "localhost:" + ingress.process().ingressPort();
        start("control", "--ingress-url", "http://" + probe, "--ingress-probes", probe);
        Sluice dispatcher = start("dispatcher");
        List<String> triggers = new ArrayList<>();
        for (int i = 0; i < TRIGGERS; i++) {
            triggers.add(Manifests.trigger(
                    namespace, "t-" + i, subscriber.uri("/t-" + i), "filter: {attributes: {type: t-" + i + "}}"));
        }

        // When
        cluster.kubectl().apply(Manifests.broker(namespace, "default"));
        cluster.awaitReady(namespace, "broker/default");
        cluster.kubectl().apply(triggers.toArray(String[]::new));
        for (int i = 0; i < TRIGGERS; i++) {
            cluster.awaitReady(namespace, "trigger/t-" + i);
            ingress.send(
                    namespace,
                    CloudEventBuilder.v1(Events.withId("t-" + i))
                            .withType("t-" + i)
                            .build());
        }

        // Then
        await().atMost(Cluster.PATIENCE).until(() -> subscriber.count() >= TRIGGERS);
        assertThat(subscriber.requests())
                .allSatisfy(request -> assertThat(request.uri()).isEqualTo("/" + request.eventId()));
        assertThat(cluster.get(namespace, "broker/default")
                        .at("/status/address/url")
                        .asText())
                .isEqualTo(ingress.ingress(namespace).toString());
        CounterLaw.awaitSelfCheck(dispatcher);
    }

    @Test
    void a_broker_that_is_deleted_takes_its_topic_with_it_unless_it_is_to_be_kept() {
        // Given
        cluster = new Cluster(kubernetes.cluster());
        kubernetes.cluster().installCrds(Repository.path("deploy/crds"));
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
