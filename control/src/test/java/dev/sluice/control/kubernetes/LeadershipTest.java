/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class LeadershipTest {

    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5); // Nanoseconds begin anywhere, and overflow.
    private final List<Boolean> told = new ArrayList<>();
    private final Leadership.Term term = new Leadership.Term(Duration.ofNanos(100), now::get, told::add);

    private void pass(long nanos) {
        now.addAndGet(nanos);
        term.look();
    }

    @Test
    void who_was_elected_leads_as_long_as_the_lease_is_renewed() {
        // Given
        term.renewed(now.get());
        term.elected(true);

        // When
        pass(99);
        term.renewed(now.get());
        pass(99);

        // Then
        assertThat(told).containsExactly(true);
    }

    @Test
    void who_gets_no_answer_ceases_by_itself_and_goes_on_when_the_answer_comes() {
        // Given
        term.renewed(now.get());
        term.elected(true);

        // When
        pass(100);

        // Then
        assertThat(told).containsExactly(true, false);

        // When: what was asked long ago is answered, and then what was asked just now
        long longAgo = now.get() - 100;
        term.renewed(longAgo);
        boolean leadsByAnOldAnswer = told.size() > 2;
        term.renewed(now.get());

        // Then
        assertThat(leadsByAnOldAnswer).isFalse();
        assertThat(told).containsExactly(true, false, true);
    }

    @Test
    void who_is_not_elected_does_not_lead_whatever_it_renews() {
        // Given
        term.renewed(now.get());
        term.elected(true);

        // When
        term.elected(false);
        term.renewed(now.get());
        pass(1);

        // Then
        assertThat(told).containsExactly(true, false);
    }
}
