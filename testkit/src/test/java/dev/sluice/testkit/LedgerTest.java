/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class LedgerTest {

    private final Ledger ledger = new Ledger().expecting("all").expecting("odd", id -> id.endsWith("1"));

    @Test
    void is_complete_when_every_accepted_event_reached_every_trigger_that_expects_it() {
        accept("a1");
        accept("a2");
        ledger.offered("refused");

        ledger.delivered("all", "a1");
        ledger.delivered("all", "a2");
        ledger.delivered("odd", "a1");

        assertThat(ledger.verify().assertNothingLost().assertNothingDuplicated().isComplete())
                .isTrue();
        assertThat(ledger.offeredCount()).isEqualTo(3);
        assertThat(ledger.acceptedCount()).isEqualTo(2);
    }

    @Test
    void names_trigger_and_id_of_a_lost_event() {
        accept("a1");
        ledger.delivered("odd", "a1");

        assertThat(ledger.verify().lost()).containsExactly(new Ledger.Fault("all", "a1"));
        assertThatThrownBy(() -> ledger.verify().assertNothingLost()).hasMessageContaining("lost 1 [all:a1]");
    }

    @Test
    void names_an_event_that_arrived_twice_or_at_the_wrong_trigger_or_from_nowhere() {
        accept("a2");
        ledger.delivered("all", "a2");
        ledger.delivered("all", "a2");
        ledger.delivered("odd", "a2");
        ledger.delivered("all", "ghost");

        assertThat(ledger.verify().duplicated()).containsExactly(new Ledger.Fault("all", "a2"));
        assertThat(ledger.verify().unexpected())
                .containsExactlyInAnyOrder(new Ledger.Fault("all", "ghost"), new Ledger.Fault("odd", "a2"));
        assertThatThrownBy(() -> ledger.verify().assertNothingDuplicated()).hasMessageContaining("all:a2");
    }

    @Test
    void counts_an_event_that_was_accepted_twice_once() {
        accept("a");
        accept("a");

        assertThat(ledger.acceptedCount()).isEqualTo(1);
    }

    @Test
    void refuses_a_trigger_that_it_was_not_told_of() {
        assertThatThrownBy(() -> ledger.delivered("other", "a"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("other");
    }

    private void accept(String id) {
        ledger.offered(id);
        ledger.accepted(id);
    }
}
