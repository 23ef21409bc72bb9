/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.routing.RoutingTable;
import dev.sluice.api.source.SecretRef;
import dev.sluice.control.reconcile.RadioSourceKind;
import dev.sluice.control.reconcile.Statuses;
import dev.sluice.control.reconcile.View;
import dev.sluice.control.resource.Annotations;
import dev.sluice.control.store.Resources;
import dev.sluice.control.store.Targets;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** With an API server that takes whatever is written, and writes it down. */
final class SourceFinalizerTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");

    private static final String DELETED = "deletionTimestamp: \"" + NOW.minusSeconds(1) + "\",";
    private static final String HELD = "finalizers: [example.com/other, sources.sluice.dev/outside],";
    private static final String WITH_KEY = "key: {name: radio, key: k},";

    /** What was taken down, as the secret values that it was done with. */
    private final List<String> takenDown = new CopyOnWriteArrayList<>();

    private volatile Future<Void> outcome = Future.succeededFuture();
    private volatile List<Reading> present = List.of();
    private volatile Instant now = NOW;
    private volatile int code = 200;
    private ScriptedApiServer apiServer;
    private SourceFinalizer finalizer;

    @BeforeEach
    void begin() throws IOException {
        apiServer = ScriptedApiServer.start(asked -> new ScriptedApiServer.Answer(code, """
                {"apiVersion": "v1", "kind": "RadioSource", "metadata": {"namespace": "shop", "name": "jazz", "resourceVersion": "2"}}
                """));
        finalizer = new SourceFinalizer(
                () -> present,
                new Writes(apiServer.client(), "sluice-sources"),
                (name, definition, secrets) -> {
                    takenDown.add(secrets.whole(new SecretRef("radio", "k")));
                    return outcome;
                },
                new HandClock(() -> now));
    }

    @AfterEach
    void end() {
        finalizer.close();
        apiServer.close();
    }

    private static Reading source(String metadata, String key) {
        return Reading.of(
                WatchedKind.of(new RadioSourceKind()).get(0),
                Serialization.unmarshal("""
                apiVersion: radio.example.com/v1
                kind: RadioSource
                metadata: {namespace: shop, name: jazz, uid: r-1, generation: 1, %s resourceVersion: "1"}
                spec: {frequency: "98.3", %s sink: {uri: "http://sink.example.com/"}}
                """.formatted(metadata, key), GenericKubernetesResource.class),
                null,
                Annotations.OUR_BROKER_CLASS);
    }

    private static View view(boolean withSecret) {
        var secret = new SecretBuilder()
                .withNewMetadata()
                .withNamespace("shop")
                .withName("radio")
                .endMetadata()
                .withStringData(Map.of("k", "key to the station"))
                .build();
        return new View(
                Resources.of(
                        withSecret ? List.of(secret) : List.of(), List.of(), Set.of(), Map.of(), Targets.none(), true),
                Statuses.none(),
                RoutingTable.empty(),
                Map.of());
    }

    private List<String> asked(String what) {
        return apiServer.asked().stream()
                .map(asked -> asked.method() + " " + asked.target() + " " + asked.body())
                .filter(each -> each.startsWith(what))
                .toList();
    }

    private List<String> events() {
        return asked("POST /api/v1/namespaces/shop/events ");
    }

    /** What was written of the finalizers. */
    private List<String> written() {
        return asked("PATCH /apis/radio.example.com/v1/namespaces/shop/radiosources/jazz ");
    }

    private void awaitWritten(String finalizers) {
        await().atMost(PATIENCE).until(() -> !written().isEmpty());
        assertThat(written()).allSatisfy(body -> assertThat(body).contains("\"finalizers\":" + finalizers));
    }

    @Test
    void a_source_that_leaves_something_outside_is_held_and_one_that_does_not_is_let_go() {
        // Given
        present = List.of(source("", WITH_KEY));

        // When
        finalizer.publish(view(true));

        // Then
        awaitWritten("[\"sources.sluice.dev/outside\"]");

        // When: it is held, and leaves nothing any more
        int before = written().size();
        present = List.of(source(HELD, ""));
        finalizer.publish(view(true));

        // Then
        await().atMost(PATIENCE).until(() -> written().size() > before);
        assertThat(written().get(before))
                .contains("\"finalizers\":[\"example.com/other\"]", "\"resourceVersion\":\"1\"");
        assertThat(takenDown).isEmpty();
    }

    @Test
    void what_it_has_set_up_is_taken_down_before_a_source_goes_also_by_a_process_that_never_ran_it() {
        // Given
        present = List.of(source(DELETED + HELD, WITH_KEY));

        // When
        finalizer.publish(view(true));

        // Then: what others hold it up for is theirs
        awaitWritten("[\"example.com/other\"]");
        assertThat(takenDown).containsExactly("key to the station");
        assertThat(events()).isEmpty();
    }

    @Test
    void one_that_is_another_meanwhile_is_looked_at_again() {
        // Given
        present = List.of(source(DELETED + HELD, WITH_KEY));
        code = 409;
        finalizer.publish(view(true));
        await().atMost(PATIENCE).until(() -> !written().isEmpty());

        // When
        now = NOW.plusSeconds(60);
        code = 200;

        // Then: without anybody telling
        await().atMost(PATIENCE).until(() -> written().size() >= 2);
    }

    @Test
    void where_it_can_not_be_taken_down_that_is_told_once_and_the_source_goes_when_its_time_is_over() {
        // Given
        outcome = Future.failedFuture("GitHub is away");
        present = List.of(source(DELETED + HELD, WITH_KEY));

        // When
        finalizer.publish(view(true));

        // Then
        await().atMost(PATIENCE).until(() -> !events().isEmpty());
        assertThat(events()).singleElement().asString().contains("NotTakenDown", "GitHub is away", "sluice-sources");

        // When: it is tried again, and its time is not over
        now = NOW.plus(SourceFinalizer.LONGEST).minusSeconds(1);
        int before = takenDown.size();
        finalizer.publish(view(true));
        await().atMost(PATIENCE).until(() -> takenDown.size() > before);

        // Then
        assertThat(events()).hasSize(1);
        assertThat(written()).isEmpty();

        // When
        now = NOW.plus(SourceFinalizer.LONGEST).plusSeconds(60);
        finalizer.publish(view(true));

        // Then
        awaitWritten("[\"example.com/other\"]");
        assertThat(events().get(1)).contains("LeftBehind", "GitHub is away");
    }

    @Test
    void however_often_something_changes_it_is_not_tried_more_often() {
        // Given
        outcome = Future.failedFuture("ask again in a minute");
        present = List.of(source(DELETED + HELD, WITH_KEY));
        finalizer.publish(view(true));
        await().atMost(PATIENCE).until(() -> !events().isEmpty());

        // When: rounds go on, as one that is to be held is written in each
        present = List.of(present.get(0), source("", WITH_KEY));
        for (int round = 1; round <= 3; round++) {
            int before = written().size();
            finalizer.publish(view(true));
            await().atMost(PATIENCE).until(() -> written().size() > before);
        }

        // Then
        assertThat(takenDown).hasSize(1);
    }

    @Test
    void a_secret_that_is_deleted_with_its_source_is_known_still() {
        // Given
        present = List.of(source(HELD, WITH_KEY));
        finalizer.publish(view(true));

        // When: it is not known when the first round is over, but a change that has to be written is behind it
        present = List.of(source(HELD, WITH_KEY), source("", WITH_KEY));
        finalizer.publish(view(true));
        await().atMost(PATIENCE).until(() -> !written().isEmpty());
        int before = written().size();
        present = List.of(source(DELETED + HELD, WITH_KEY));
        finalizer.publish(view(false));

        // Then
        await().atMost(PATIENCE).until(() -> written().size() > before);
        assertThat(takenDown).containsExactly("key to the station");
        assertThat(events()).isEmpty();
    }

    @Test
    void without_its_secret_a_source_is_held_for_a_moment_only() {
        // Given
        present = List.of(source(DELETED + HELD, WITH_KEY));
        finalizer.publish(view(false));
        await().atMost(PATIENCE).until(() -> events().size() == 1);

        // When
        now = NOW.plus(SourceFinalizer.LEAST).plusSeconds(1);
        finalizer.publish(view(false));

        // Then
        awaitWritten("[\"example.com/other\"]");
        assertThat(events().get(1)).contains("LeftBehind", "there is no Secret shop/radio");
        assertThat(takenDown).isEmpty();
    }

    @Test
    void a_stop_breaks_off_what_another_process_goes_on_with_and_says_nothing_of_it() {
        // Given
        Promise<Void> never = Promise.promise();
        outcome = never.future();
        present = List.of(source(DELETED + HELD, WITH_KEY));
        finalizer.publish(view(true));
        await().atMost(PATIENCE).until(() -> !takenDown.isEmpty());

        // When
        finalizer.close();

        // Then
        await().atMost(PATIENCE)
                .until(() -> Thread.getAllStackTraces().keySet().stream()
                        .noneMatch(thread -> thread.getName().equals("sluice-source-finalizer")));
        assertThat(apiServer.asked()).isEmpty();
    }

    @ParameterizedTest(name = "deleted {0} s ago, tried for {1} s, possible: {2}")
    @CsvSource({
        "10,   10, true,  false",
        "299, 299, true,  false",
        "301, 301, true,  true",
        // A process that has just begun tries for a moment, however long ago it was.
        "86400, 1, true,  false",
        "86400, 31, true, true",
        // Without its Secret it will never be possible, but for one that is not looked up yet.
        "10,   10, false, false",
        "31,   31, false, true",
    })
    void a_source_is_held_up_for_a_time_and_not_for_ever(long deleted, long tried, boolean possible, boolean goes) {
        // When
        boolean tooLate = SourceFinalizer.isTooLate(NOW.minusSeconds(deleted), NOW.minusSeconds(tried), possible, NOW);

        // Then
        assertThat(tooLate).isEqualTo(goes);
    }
}
