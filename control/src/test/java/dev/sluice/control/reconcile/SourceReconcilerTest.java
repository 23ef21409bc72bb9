/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.reconcile;

import static dev.sluice.control.reconcile.Written.condition;
import static dev.sluice.control.reconcile.Written.message;
import static dev.sluice.control.reconcile.Written.resources;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.api.routing.Delivery;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.source.EventDescription;
import dev.sluice.api.source.SecretRef;
import dev.sluice.api.source.SourceCondition;
import dev.sluice.api.source.SourceName;
import dev.sluice.api.source.SourceRoute;
import dev.sluice.control.folder.OfflineValidation;
import dev.sluice.control.resource.SourceStatus;
import dev.sluice.control.store.Rejected;
import dev.sluice.control.store.ResourceKey;
import dev.sluice.control.store.Resources;
import dev.sluice.control.store.Target;
import dev.sluice.control.store.TargetKey;
import dev.sluice.control.store.Targets;
import dev.sluice.control.validation.Problem;
import dev.sluice.control.validation.Severity;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SourceReconcilerTest {

    private static final Instant NOON = Instant.parse("2026-01-31T12:00:00Z");
    private static final SourceName JAZZ = new SourceName("RadioSource", new ResourceName("shop", "jazz"));

    private static final String BROKER = """
            apiVersion: eventing.knative.dev/v1
            kind: Broker
            metadata: {namespace: shop, name: default}
            ---
            """;
    private static final String SECRET = """
            apiVersion: v1
            kind: Secret
            metadata: {namespace: shop, name: radio}
            data: {key: b25lCnR3bwo=}
            ---
            """;
    private static final String SOURCE = """
            apiVersion: radio.example.com/v1
            kind: RadioSource
            metadata: {namespace: shop, name: jazz, annotations: {sluice.dev/volume: "11"}}
            spec:
              frequency: "98.3"
              key: {name: radio, key: key}
              sink: {ref: {apiVersion: eventing.knative.dev/v1, kind: Broker, name: default}}
              ceOverrides: {extensions: {Team: brewers}}
            """;

    private final Reconciler reconciler =
            new Reconciler(ReconcilerSettings.of(URI.create("http://localhost:8080"), "inmemory", Set.of("inmemory")));

    private Reconciliation reconcile(long generation, String yaml, Reconciliation before) {
        return reconciler.reconcile(resources(generation, yaml), before);
    }

    private Reconciliation reconcile(String yaml) {
        return reconcile(1, yaml, Reconciliation.NOTHING);
    }

    private static SourceStatus status(Reconciliation of) {
        return Objects.requireNonNull(of.statuses(DataPlaneReport.inForce(), Statuses.none(), NOON)
                .sources()
                .get(JAZZ));
    }

    @Test
    void a_source_runs_with_its_sink_its_secrets_and_its_overrides() {
        // When
        Reconciliation decided = reconcile(BROKER + SECRET + SOURCE);

        // Then
        SourceRoute route = Objects.requireNonNull(decided.sources().source(JAZZ));
        assertThat(route.sink().uri()).isEqualTo(URI.create("http://localhost:8080/shop/default"));
        assertThat(route.secrets().all(new SecretRef("radio", "key"))).containsExactly("one", "two");
        assertThat(route.overrides()).isEqualTo(Map.of("team", "brewers"));
        assertThat(route.toString()).doesNotContain("one");
        SourceStatus status = status(decided);
        assertThat(condition(status, "Ready")).isEqualTo("True");
        assertThat(condition(status, "Tuned")).isEqualTo("True");
        assertThat(condition(status, "SinkProvided")).isEqualTo("True");
        assertThat(condition(status, "SecretsProvided")).isEqualTo("True");
        assertThat(status.getSinkUri()).isEqualTo("http://localhost:8080/shop/default");
        assertThat(status.getCeAttributes()).containsExactly(new EventDescription("com.example.heard", "/radio/98.3"));
    }

    private Delivery delivery(String written) {
        SourceRoute route = Objects.requireNonNull(
                reconcile(BROKER + SECRET + SOURCE + written).sources().source(JAZZ));
        return route.delivery().orElseThrow();
    }

    @Test
    void an_event_comes_to_an_end_without_its_sink_only_where_that_is_written() {
        // Then
        Delivery none = delivery("");
        assertThat(none.retry()).isEqualTo(Integer.MAX_VALUE);
        assertThat(none.backoffDelay()).isEqualTo(Duration.ofMillis(300));
        assertThat(none.backoffMax()).isEqualTo(Duration.ofSeconds(10));
        assertThat(delivery("  delivery: {timeout: PT5S, backoffPolicy: linear}\n"))
                .satisfies(timed -> {
                    assertThat(timed.retry()).isEqualTo(Integer.MAX_VALUE);
                    assertThat(timed.timeout()).isEqualTo(Duration.ofSeconds(5));
                    assertThat(timed.backoffPolicy()).isEqualTo(Delivery.BackoffPolicy.LINEAR);
                });
        assertThat(delivery("  delivery: {retry: 3}\n").retry()).isEqualTo(3);
        Delivery buried = delivery("  delivery: {deadLetterSink: {uri: http://localhost:8888/letters}}\n");
        assertThat(buried.retry()).isZero();
        assertThat(buried.deadLetterSink().orElseThrow().uri()).isEqualTo(URI.create("http://localhost:8888/letters"));
    }

    @Test
    void without_its_dead_letter_sink_a_source_waits_or_stays_as_it_was() {
        // Given
        String buried = SOURCE
                + "  delivery: {deadLetterSink: {ref: {apiVersion: eventing.knative.dev/v1, kind: Broker, name: tomb}}}\n";
        String tomb = BROKER.replace("default", "tomb");

        // When
        Reconciliation without = reconcile(BROKER + SECRET + buried);
        Reconciliation with = reconcile(BROKER + tomb + SECRET + buried);

        // Then
        assertThat(without.sources().waiting()).containsOnlyKeys(JAZZ);
        assertThat(condition(status(without), "DeadLetterSinkResolved")).isEqualTo("False BrokerDoesNotExist");
        assertThat(message(status(without), "Ready")).contains("spec.delivery.deadLetterSink");
        assertThat(condition(status(with), "DeadLetterSinkResolved")).isEqualTo("True");
        assertThat(condition(status(with), "Ready")).isEqualTo("True");
        assertThat(reconcile(2, BROKER + SECRET + buried, with).sources().source(JAZZ))
                .isEqualTo(with.sources().source(JAZZ));
    }

    @Test
    void without_its_secret_or_its_sink_it_waits_and_says_for_what() {
        // When
        Reconciliation secretless = reconcile(BROKER + SOURCE);
        Reconciliation keyless = reconcile(BROKER + SECRET.replace("data: {key", "data: {other") + SOURCE);
        Reconciliation sinkless = reconcile(SECRET + SOURCE);

        // Then
        assertThat(secretless.sources().sources()).isEmpty();
        assertThat(secretless.sources().waiting()).containsOnlyKeys(JAZZ);
        assertThat(condition(status(secretless), "Ready")).isEqualTo("False SecretNotFound");
        assertThat(message(status(secretless), "Ready")).contains("shop/radio", "create it");
        assertThat(condition(status(keyless), "SecretsProvided")).isEqualTo("False SecretKeyNotFound");
        assertThat(condition(status(sinkless), "SinkProvided")).isEqualTo("False BrokerDoesNotExist");
    }

    @Test
    void what_can_not_be_resolved_any_more_stays_as_it_was() {
        // Given
        Reconciliation good = reconcile(BROKER + SECRET + SOURCE);

        // When
        Reconciliation broken = reconcile(2, SECRET + SOURCE, good);

        // Then
        assertThat(broken.sources().source(JAZZ)).isEqualTo(good.sources().source(JAZZ));
        assertThat(message(status(broken), "Ready")).contains("the last good version (generation 1) stays in force");
    }

    @Test
    void a_source_that_is_gone_leaves_the_table() {
        // Given
        Reconciliation good = reconcile(BROKER + SECRET + SOURCE);

        // When
        Reconciliation gone = reconcile(1, BROKER + SECRET, good);

        // Then
        assertThat(gone.sources().sources()).isEmpty();
        assertThat(gone.sources().waiting()).isEmpty();
    }

    private static Resources with(
            Resources resources, Map<ResourceKey, Rejected> rejected, Map<TargetKey, Target> targets) {
        return new Resources(
                resources.brokers(),
                resources.triggers(),
                resources.configMaps(),
                resources.secrets(),
                List.of(),
                Set.of(),
                rejected,
                new Targets("cluster.local", targets),
                resources.sources(),
                true);
    }

    private static Map<ResourceKey, Rejected> rejectedFor(String field) {
        Problem problem =
                new Problem("", 0, 0, "RadioSource shop/jazz", field, "noise", "is none", "write 98.3", Severity.ERROR);
        return Map.of(
                new ResourceKey("RadioSource", JAZZ.name()),
                new Rejected("uid-of-jazz", 7, Optional.empty(), Rejected.Cause.INVALID, List.of(problem)));
    }

    @Test
    void what_is_wrong_with_a_source_in_a_cluster_stands_in_its_status_and_the_last_good_version_goes_on() {
        // Given
        Resources good = resources(BROKER + SECRET + SOURCE);

        // When
        Reconciliation edited =
                reconciler.reconcile(with(good, rejectedFor("spec.frequency"), Map.of()), Reconciliation.NOTHING);
        Reconciliation never = reconciler.reconcile(
                with(resources(BROKER + SECRET), rejectedFor("spec.sink.uri"), Map.of()), Reconciliation.NOTHING);

        // Then
        assertThat(edited.sources().sources()).containsOnlyKeys(JAZZ);
        assertThat(condition(status(edited), "Ready")).isEqualTo("False InvalidSpec");
        assertThat(condition(status(edited), "Tuned")).isEqualTo("False InvalidSpec");
        assertThat(condition(status(edited), "SinkProvided")).isEqualTo("True");
        assertThat(message(status(edited), "Ready"))
                .contains("spec.frequency", "write 98.3", "the last good version stays in force");
        assertThat(status(edited).getObservedGeneration()).isEqualTo(7);
        assertThat(never.sources().sources()).isEmpty();
        assertThat(never.sources().waiting()).containsOnlyKeys(JAZZ);
        assertThat(condition(status(never), "Ready")).isEqualTo("False InvalidDestination");
    }

    @Test
    void a_status_outlives_a_snapshot_as_long_as_its_source_is_there_though_it_is_rejected() {
        // Given
        Resources rejected = with(resources(BROKER), rejectedFor("spec.frequency"), Map.of());
        Statuses statuses = reconciler
                .reconcile(rejected, Reconciliation.NOTHING)
                .statuses(DataPlaneReport.inForce(), Statuses.none(), NOON);

        // When
        Statuses still = statuses.stillOf(rejected, with(resources(BROKER), rejectedFor("spec.sink"), Map.of()));
        Statuses gone = statuses.stillOf(rejected, resources(BROKER));

        // Then
        assertThat(still.sources()).containsOnlyKeys(JAZZ);
        assertThat(gone.sources()).isEmpty();
    }

    @Test
    void a_secret_that_is_not_known_yet_or_may_not_be_read_is_not_called_missing() {
        // Given
        Resources secretless = resources(BROKER + SOURCE);
        TargetKey secret = TargetKey.secret(new ResourceName("shop", "radio"));

        // When
        Reconciliation unseen = reconciler.reconcile(
                with(secretless, Map.of(), Map.of(secret, new Target.Unseen())), Reconciliation.NOTHING);
        Reconciliation forbidden = reconciler.reconcile(
                with(secretless, Map.of(), Map.of(secret, new Target.Forbidden())), Reconciliation.NOTHING);
        Reconciliation absent = reconciler.reconcile(
                with(secretless, Map.of(), Map.of(secret, new Target.Absent())), Reconciliation.NOTHING);

        // Then
        assertThat(condition(status(unseen), "Ready")).isEqualTo("Unknown NotYetKnown");
        assertThat(condition(status(forbidden), "Ready")).isEqualTo("False SecretForbidden");
        assertThat(message(status(forbidden), "Ready")).contains("shop/radio", "namespace shop");
        assertThat(condition(status(absent), "Ready")).isEqualTo("False SecretNotFound");
    }

    @Test
    void who_reports_sources_that_others_run_says_that_they_know_how_those_do() {
        // Given
        ReconcilerSettings here =
                ReconcilerSettings.of(URI.create("http://localhost:8080"), "inmemory", Set.of("inmemory"));
        Reconciler control = new Reconciler(new ReconcilerSettings(
                here.ingressUrl(),
                here.deliveryTimeout(),
                here.backoffMax(),
                "inmemory",
                Set.of("inmemory"),
                true,
                true,
                ReconcilerSettings.SourcesRun.ELSEWHERE_AND_TOLD_HERE));

        // When
        Reconciliation good = control.reconcile(resources(BROKER + SECRET + SOURCE), Reconciliation.NOTHING);
        Reconciliation secretless = control.reconcile(resources(BROKER + SOURCE), Reconciliation.NOTHING);

        // Then
        assertThat(condition(status(good), "Ready")).isEqualTo("True");
        assertThat(condition(status(good), "Tuned")).isEqualTo("True InOtherProcesses");
        assertThat(condition(status(secretless), "Ready")).isEqualTo("False SecretNotFound");
    }

    @Test
    void what_an_adapter_says_shows_in_the_status_and_in_ready() {
        // Given
        SourceStatus status = status(reconcile(BROKER + SECRET + SOURCE));
        SourceCondition untuned = SourceCondition.isFalse("Tuned", "Noise", "only noise at 98.3");
        SourceCondition noted = SourceCondition.isFalse("Delivering", "SinkUnavailable", "given up");

        // When
        SourceStatus shown = new SourceObservation(
                        Map.of(untuned, NOON, noted, NOON),
                        Optional.empty(),
                        NOON,
                        Optional.of(URI.create("http://x/y")))
                .shownIn(status);
        SourceStatus failing =
                new SourceObservation(Map.of(), Optional.of("no port"), NOON, Optional.empty()).shownIn(status);
        SourceStatus fine =
                new SourceObservation(Map.of(noted, NOON), Optional.empty(), NOON, Optional.empty()).shownIn(status);

        // Then
        assertThat(condition(shown, "Tuned")).isEqualTo("False Noise");
        assertThat(condition(shown, "Ready")).isEqualTo("False Noise");
        assertThat(shown.getAnnotations()).containsEntry("sluice.dev/webhook", "http://x/y");
        assertThat(condition(failing, "Ready")).isEqualTo("False NotRunning");
        assertThat(condition(fine, "Ready")).isEqualTo("True");
        assertThat(condition(fine, "Delivering")).isEqualTo("False SinkUnavailable");
        assertThat(condition(status, "Tuned")).isEqualTo("True");
    }

    // ---- sources that are workloads of the cluster
    // -------------------------------------------------------------------

    private static final SourceName KETTLE = new SourceName("SinkBinding", new ResourceName("shop", "kettle"));
    private static final SourceName BEATS = new SourceName("ContainerSource", new ResourceName("shop", "beats"));

    private static final String BINDING = """
            apiVersion: sources.knative.dev/v1
            kind: SinkBinding
            metadata: {namespace: shop, name: kettle}
            spec:
              subject: {apiVersion: apps/v1, kind: Deployment, name: kettle}
              sink: {ref: {apiVersion: eventing.knative.dev/v1, kind: Broker, name: default}}
              ceOverrides: {extensions: {team: brewers}}
            ---
            apiVersion: sources.knative.dev/v1
            kind: ContainerSource
            metadata: {namespace: shop, name: beats}
            spec:
              template: {spec: {containers: [{image: beats}]}}
              sink: {ref: {apiVersion: eventing.knative.dev/v1, kind: Broker, name: default}}
            """;

    private static SourceStatus status(Reconciliation of, SourceName name) {
        return Objects.requireNonNull(of.statuses(DataPlaneReport.inForce(), Statuses.none(), NOON)
                .sources()
                .get(name));
    }

    @Test
    void a_source_that_the_cluster_runs_is_bound_and_runs_in_no_process_of_ours() {
        // When
        Reconciliation decided = reconcile(BROKER + BINDING);

        // Then
        assertThat(decided.sources().sources()).isEmpty();
        assertThat(decided.sources().waiting()).isEmpty();
        SourceRoute bound = Objects.requireNonNull(decided.bound().get(KETTLE));
        assertThat(bound.uid()).isEqualTo("uid-of-kettle");
        assertThat(bound.sink().uri()).isEqualTo(URI.create("http://localhost:8080/shop/default"));
        assertThat(bound.overrides()).isEqualTo(Map.of("team", "brewers"));
        assertThat(decided.bound()).containsKey(BEATS);
        SourceStatus status = status(decided, KETTLE);
        assertThat(status.getConditions())
                .extracting(each -> each.getType())
                .containsExactly(
                        "OIDCIdentityCreated",
                        "OIDCTokenSecretCreated",
                        "Ready",
                        "SinkBindingAvailable",
                        "SinkProvided",
                        "TrustBundlePropagated");
        assertThat(condition(status, "OIDCTokenSecretCreated")).isEqualTo("True OIDCDisabled");
        assertThat(status.getSinkUri()).isEqualTo("http://localhost:8080/shop/default");
    }

    @Test
    void without_its_sink_nothing_is_bound_and_what_is_bound_stays() {
        // When
        Reconciliation decided = reconcile(2, BINDING, reconcile(BROKER + BINDING));

        // Then
        assertThat(decided.bound()).isEmpty();
        assertThat(decided.sources().waiting()).isEmpty();
        assertThat(condition(status(decided, KETTLE), "SinkProvided")).isEqualTo("False BrokerDoesNotExist");
        assertThat(message(status(decided, KETTLE), "Ready")).contains("stays as it is");
        assertThat(condition(status(decided, BEATS), "SinkBindingReady")).isEqualTo("False BrokerDoesNotExist");
        assertThat(condition(status(decided, BEATS), "Ready")).isEqualTo("False BrokerDoesNotExist");
    }

    @TempDir
    Path folder;

    private List<String> problems(String yaml) throws IOException {
        Path file = Files.writeString(folder.resolve("r.yaml"), yaml);
        return OfflineValidation.validate(List.of(file)).stream()
                .map(problem -> problem.in("r.yaml").toString())
                .toList();
    }

    @Test
    void mistakes_are_told_with_their_lines_whoever_finds_them() throws IOException {
        // When
        List<String> problems = problems("""
                apiVersion: radio.example.com/v1
                kind: RadioSource
                metadata: {name: jazz, annotations: {sluice.dev/volme: "11"}}
                spec:
                  freqency: "98.3"
                  key: {name: radio}
                  ceOverrides: {extensions: {my-team: x, id: y}}
                  sink: {uri: "localhost:8080"}
                """);

        // Then
        assertThat(problems).anyMatch(text -> text.contains("r.yaml:5") && text.contains("did you mean frequency?"));
        assertThat(problems).anyMatch(text -> text.contains("r.yaml:6") && text.contains("key is missing"));
        assertThat(problems).anyMatch(text -> text.contains("r.yaml:3") && text.contains("sluice.dev/volume"));
        assertThat(problems).anyMatch(text -> text.contains("r.yaml:7") && text.contains("my-team"));
        assertThat(problems).anyMatch(text -> text.contains("r.yaml:7") && text.contains("is an attribute of its own"));
        assertThat(problems).anyMatch(text -> text.contains("r.yaml:8") && text.contains("localhost:8080"));
    }

    @Test
    void another_version_or_a_misspelt_kind_is_told_with_what_is_meant() throws IOException {
        // Then
        assertThat(problems(SOURCE.replace("com/v1", "com/v2")))
                .anyMatch(text -> text.contains("write radio.example.com/v1"));
        assertThat(problems(SOURCE.replace("RadioSource", "RadoiSource")))
                .anyMatch(text -> text.contains("did you mean RadioSource?"));
    }
}
