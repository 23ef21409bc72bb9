/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.testkit.Events;
import dev.sluice.testkit.Ledger;
import dev.sluice.testkit.RecordingSubscriber;
import dev.sluice.testkit.kube.KubernetesFixture;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** An API server that goes away and comes back, and a process that is killed while it leads. */
final class KubernetesFaultsIT {

    @RegisterExtension
    static final KubernetesFixture kubernetes = KubernetesFixture.own();

    @RegisterExtension
    final RecordingSubscriber subscriber = RecordingSubscriber.start();

    private final Ledger ledger = new Ledger().expecting("all");
    private Cluster cluster;
    private String namespace;

    @BeforeEach
    void prepare() {
        cluster = new Cluster(kubernetes.cluster());
        kubernetes.cluster().installCrds(Repository.path("deploy/crds"));
        namespace = kubernetes.cluster().newNamespace("faults");
        subscriber.onRequest(request -> ledger.delivered("all", request.eventId()));
    }

    @AfterEach
    void end() {
        cluster.close();
    }

    private void applyAll() {
        cluster.kubectl()
                .apply(Manifests.broker(namespace, "default"), Manifests.trigger(namespace, "all", subscriber.uri()));
        cluster.awaitReady(namespace, "broker/default");
        cluster.awaitReady(namespace, "trigger/all");
    }

    @Test
    void events_flow_on_while_the_api_server_is_away_and_changes_count_when_it_is_back() {
        // Given
        Sluice sluice = cluster.start();
        applyAll();
        String version = cluster.version(namespace, "trigger/all");

        // When
        try (var load = Load.start(sluice, sluice.ingress(namespace), "e", ledger, Duration.ofMillis(5))) {
            await().atMost(Cluster.PATIENCE).until(() -> ledger.deliveredCount("all") > 100);
            kubernetes.cluster().apiServer().kill();
            long then = load.sent();
            await().atMost(Cluster.PATIENCE).until(() -> load.sent() > then + 500);
            kubernetes.cluster().apiServer().start();
            String later =
                    Manifests.trigger(namespace, "later", subscriber.uri(), "filter: {attributes: {type: never}}");
            // It serves what is defined a moment after it is ready itself.
            await().atMost(Cluster.PATIENCE)
                    .untilAsserted(() -> cluster.kubectl().apply(later));
            cluster.awaitReady(namespace, "trigger/later");
            assertThat(load.refusals()).isEmpty();
        }

        // Then
        await().atMost(Cluster.PATIENCE)
                .untilAsserted(() -> ledger.verify().assertNothingLost().assertNothingDuplicated());
        assertThat(cluster.version(namespace, "trigger/all")).isEqualTo(version);
        CounterLaw.awaitSelfCheck(sluice);
    }

    @Test
    void a_process_that_starts_without_an_api_server_refuses_with_503_until_it_has_seen_everything() {
        // Given
        Sluice first = cluster.start();
        applyAll();
        first.process().sigterm();
        first.process().awaitExit(Cluster.PATIENCE);
        int port = FreePorts.next();
        kubernetes.cluster().apiServer().kill();

        // When
        try (SluiceProcess waiting =
                cluster.command("--ingress-port", Integer.toString(port)).launch()) {
            waiting.awaitStderr("the Kubernetes API does not answer", Cluster.PATIENCE);
            var door = URI.create("http://localhost:" + port + "/" + namespace + "/default");
            assertThat(first.post(door, Events.MINIMAL).statusCode()).isEqualTo(503);
            kubernetes.cluster().apiServer().start();
            waiting.awaitReady();

            // Then
            await().atMost(Cluster.PATIENCE)
                    .until(() -> first.post(door, Events.MINIMAL).statusCode() == 202);
            await().atMost(Cluster.PATIENCE).until(() -> subscriber.count() >= 1);
        }
    }

    @Test
    void when_the_process_that_leads_is_killed_another_writes_and_changes_nothing_that_is_right() {
        // Given: two processes, of which each alone could serve
        String[] sameDoor = {"--ingress-url", "http://sluice.example.com"};
        Sluice first = cluster.start(with(sameDoor, "--data-dir", "first"));
        first.process().awaitStderr("leads", Cluster.PATIENCE);
        Sluice second = cluster.start(with(sameDoor, "--data-dir", "second"));
        applyAll();
        String broker = cluster.version(namespace, "broker/default");
        String trigger = cluster.version(namespace, "trigger/all");

        // When
        first.process().sigkill();
        second.process().awaitStderr("leads", Cluster.PATIENCE);
        cluster.kubectl().apply(Manifests.trigger(namespace, "later", subscriber.uri()));

        // Then
        cluster.awaitReady(namespace, "trigger/later");
        assertThat(cluster.version(namespace, "broker/default")).isEqualTo(broker);
        assertThat(cluster.version(namespace, "trigger/all")).isEqualTo(trigger);
    }

    private static String[] with(String[] some, String... others) {
        String[] all = Arrays.copyOf(some, some.length + others.length);
        System.arraycopy(others, 0, all, some.length, others.length);
        return all;
    }
}
