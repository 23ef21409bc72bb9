/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.source.SourceCondition;
import dev.sluice.api.source.SourceName;
import dev.sluice.control.reconcile.SourceObservation;
import dev.sluice.control.reconcile.SourceObserver;
import dev.sluice.control.resource.SourceStatus;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class SourceStatusesTest {

    private static final SourceName JAZZ = new SourceName("RadioSource", new ResourceName("shop", "jazz"));
    private static final Instant NOON = Instant.parse("2026-01-31T12:00:00Z");

    private final Map<SourceName, SourceObservation> observed = new HashMap<>();
    private final SourceStatuses statuses = new SourceStatuses(name -> Optional.ofNullable(observed.get(name)));
    private final Map<SourceName, SourceStatus> decided = Map.of(JAZZ, ready());

    private static SourceStatus ready() {
        SourceStatus status = new SourceStatus();
        status.setConditions(List.of(isTrue("Ready"), isTrue("Tuned")));
        return status;
    }

    private static Condition isTrue(String type) {
        Condition condition = new Condition();
        condition.setType(type);
        condition.setStatus("True");
        return condition;
    }

    private static SourceObservation saying(SourceCondition condition) {
        return new SourceObservation(Map.of(condition, NOON), Optional.empty(), NOON, Optional.empty());
    }

    private String readyOfJazz() {
        return Objects.requireNonNull(statuses.statuses().get(JAZZ))
                .getConditions()
                .get(0)
                .getStatus();
    }

    @Test
    void what_a_source_says_of_itself_shows_and_what_it_does_not_say_any_more_does_not() {
        // Given
        statuses.look(decided);
        boolean before = statuses.look(decided);

        // When
        observed.put(JAZZ, saying(SourceCondition.isFalse("Tuned", "Noise", "only noise")));
        boolean noise = statuses.look(decided);

        // Then
        assertThat(before).isFalse();
        assertThat(noise).isTrue();
        assertThat(readyOfJazz()).isEqualTo("False");

        // When
        observed.clear();

        // Then
        assertThat(statuses.look(decided)).isTrue();
        assertThat(readyOfJazz()).isEqualTo("True");
    }

    @Test
    void a_source_that_says_nothing_new_keeps_the_same_status() {
        // Given
        observed.put(JAZZ, saying(SourceCondition.isTrue("Tuned")));
        statuses.look(decided);
        SourceStatus first = statuses.statuses().get(JAZZ);

        // When
        observed.put(JAZZ, saying(SourceCondition.isTrue("Tuned")));
        boolean changed = statuses.look(decided);

        // Then
        assertThat(changed).isFalse();
        assertThat(statuses.statuses().get(JAZZ)).isSameAs(first);
    }

    @Test
    void the_status_of_a_source_of_which_not_enough_is_known_is_left_as_another_process_wrote_it() {
        // Given
        AtomicBoolean known = new AtomicBoolean();
        SourceStatuses waiting = new SourceStatuses(new SourceObserver() {
            @Override
            public Optional<SourceObservation> observe(SourceName name) {
                return Optional.of(saying(SourceCondition.isTrue("Tuned")));
            }

            @Override
            public boolean isKnown(SourceName name) {
                return known.get();
            }
        });

        // When
        waiting.look(decided);

        // Then
        assertThat(waiting.statuses()).isEmpty();

        // When
        known.set(true);

        // Then
        assertThat(waiting.look(decided)).isTrue();
        assertThat(waiting.statuses()).containsKey(JAZZ);
    }

    @Test
    void a_source_that_is_gone_has_no_status() {
        // Given
        statuses.look(decided);

        // When
        boolean changed = statuses.look(Map.of());

        // Then
        assertThat(changed).isTrue();
        assertThat(statuses.statuses()).isEmpty();
    }
}
