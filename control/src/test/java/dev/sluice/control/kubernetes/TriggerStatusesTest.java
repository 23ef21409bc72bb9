/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.api.routing.ResourceName;
import dev.sluice.control.reconcile.TriggerObservation;
import dev.sluice.control.reconcile.TriggerObservation.Loss;
import dev.sluice.control.reconcile.TriggerObservation.Standstill;
import dev.sluice.control.reconcile.TriggerObserver;
import dev.sluice.control.resource.TriggerStatus;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class TriggerStatusesTest {

    private static final ResourceName PAID = new ResourceName("shop", "paid");
    private static final Instant NOON = Instant.parse("2026-01-31T12:00:00Z");

    private final Map<String, TriggerObservation> observed = new HashMap<>();
    private boolean isKnown = true;
    private long nanos;
    private String uid = "t-1";
    private Map<ResourceName, TriggerStatus> decided = Map.of(PAID, ready());

    private final TriggerStatuses statuses = new TriggerStatuses(
            new TriggerObserver() {
                @Override
                public Optional<TriggerObservation> observe(String of) {
                    return Optional.ofNullable(observed.get(of));
                }

                @Override
                public boolean isKnown() {
                    return isKnown;
                }
            },
            () -> nanos);

    private static TriggerStatus ready() {
        Condition condition = new Condition();
        condition.setType("Ready");
        condition.setStatus("True");
        TriggerStatus status = new TriggerStatus();
        status.setConditions(List.of(condition));
        return status;
    }

    private static TriggerObservation observation(String standstill, long inFlight, boolean hasLost) {
        return new TriggerObservation(
                inFlight,
                standstill.isEmpty() ? Optional.empty() : Optional.of(new Standstill(standstill, "see to it")),
                NOON,
                Optional.of("it answered 503"),
                Optional.empty(),
                hasLost ? Optional.of(new Loss(NOON, "7 records")) : Optional.empty(),
                Optional.empty());
    }

    private boolean look() {
        return statuses.look(decided, name -> uid);
    }

    private List<String> shown() {
        return statuses.statuses().get(PAID).getConditions().stream()
                .map(condition -> condition.getType() + " " + condition.getStatus() + " " + condition.getReason())
                .toList();
    }

    private void pass() {
        nanos += TriggerStatuses.STANDS.toNanos();
    }

    @Test
    void what_a_person_should_notice_shows_at_once_and_goes_when_it_is_over() {
        // Given: events come and go, which is nothing to notice
        observed.put("t-1", observation("", 3, false));
        look();
        assertThat(shown()).containsExactly("Ready True null");
        assertThat(statuses.statuses().get(PAID).getAnnotations()).isNull();

        // When
        observed.put("t-1", observation("BreakerOpen", 3, true));

        // Then
        assertThat(look()).isTrue();
        assertThat(shown())
                .containsExactly("Delivering False BreakerOpen", "Ready True null", "Retained False LostToRetention");
        assertThat(statuses.statuses().get(PAID).getAnnotations()).isNull();

        // When
        observed.remove("t-1");
        pass();

        // Then
        assertThat(look()).isTrue();
        assertThat(shown()).containsExactly("Ready True null");
    }

    @Test
    void what_changes_with_each_event_makes_no_other_status() {
        // Given
        observed.put("t-1", observation("BreakerOpen", 3, false));
        look();
        TriggerStatus before = statuses.statuses().get(PAID);

        // When
        observed.put("t-1", observation("BreakerOpen", 4, false));
        pass();

        // Then
        assertThat(look()).isFalse();
        assertThat(statuses.statuses().get(PAID)).isSameAs(before);
    }

    @Test
    void what_flutters_stands_for_a_while_and_what_is_decided_meanwhile_does_not_wait() {
        // Given
        look();
        observed.put("t-1", observation("BreakerOpen", 3, false));
        look();

        // When
        observed.clear();

        // Then
        assertThat(look()).isFalse();

        // When
        decided = Map.of(PAID, ready());

        // Then
        assertThat(look()).isTrue();
        assertThat(shown()).containsExactly("Delivering False BreakerOpen", "Ready True null");

        // When
        pass();

        // Then
        assertThat(look()).isTrue();
        assertThat(shown()).containsExactly("Ready True null");
    }

    @Test
    void a_decision_alone_has_only_those_looked_at_that_are_new() {
        // Given
        look();
        observed.put("t-1", observation("BreakerOpen", 3, false));
        decided = Map.of(PAID, ready(), new ResourceName("shop", "new"), ready());

        // When
        statuses.decided(decided, name -> name.equals(PAID) ? "t-1" : "t-1-too");

        // Then
        assertThat(shown()).containsExactly("Ready True null");
        assertThat(statuses.statuses()).hasSize(2);

        // When
        observed.put("t-2", observation("Paused", 3, false));
        uid = "t-2";
        statuses.decided(decided, name -> uid);

        // Then
        assertThat(shown()).containsExactly("Delivering False Paused", "Ready True null");
    }

    @Test
    void another_trigger_of_the_same_name_has_nothing_of_the_one_before() {
        // Given
        observed.put("t-1", observation("Paused", 0, false));
        look();

        // When
        uid = "t-2";

        // Then
        assertThat(look()).isTrue();
        assertThat(shown()).containsExactly("Ready True null");
    }

    @Test
    void nothing_is_written_before_it_is_known_what_there_is_to_notice() {
        // Given
        isKnown = false;
        look();
        assertThat(statuses.statuses()).isEmpty();

        // When
        isKnown = true;

        // Then
        assertThat(look()).isTrue();
        assertThat(shown()).containsExactly("Ready True null");
    }
}
