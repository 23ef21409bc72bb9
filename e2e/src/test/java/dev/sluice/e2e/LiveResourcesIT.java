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
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * Files of the folder change while events flow. Each test changes something else, and after each the ledger shows that a
 * trigger which nobody touched has missed nothing and seen nothing twice.
 */
@Isolated("measures how long a change takes")
final class LiveResourcesIT {

    @RegisterExtension
    static final Sluice sluice = Sluice.start();

    @RegisterExtension
    static final RecordingSubscriber bystander = RecordingSubscriber.start();

    /** One for each test: what another test's triggers still had on its way must not be counted here. */
    @RegisterExtension
    final RecordingSubscriber subscriber = RecordingSubscriber.start();

    private final String namespace = Sluice.namespace();
    private final Set<String> seen = ConcurrentHashMap.newKeySet();
    private final Ledger ledger = new Ledger().expecting("bystander");
    private Load load;

    @BeforeEach
    void events_flow_through_a_trigger_that_nobody_touches() {
        subscriber.onRequest(request -> seen.add(request.uri()));
        bystander.onRequest(request -> ledger.delivered("bystander", request.eventId()));
        sluice.apply(namespace, Manifests.trigger(namespace, "bystander", bystander.uri()));
        load = Load.start(sluice, sluice.ingress(namespace), namespace, ledger, Duration.ofMillis(5));
    }

    @AfterEach
    void the_bystander_has_got_every_event_once() {
        long before = load.sent();
        await().atMost(Sluice.PATIENCE).until(() -> load.sent() > before + 100);
        load.close();
        assertThat(load.refusals()).isEmpty();
        await().atMost(Sluice.PATIENCE).until(() -> ledger.verify().isComplete());
        ledger.verify().assertNothingLost().assertNothingDuplicated();
        assertThat(ledger.acceptedCount()).isGreaterThan(100);
    }

    @Test
    void a_trigger_that_is_added_takes_effect_within_a_second() {
        promptly(i -> {
            // When
            sluice.write("added-" + i + ".yaml", Manifests.trigger(namespace, "added-" + i, subscriber.uri("/" + i)));

            // Then
            return () -> seen.contains("/" + i);
        });
        assertThat(sluice.ready("triggers", namespace, "added-0")).isEqualTo("True");
    }

    @Test
    void a_broker_that_is_added_takes_effect_within_a_second() {
        promptly(i -> {
            // Given
            URI ingress = sluice.process().ingress(namespace, "another-" + i);
            assertThat(sluice.post(ingress, Events.MINIMAL).statusCode()).isEqualTo(404);

            // When
            sluice.write("broker-" + i + ".yaml", Manifests.broker(namespace, "another-" + i));

            // Then
            return () -> sluice.post(ingress, Events.MINIMAL).statusCode() == 202;
        });
    }

    @Test
    void a_filter_that_is_changed_takes_effect_within_a_second() {
        promptly(i -> {
            // Given
            String name = "changed-" + i;
            URI uri = subscriber.uri("/" + i);
            sluice.write(name + ".yaml", Manifests.trigger(namespace, name, uri, none()));
            sluice.awaitReady("triggers", namespace, name);
            assertThat(seen).doesNotContain("/" + i);

            // When
            sluice.write(name + ".yaml", Manifests.trigger(namespace, name, uri));

            // Then
            return () -> seen.contains("/" + i);
        });
        assertThat(generation("changed-0")).isEqualTo(2);
    }

    @Test
    void a_trigger_that_is_deleted_is_gone_within_a_second() {
        promptly(i -> {
            // Given
            String name = "deleted-" + i;
            sluice.write(name + ".yaml", Manifests.trigger(namespace, name, subscriber.uri("/" + i)));
            await().atMost(Sluice.PATIENCE).until(() -> seen.contains("/" + i));

            // When
            sluice.delete(name + ".yaml");

            // Then
            return () -> sluice.resource("triggers", namespace, name).isMissingNode();
        });
        // A deletion is shown a little before it is in force; the series of a trigger go when it is.
        await().atMost(Sluice.PATIENCE)
                .until(() -> sluice.get(sluice.process().admin("/metrics"))
                        .body()
                        .lines()
                        .filter(line -> line.contains("namespace=\"" + namespace + "\""))
                        .noneMatch(line -> line.contains("trigger=\"deleted-")));
        // What was on its way then may still arrive, and nothing that is sent from now on.
        long sent = load.sent();
        await().atMost(Sluice.PATIENCE).until(() -> ledger.deliveredCount("bystander") > sent + 200);
        assertThat(subscriber.ids()).allSatisfy(id -> assertThat(numberOf(id)).isLessThan(sent));
    }

    @Test
    void a_file_that_breaks_leaves_its_last_good_version_in_force_and_is_mended_within_a_second() {
        // Given
        sluice.write("fragile.yaml", Manifests.trigger(namespace, "fragile", subscriber.uri("/before")));
        sluice.awaitReady("triggers", namespace, "fragile");

        // When
        sluice.write("fragile.yaml", Manifests.trigger(namespace, "fragile", subscriber.uri("/before")) + "  oops\n");

        // Then
        sluice.process().awaitStderr("fragile\\.yaml:\\d+.*", Sluice.PATIENCE);
        long before = subscriber.count();
        await().atMost(Sluice.PATIENCE).until(() -> subscriber.count() > before);
        assertThat(subscriber.last().uri()).isEqualTo("/before");
        assertThat(sluice.get(sluice.process().admin("/api/v1/problems")).body())
                .contains("fragile.yaml");

        promptly(i -> {
            // When
            sluice.write("fragile.yaml", Manifests.trigger(namespace, "fragile", subscriber.uri("/after-" + i)));

            // Then
            return () -> seen.contains("/after-" + i);
        });
        assertThat(sluice.get(sluice.process().admin("/api/v1/problems")).body())
                .doesNotContain("fragile.yaml");
    }

    @Test
    void an_invalid_document_does_not_hold_back_the_others_of_its_file() {
        // When
        sluice.write(
                "mixed.yaml",
                Manifests.trigger(namespace, "invalid", subscriber.uri("/invalid"), "delivery: {retry: three}"),
                Manifests.trigger(namespace, "valid", subscriber.uri("/valid")));

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> subscriber.count() > 0);
        assertThat(subscriber.last().uri()).isEqualTo("/valid");
        String line = sluice.process().awaitStderr("mixed\\.yaml.*retry", Sluice.PATIENCE);
        assertThat(line).contains("three").contains("document 1").contains(namespace + "/invalid");
    }

    @Test
    void files_of_editors_are_not_read() throws IOException {
        // Given
        String trigger = Manifests.trigger(namespace, "temporary", subscriber.uri());

        // When: what vim, emacs and others leave beside the file that is being edited, and after it one that counts
        for (String name : new String[] {"t.yaml~", ".t.yaml.swp", "#t.yaml#", ".#t.yaml", "4913", "t.yaml.tmp"}) {
            Files.writeString(sluice.folder().resolve(name), trigger);
        }
        sluice.write("counts.yaml", Manifests.trigger(namespace, "counts", subscriber.uri("/counts")));
        sluice.awaitReady("triggers", namespace, "counts");

        // Then
        assertThat(sluice.resource("triggers", namespace, "temporary").isMissingNode())
                .isTrue();
    }

    @Test
    void a_file_that_is_half_written_does_no_harm() throws IOException {
        // Given
        sluice.write("slow.yaml", Manifests.trigger(namespace, "slow", subscriber.uri("/before")));
        sluice.awaitReady("triggers", namespace, "slow");
        String changed = Manifests.trigger(namespace, "slow", subscriber.uri("/after"));
        int half = changed.indexOf("subscriber:") + 5;

        // When: half of it, for so long that another change has been taken meanwhile
        Path file = Files.writeString(sluice.folder().resolve("slow.yaml"), changed.substring(0, half));
        sluice.write("probe.yaml", Manifests.trigger(namespace, "probe", subscriber.uri("/probe"), none()));
        sluice.awaitReady("triggers", namespace, "probe");

        // Then
        long before = subscriber.count();
        await().atMost(Sluice.PATIENCE).until(() -> subscriber.count() > before);
        assertThat(subscriber.last().uri()).isEqualTo("/before");

        // When
        Files.writeString(file, changed.substring(half), StandardOpenOption.APPEND);

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> seen.contains("/after"));
    }

    @Test
    void a_file_saved_by_renaming_keeps_its_trigger() throws IOException {
        // Given
        sluice.write("saved.yaml", Manifests.trigger(namespace, "saved", subscriber.uri("/before")));
        sluice.awaitReady("triggers", namespace, "saved");
        String uid = uid("saved");

        // When: the old file is moved away first, as vim does, so for a moment there is none
        Path file = sluice.folder().resolve("saved.yaml");
        Files.move(file, sluice.folder().resolve("saved.yaml~"));
        Files.writeString(file, Manifests.trigger(namespace, "saved", subscriber.uri("/after")));

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> seen.contains("/after"));
        assertThat(uid("saved")).isEqualTo(uid);
        assertThat(generation("saved")).isEqualTo(2);
    }

    @Test
    void a_trigger_may_come_before_its_broker() {
        // Given
        sluice.write(
                "early.yaml",
                Manifests.trigger(namespace, "early", subscriber.uri()).replace("broker: default", "broker: late"));
        await().atMost(Sluice.PATIENCE)
                .until(() -> sluice.ready("triggers", namespace, "early").equals("False"));
        assertThat(sluice.condition("triggers", namespace, "early", "BrokerReady")
                        .path("reason")
                        .asText())
                .isEqualTo("BrokerDoesNotExist");

        // When
        sluice.write("late.yaml", Manifests.broker(namespace, "late"));

        // Then
        await().atMost(Sluice.PATIENCE)
                .until(() -> sluice.ready("triggers", namespace, "early").equals("True"));
        sluice.post(sluice.process().ingress(namespace, "late"), Events.MINIMAL);
        await().atMost(Sluice.PATIENCE).until(() -> subscriber.count() == 1);
    }

    @Test
    void a_broker_can_not_be_changed_under_its_trigger() {
        // Given
        sluice.write("moved.yaml", Manifests.trigger(namespace, "moved", subscriber.uri()));
        sluice.awaitReady("triggers", namespace, "moved");
        String moved =
                Manifests.trigger(namespace, "moved", subscriber.uri()).replace("broker: default", "broker: other");

        // When
        sluice.write("moved.yaml", moved);

        // Then
        String line = sluice.process().awaitStderr("moved\\.yaml.*spec\\.broker", Sluice.PATIENCE);
        assertThat(line).contains(namespace + "/moved");
        assertThat(sluice.resource("triggers", namespace, "moved")
                        .path("spec")
                        .path("broker")
                        .asText())
                .isEqualTo("default");
    }

    /** Of an event of the load. */
    private static long numberOf(String id) {
        return Long.parseLong(id.substring(id.lastIndexOf('-') + 1));
    }

    private static String none() {
        return "filter: {attributes: {type: no.such.type}}";
    }

    /**
     * Makes the same change several times, each of something else, and takes the time until it is a fact. A busy machine may
     * take one of them its time; all of them can't be late.
     */
    private static void promptly(IntFunction<Callable<Boolean>> change) {
        List<Duration> took = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            Callable<Boolean> fact = change.apply(i);
            long begin = System.nanoTime();
            await().pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(10))
                    .atMost(Sluice.PATIENCE)
                    .until(fact);
            took.add(Duration.ofNanos(System.nanoTime() - begin));
        }
        assertThat(took).anySatisfy(each -> assertThat(each).isLessThan(Sluice.EFFECT));
    }

    private String uid(String trigger) {
        return sluice.resource("triggers", namespace, trigger)
                .path("metadata")
                .path("uid")
                .asText();
    }

    private int generation(String trigger) {
        return sluice.resource("triggers", namespace, trigger)
                .path("metadata")
                .path("generation")
                .asInt();
    }
}
