/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.plane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.api.routing.Destination;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.source.AdapterSetup;
import dev.sluice.api.source.EventDescription;
import dev.sluice.api.source.SecretValues;
import dev.sluice.api.source.SourceAdapter;
import dev.sluice.api.source.SourceDefinition;
import dev.sluice.api.source.SourceName;
import dev.sluice.api.source.SourceRoute;
import dev.sluice.api.source.SourceTable;
import dev.sluice.control.reconcile.SourceObservation;
import dev.sluice.control.reconcile.SourceObserver;
import dev.sluice.control.resource.SourceStatus;
import io.fabric8.kubernetes.api.model.Condition;
import io.vertx.core.Future;
import java.net.URI;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class SingleSourcesTest {

    private static final SourceName HOOK = new SourceName("HookSource", new ResourceName("shop", "hook"));
    private static final SourceName CLOCK = new SourceName("ClockSource", new ResourceName("shop", "clock"));

    private static final Instant BEGIN = Instant.parse("2026-05-01T08:00:00Z");

    private record Definition(boolean isSingle) implements SourceDefinition {

        @Override
        public List<EventDescription> events() {
            return List.of();
        }

        @Override
        public SourceAdapter adapter(AdapterSetup setup) {
            return new SourceAdapter() {};
        }
    }

    private final List<SourceTable> applied = new ArrayList<>();
    private final List<Consumer<Boolean>> candidates = new ArrayList<>();
    private final SingleSources sources = new SingleSources(
            table -> {
                applied.add(table);
                return Future.succeededFuture();
            },
            candidates::add,
            Clock.fixed(BEGIN, ZoneOffset.UTC));

    private static SourceTable table(SourceName... names) {
        Map<SourceName, SourceRoute> routes = new HashMap<>();
        for (SourceName name : names) {
            routes.put(
                    name,
                    new SourceRoute(
                            name,
                            "uid-of-" + name.name().name(),
                            1,
                            new Definition(name.equals(CLOCK)),
                            new Destination(URI.create("http://sink/"), Optional.empty(), Optional.empty()),
                            Map.of(),
                            SecretValues.none()));
        }
        return new SourceTable(routes, Map.of());
    }

    private SourceTable last() {
        return applied.get(applied.size() - 1);
    }

    @Test
    void who_has_nothing_that_must_run_once_is_no_candidate() {
        // When
        sources.apply(table(HOOK));

        // Then
        assertThat(candidates).isEmpty();
        assertThat(last()).isEqualTo(table(HOOK));
    }

    @Test
    void what_must_run_once_waits_for_the_election_and_the_others_do_not() {
        // When
        sources.apply(table(HOOK, CLOCK));

        // Then
        assertThat(candidates).hasSize(1);
        assertThat(last().sources()).containsOnlyKeys(HOOK);
        // What is not there at all would be taken down for good.
        assertThat(last().waiting()).containsOnlyKeys(CLOCK);

        // When
        candidates.get(0).accept(true);

        // Then
        assertThat(last()).isEqualTo(table(HOOK, CLOCK));
    }

    @Test
    void who_is_elected_no_more_ends_what_must_run_once_whatever_changes() {
        // Given
        sources.apply(table(HOOK, CLOCK));
        candidates.get(0).accept(true);

        // When
        candidates.get(0).accept(false);
        SourceTable lost = last();
        sources.apply(table(CLOCK));

        // Then
        assertThat(lost.sources()).containsOnlyKeys(HOOK);
        assertThat(last().sources()).isEmpty();
        assertThat(last().waiting()).containsOnlyKeys(CLOCK);
        assertThat(candidates).hasSize(1);
    }

    @Test
    void of_what_is_left_to_the_elected_process_nobody_else_says_that_it_is_ready() {
        // Given
        AtomicReference<Optional<SourceObservation>> here = new AtomicReference<>(Optional.empty());
        SourceObserver observer = sources.observer(name -> name.equals(CLOCK) ? here.get() : Optional.empty());

        // When
        sources.apply(table(HOOK, CLOCK));

        // Then
        assertThat(observer.observe(HOOK)).isEmpty();
        assertThat(observer.observe(CLOCK).map(SingleSourcesTest::shown))
                .contains("Ready Unknown InOtherProcesses " + BEGIN);
        assertThat(observer.observe(new SourceName("ClockSource", new ResourceName("shop", "none"))))
                .isEmpty();

        // When: elected, it has yet to begin
        candidates.get(0).accept(true);

        // Then
        assertThat(observer.observe(CLOCK).map(SingleSourcesTest::shown))
                .contains("Ready Unknown InOtherProcesses " + BEGIN);

        // When
        SourceObservation running = new SourceObservation(Map.of(), Optional.empty(), BEGIN, Optional.empty());
        here.set(Optional.of(running));

        // Then
        assertThat(observer.observe(CLOCK)).contains(running);

        // When
        candidates.get(0).accept(false);

        // Then
        assertThat(observer.observe(CLOCK)).isPresent().get().isNotEqualTo(running);
    }

    /** In the status of one that is Ready as far as was decided. */
    private static String shown(SourceObservation observation) {
        Condition ready = new Condition();
        ready.setType("Ready");
        ready.setStatus("True");
        SourceStatus decided = new SourceStatus();
        decided.setConditions(List.of(ready));
        Condition shown = observation.shownIn(decided).getConditions().get(0);
        return String.join(" ", shown.getType(), shown.getStatus(), shown.getReason(), shown.getLastTransitionTime());
    }
}
