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
import dev.sluice.testkit.Ledger;
import dev.sluice.testkit.RecordingSubscriber;
import dev.sluice.testkit.kube.ApiRequest;
import dev.sluice.testkit.kube.BreakableLink;
import dev.sluice.testkit.kube.KubernetesFixture;
import io.cloudevents.core.builder.CloudEventBuilder;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * An API server that goes away and comes back, connections to it that break, and a process that is killed while it leads.
 * {@code -Dsluice.seed} repeats a run's choices.
 */
final class KubernetesFaultsIT {

    private static final String LEADS = "leads.*sluice-control";

    private static final int ROUNDS = Boolean.getBoolean("sluice.soak") ? 100 : 5;

    /** A Lease of 15 s, two attempts of 2 s, and as much again for a machine of two cores that does other things too. */
    private static final Duration TAKE_OVER = Duration.ofSeconds(40);

    @RegisterExtension
    static final KubernetesFixture kubernetes = KubernetesFixture.own();

    @RegisterExtension
    final RecordingSubscriber subscriber = RecordingSubscriber.start();

    /** Of what is no load, and not in the ledger. */
    @RegisterExtension
    final RecordingSubscriber other = RecordingSubscriber.start();

    private final long seed = Long.getLong("sluice.seed", System.nanoTime());
    private final Random random = new Random(seed);
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

    private String wanting(String name, String type) {
        return Manifests.trigger(namespace, name, other.uri("/" + name), "filter: {attributes: {type: " + type + "}}");
    }

    @Test
    void whatever_is_cut_off_and_missed_what_kubectl_shows_is_what_is_served() {
        // Given
        try (BreakableLink link = kubernetes.cluster().link()) {
            Sluice sluice = cluster.startOver(link);
            applyAll();
            cluster.kubectl().apply(wanting("t-0", "never"));
            try (var load = Load.start(sluice, sluice.ingress(namespace), "e", ledger, Duration.ofMillis(5))) {
                // When: connections break when chance says, while Triggers come, change and go
                for (int round = 1; round <= ROUNDS; round++) {
                    cutSome(link);
                    cluster.kubectl().apply(wanting("edited", "v-" + round), wanting("t-" + round, "never"));
                    cutSome(link);
                    if (random.nextBoolean()) {
                        cluster.kubectl().must("delete", "trigger", "t-" + round, "-n", namespace);
                    }
                }

                // Then
                awaitServed(sluice, "v-" + ROUNDS);

                // When: all break, and when they are back the API server remembers none of what happened meanwhile, so
                // that it answers watches that go on from before with 410 Gone
                link.sever();
                cluster.kubectl().apply(wanting("edited", "last"), wanting("missed", "never"));
                cluster.kubectl().must("delete", "trigger", "t-0", "-n", namespace);
                kubernetes.cluster().apiServer().kill();
                kubernetes.cluster().apiServer().start();
                link.mend();

                // Then
                awaitServed(sluice, "last");
                assertThat(load.refusals()).isEmpty();
            }
            await().atMost(Cluster.PATIENCE)
                    .untilAsserted(() -> ledger.verify().assertNothingLost().assertNothingDuplicated());
            CounterLaw.awaitSelfCheck(sluice);
        }
    }

    private void cutSome(BreakableLink link) {
        for (int cuts = random.nextInt(4); cuts > 0; cuts--) {
            link.cut(random);
        }
    }

    /** Waits until the process has the Triggers that are there and no others, and delivers by the last edit. */
    private void awaitServed(Sluice sluice, String type) {
        await("the process has what kubectl shows, seed %d%n%s"
                        .formatted(seed, sluice.process().tail()))
                .atMost(Cluster.PATIENCE)
                .untilAsserted(() -> {
                    JsonNode shown = cluster.get(namespace, "triggers");
                    JsonNode edited = cluster.get(namespace, "trigger/edited");
                    assertThat(names(shown)).contains("all", "edited").isEqualTo(names(triggersOf(sluice)));
                    assertThat(edited.at("/status/observedGeneration")).isEqualTo(edited.at("/metadata/generation"));
                });
        cluster.awaitReady(namespace, "trigger/edited");
        ledger.offered(type);
        sluice.send(
                namespace,
                CloudEventBuilder.v1(Events.withId(type)).withType(type).build());
        ledger.accepted(type);
        await("what was sent when the edit was Ready comes by it, seed %d".formatted(seed))
                .atMost(Cluster.PATIENCE)
                .until(() -> other.ids().contains(type));
    }

    private JsonNode triggersOf(Sluice sluice) {
        return Sluice.json(sluice.get(sluice.process().admin("/api/v1/triggers?namespace=" + namespace)));
    }

    private static Set<String> names(JsonNode list) {
        Set<String> names = new TreeSet<>();
        list.path("items").forEach(item -> names.add(item.at("/metadata/name").asText()));
        return names;
    }

    @Test
    void when_the_process_that_leads_is_killed_another_writes_and_changes_nothing_that_is_right() {
        // Given: two processes, of which each alone could serve, known to the API server by different accounts
        KubernetesManifests.applyRights(cluster.kubectl(), "overlays/inmemory", "roles");
        String[] sameDoor = {"--ingress-url", "http://sluice.example.com"};
        Sluice first = cluster.startAs(SYSTEM, "sluice-all", with(sameDoor, "--data-dir", "first"));
        first.process().awaitStderr(LEADS, Cluster.PATIENCE);
        Sluice second = cluster.startAs(SYSTEM, "sluice-control", with(sameDoor, "--data-dir", "second"));
        applyAll();
        String broker = cluster.version(namespace, "broker/default");
        String trigger = cluster.version(namespace, "trigger/all");
        assertThat(writesOf("sluice-all")).extracting(ApiRequest::name).contains("default", "all");

        // When
        long killed = System.nanoTime();
        first.process().sigkill();
        second.process().awaitStderr(LEADS, TAKE_OVER);
        System.out.println("statuses: another leads "
                + Duration.ofNanos(System.nanoTime() - killed).toMillis() + " ms after a kill");
        cluster.kubectl().apply(Manifests.trigger(namespace, "later", subscriber.uri()));

        // Then
        cluster.awaitReady(namespace, "trigger/later");
        assertThat(cluster.version(namespace, "broker/default")).isEqualTo(broker);
        assertThat(cluster.version(namespace, "trigger/all")).isEqualTo(trigger);
        // Neither while the other led, nor of what that had written.
        assertThat(writesOf("sluice-control"))
                .isNotEmpty()
                .allMatch(request -> request.name().startsWith("later"));
    }

    /** What was written under an account into the namespace of the test. */
    private List<ApiRequest> writesOf(String account) {
        return kubernetes.cluster().requests().stream()
                .filter(request ->
                        request.account().equals(account) && request.namespace().equals(namespace) && request.isWrite())
                .toList();
    }

    private static String[] with(String[] some, String... others) {
        String[] all = Arrays.copyOf(some, some.length + others.length);
        System.arraycopy(others, 0, all, some.length, others.length);
        return all;
    }
}
