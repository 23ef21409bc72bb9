/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.testkit.Ledger;
import dev.sluice.testkit.RecordingSubscriber;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Resources change while events flow: the Trigger that changes loses nothing it should have, and no other notices. */
final class EditsUnderLoadIT {

    private static final Duration PACE = Duration.ofMillis(2);

    @RegisterExtension
    static final Sluice sluice = Sluice.start();

    @RegisterExtension
    final RecordingSubscriber subscriber = RecordingSubscriber.start();

    @RegisterExtension
    final RecordingSubscriber neighbour = RecordingSubscriber.start();

    private final String namespace = Sluice.namespace();
    private Ledger ledger = new Ledger().expecting("edited").expecting("neighbour");

    @Test
    void edits_of_subscriber_filter_and_delivery_lose_and_repeat_nothing() {
        // Given
        start(Manifests.trigger(namespace, "edited", subscriber.uri("/0")));
        subscriber.onRequest(request -> ledger.delivered("edited", request.eventId()));

        try (Load load = load()) {
            // When: each edit is in force before the next is made, and events pass meanwhile
            for (int i = 1; i <= 12; i++) {
                edit(i);
                String place = "/" + i;
                await().atMost(Sluice.PATIENCE)
                        .until(() -> subscriber.count() > 0
                                && subscriber.last().uri().equals(place));
                passes(load, 30);
            }
        }

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> ledger.verify().isComplete());
        ledger.verify().assertNothingLost().assertNothingDuplicated();
        assertThat(ledger.acceptedCount()).isGreaterThan(12 * 30);
    }

    /** Every version matches every event: what one of them leaves out would be no loss, and could not be told from one. */
    private void edit(int i) {
        String[] spec = {
            switch (i % 4) {
                case 0 -> "filters: []";
                case 1 -> "filters: [{prefix: {id: " + namespace + "}}]";
                case 2 -> "filters: [{cesql: EXISTS type}]";
                default -> "filters: [{not: {exact: {type: nobody}}}]";
            },
            "delivery: {retry: " + i + ", backoffPolicy: " + (i % 2 == 0 ? "linear" : "exponential")
                    + ", backoffDelay: PT0.0" + (1 + i % 9) + "S}"
        };
        sluice.write("edited.yaml", Manifests.trigger(namespace, "edited", subscriber.uri("/" + i), spec));
    }

    @Test
    void a_filter_that_is_narrowed_and_widened_leaves_out_what_it_says_and_nothing_else() {
        // Given: an event is either wanted by every version, or by the wide ones alone
        ledger = new Ledger().expecting("edited", id -> id.endsWith("0")).expecting("neighbour");
        start(Manifests.trigger(namespace, "edited", subscriber.uri(), "filters: []"));
        subscriber.onRequest(request -> {
            if (request.eventId().endsWith("0")) {
                ledger.delivered("edited", request.eventId());
            }
        });

        // When
        try (Load load = load()) {
            for (int i = 0; i < 10; i++) {
                String filter = i % 2 == 0 ? "filters: [{suffix: {id: \"0\"}}]" : "filters: []";
                long generation = generation();
                sluice.write("edited.yaml", Manifests.trigger(namespace, "edited", subscriber.uri(), filter));
                await().atMost(Sluice.PATIENCE).until(() -> generation() > generation);
                passes(load, 30);
            }
        }

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> ledger.verify().isComplete());
        ledger.verify().assertNothingLost().assertNothingDuplicated();
    }

    @Test
    void a_trigger_that_is_deleted_and_created_again_gets_what_is_accepted_while_it_is_ready() {
        // Given: the ids of those that were accepted while it was Ready, from before the request to after its answer
        start(Manifests.trigger(namespace, "edited", subscriber.uri()));
        Set<String> got = ConcurrentHashMap.newKeySet();
        var repeated = new AtomicLong();
        subscriber.onRequest(request -> {
            if (!got.add(request.eventId())) {
                repeated.incrementAndGet();
            }
        });
        List<String> owed = new ArrayList<>();

        // When
        try (Load load = load()) {
            for (int i = 0; i < 6; i++) {
                for (int n = 0; n < 20; n++) {
                    String id = namespace + "-owed-" + i + "-" + n;
                    ledger.offered(id);
                    sluice.send(namespace, dev.sluice.testkit.Events.withId(id));
                    ledger.accepted(id);
                    owed.add(id);
                }
                // What it has not delivered yet when it is deleted is discarded with it, so that is awaited first.
                await().atMost(Sluice.PATIENCE).until(() -> got.containsAll(owed));
                sluice.delete("edited.yaml");
                await().atMost(Sluice.PATIENCE)
                        .until(() ->
                                sluice.resource("triggers", namespace, "edited").isMissingNode());
                sluice.write("edited.yaml", Manifests.trigger(namespace, "edited", subscriber.uri()));
                sluice.awaitReady("triggers", namespace, "edited");
                passes(load, 10);
            }
        }

        // Then
        assertThat(repeated).hasValue(0);
        await().atMost(Sluice.PATIENCE).until(() -> ledger.deliveredCount("neighbour") == ledger.acceptedCount());
    }

    @Test
    void a_thousand_triggers_that_come_and_go_disturb_nobody() {
        // Given
        start(Manifests.trigger(namespace, "edited", subscriber.uri()));
        Set<String> others = ConcurrentHashMap.newKeySet();
        subscriber.onRequest(request -> {
            if (request.uri().equals("/")) {
                ledger.delivered("edited", request.eventId());
            } else {
                others.add(request.uri());
            }
        });

        try (Load load = Load.start(sluice, sluice.ingress(namespace), namespace, ledger, Duration.ofMillis(10))) {
            // When: ten files of a hundred each, of which every tenth matches all that is sent
            for (int file = 0; file < 10; file++) {
                sluice.write("many-" + file + ".yaml", hundred(file));
            }
            await().atMost(Sluice.PATIENCE.multipliedBy(3))
                    .until(() -> sluice.ready("triggers", namespace, "t-999").equals("True"));
            passes(load, 50);
            await().atMost(Sluice.PATIENCE).until(() -> others.contains("/t-990"));
            for (int file = 0; file < 10; file++) {
                sluice.delete("many-" + file + ".yaml");
            }
            await().atMost(Sluice.PATIENCE.multipliedBy(3))
                    .until(() -> sluice.resource("triggers", namespace, "t-999").isMissingNode());
            passes(load, 50);
        }

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> ledger.verify().isComplete());
        ledger.verify().assertNothingLost().assertNothingDuplicated();
    }

    private String[] hundred(int file) {
        String[] triggers = new String[100];
        for (int i = 0; i < 100; i++) {
            int n = file * 100 + i;
            String wanted = i % 10 == 0 ? namespace : "nobody-" + n;
            triggers[i] = Manifests.trigger(
                    namespace, "t-" + n, subscriber.uri("/t-" + n), "filters: [{prefix: {id: " + wanted + "}}]");
        }
        return triggers;
    }

    @AfterAll
    static void the_process_agrees_with_itself() {
        CounterLaw.awaitSelfCheck(sluice);
    }

    @AfterEach
    void the_neighbour_noticed_nothing_and_the_counters_agree() {
        await().atMost(Sluice.PATIENCE).until(() -> ledger.deliveredCount("neighbour") == ledger.acceptedCount());
        assertThat(ledger.verify().duplicated())
                .filteredOn(fault -> fault.trigger().equals("neighbour"))
                .isEmpty();
        CounterLaw.awaitSettled(sluice, namespace);
    }

    private void start(String edited) {
        neighbour.onRequest(request -> ledger.delivered("neighbour", request.eventId()));
        sluice.apply(namespace, Manifests.trigger(namespace, "neighbour", neighbour.uri()));
        sluice.write("edited.yaml", edited);
        sluice.awaitReady("triggers", namespace, "edited");
    }

    private Load load() {
        return Load.start(sluice, sluice.ingress(namespace), namespace, ledger, PACE);
    }

    /** Waits until so many more events have been sent. */
    private static void passes(Load load, int events) {
        long until = load.sent() + events;
        await().atMost(Sluice.PATIENCE).until(() -> load.sent() >= until);
        assertThat(load.refusals()).isEmpty();
    }

    private long generation() {
        return sluice.resource("triggers", namespace, "edited")
                .at("/status/observedGeneration")
                .asLong();
    }
}
