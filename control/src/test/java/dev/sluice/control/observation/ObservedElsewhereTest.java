/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.observation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.source.SourceCondition;
import dev.sluice.api.source.SourceName;
import dev.sluice.control.reconcile.SourceObservation;
import dev.sluice.control.reconcile.TriggerObservation;
import dev.sluice.control.reconcile.TriggerObservation.Loss;
import dev.sluice.control.reconcile.TriggerObservation.Standstill;
import dev.sluice.testkit.Waiting;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.net.HostAndPort;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ObservedElsewhereTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Instant NOON = Instant.parse("2026-01-31T12:00:00Z");
    private static final SourceName JAZZ = new SourceName("RadioSource", new ResourceName("shop", "jazz"));

    private final Vertx vertx = Vertx.vertx();
    private final AtomicInteger changes = new AtomicInteger();

    @AfterEach
    void end() {
        Waiting.on(vertx.close());
    }

    private static TriggerObservation waiting(String reason, Instant since) {
        return new TriggerObservation(
                0,
                Optional.of(new Standstill(reason, "see to it")),
                since,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    private static TriggerObservation losing(Instant at) {
        return new TriggerObservation(
                0,
                Optional.empty(),
                Instant.EPOCH,
                Optional.empty(),
                Optional.empty(),
                Optional.of(new Loss(at, "7 records")),
                Optional.of(new Loss(at, "soon more")));
    }

    private static SourceObservation source(SourceCondition condition, Optional<String> problem) {
        return new SourceObservation(
                Map.of(condition, NOON),
                problem,
                problem.isEmpty() ? Instant.EPOCH : NOON,
                Optional.of(URI.create("http://hooks.example.com/shop/jazz")));
    }

    private static SourceObservation tuned() {
        return source(SourceCondition.isTrue("Tuned"), Optional.empty());
    }

    /** A process that answers with this as long as it has the token. */
    private final class Process {

        private volatile Observations observations;
        private volatile int code = 200;
        private final HttpServer server;

        Process(Observations observations) {
            this.observations = observations;
            server = Waiting.on(vertx.createHttpServer()
                    .requestHandler(request -> {
                        boolean isAllowed = "Bearer sesame".equals(request.getHeader("Authorization"));
                        Buffer body = request.path().equals("/api/v1/observations") && isAllowed
                                ? ObservationsJson.written(this.observations)
                                : Buffer.buffer("no");
                        request.response()
                                .setStatusCode(isAllowed ? code : 401)
                                .end(body)
                                .onFailure(gone -> {});
                    })
                    .listen(0, "127.0.0.1"));
        }

        HostAndPort address() {
            return HostAndPort.create("127.0.0.1", server.actualPort());
        }
    }

    private ObservedElsewhere observe(List<Process> processes, String token) {
        var observed = new ObservedElsewhere(
                vertx,
                processes.stream().map(Process::address).toList(),
                Optional.of("Bearer " + token),
                Clock.systemUTC());
        observed.start(changes::incrementAndGet);
        await().atMost(PATIENCE).until(observed::isKnown);
        return observed;
    }

    @Test
    void what_one_process_tells_another_reads_as_it_was_meant() {
        // Given
        var told = new Observations(
                Map.of("t-1", waiting("BreakerOpen", NOON), "t-2", losing(NOON)),
                Map.of(JAZZ, source(SourceCondition.isFalse("Tuned", "Noise", "only noise"), Optional.of("no port"))));

        // When, Then
        assertThat(ObservationsJson.read(ObservationsJson.written(told))).isEqualTo(told);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<html>",
                "{}",
                "{\"triggers\": 1, \"sources\": []}",
                "{\"triggers\": [{\"uid\": \"t\", \"lastLoss\": {\"since\": \"yesterday\"}}], \"sources\": []}"
            })
    void what_is_no_such_answer_is_refused(String text) {
        assertThatThrownBy(() -> ObservationsJson.read(Buffer.buffer(text)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void what_a_newer_process_says_more_is_passed_over() {
        // When
        Observations read = ObservationsJson.read(Buffer.buffer("""
                {"brokers": [], "triggers": [{"uid": "t-1", "mood": "good"}], "sources": [
                  {"kind": "RadioSource", "namespace": "shop", "name": "jazz", "conditions": [
                    {"type": "Tuned", "state": "PERHAPS"}, {"type": "Loud", "state": "TRUE"}]}]}
                """));

        // Then
        assertThat(read.triggers().get("t-1").reasons()).isEmpty();
        assertThat(read.sources().get(JAZZ).conditions()).containsOnlyKeys(SourceCondition.isTrue("Loud"));
    }

    @Test
    void of_several_that_know_something_the_worst_counts_whoever_is_asked_first() {
        // Given
        Instant later = NOON.plusSeconds(9);
        var one = new Observations(Map.of("t-1", waiting("KeysBlocked", later)), Map.of(JAZZ, tuned()));
        var other = new Observations(
                Map.of("t-1", waiting("BreakerOpen", NOON), "t-2", losing(NOON)),
                Map.of(JAZZ, source(SourceCondition.isFalse("Tuned", "Noise", ""), Optional.of("no port"))));

        // When
        Observations merged = Observations.merged(List.of(one, other));

        // Then
        assertThat(merged).isEqualTo(Observations.merged(List.of(other, one)));
        assertThat(merged.triggers().get("t-1").reasons()).containsExactly("BreakerOpen");
        assertThat(merged.triggers().get("t-2").reasons()).containsExactly("LostToRetention", "RetentionNear");
        assertThat(merged.sources().get(JAZZ).conditions())
                .containsOnlyKeys(SourceCondition.isFalse("Tuned", "Noise", ""));
        assertThat(merged.sources().get(JAZZ).problem()).contains("no port");
    }

    @Test
    void processes_are_asked_again_and_again_and_a_change_is_told() {
        // Given
        var dispatcher = new Process(Observations.NONE);
        var sources = new Process(new Observations(Map.of(), Map.of(JAZZ, tuned())));
        ObservedElsewhere observed = observe(List.of(dispatcher, sources), "sesame");
        await().atMost(PATIENCE).until(() -> observed.observe(JAZZ).equals(Optional.of(tuned())));
        assertThat(observed.observe("t-1")).isEmpty();

        // When
        dispatcher.observations = new Observations(Map.of("t-1", waiting("BreakerOpen", NOON)), Map.of());

        // Then
        await().atMost(PATIENCE).until(() -> observed.observe("t-1").equals(Optional.of(waiting("BreakerOpen", NOON))));
        await().atMost(PATIENCE).until(() -> changes.get() >= 2);
    }

    @Test
    void who_does_not_answer_any_more_is_believed_for_a_while() {
        // Given
        var sources = new Process(new Observations(Map.of(), Map.of(JAZZ, tuned())));
        var other = new Process(Observations.NONE);
        ObservedElsewhere observed = observe(List.of(sources, other), "sesame");

        await().atMost(PATIENCE).until(() -> observed.observe(JAZZ).equals(Optional.of(tuned())));

        // When
        sources.code = 503;
        other.observations = new Observations(Map.of("t-1", waiting("Paused", NOON)), Map.of());
        await().atMost(PATIENCE).until(() -> observed.observe("t-1").isPresent());

        // Then
        assertThat(observed.observe(JAZZ)).contains(tuned());
    }

    @Test
    void a_source_of_which_nobody_says_that_he_runs_it_is_not_ready() {
        // Given
        var sources = new Process(new Observations(Map.of(), Map.of(JAZZ, tuned())));

        // When: without the token nobody answers
        ObservedElsewhere observed = observe(List.of(sources), "open");

        // Then
        assertThat(observed.observe(JAZZ).orElseThrow().conditions()).hasSize(1).allSatisfy((condition, since) -> {
            assertThat(condition.type()).isEqualTo("Ready");
            assertThat(condition.state()).isEqualTo(SourceCondition.State.UNKNOWN);
            assertThat(condition.reason()).isEqualTo("NotSeenRunning");
        });
    }
}
