/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.dispatcher.delivery.HeldEvent;
import dev.sluice.testkit.Events;
import io.cloudevents.CloudEvent;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LastResortTest {

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final long START = Long.MAX_VALUE - SECOND / 2;

    private final LastResort lastResort = new LastResort();

    private static HeldEvent event() {
        return new HeldEvent(new ParkedRecord(Events.MINIMAL), 1, () -> {});
    }

    private CloudEvent take(String id, long nowNanos) {
        CloudEvent reply = Events.withId(id);
        lastResort.take(reply, nowNanos);
        return reply;
    }

    @Test
    void one_reply_is_kept_and_no_other_until_nobody_holds_it() {
        // Given
        assertThat(lastResort.admits(event(), START)).isTrue();
        CloudEvent reply = take("r", START);

        // Then
        assertThat(lastResort.admits(event(), START + 1)).isFalse();
        assertThat(lastResort.claim(reply)).isTrue();
        assertThat(lastResort.admits(event(), START + 1)).isFalse();
        lastResort.over();
        assertThat(lastResort.admits(event(), START + 1)).isTrue();
    }

    @Test
    void the_chain_goes_on_at_once() {
        // Given
        take("r", START);
        HeldEvent handedOver = event();
        handedOver.markLastResort();

        // Then
        assertThat(lastResort.admits(handedOver, START + 1)).isTrue();
    }

    @Test
    void an_event_that_others_wait_for_too_does_not_make_two_of_one() {
        // Given
        take("r", START);
        HeldEvent handedOver = new HeldEvent(new ParkedRecord(Events.MINIMAL), 2, () -> {});
        handedOver.markLastResort();

        // Then
        assertThat(lastResort.admits(handedOver, START + 1)).isFalse();
    }

    @Test
    void another_joins_a_chain_that_hangs_every_second_up_to_a_bound() {
        // Given
        long now = START;
        for (int i = 0; i < LastResort.MOST; i++) {
            assertThat(lastResort.admits(event(), now)).as("number %d", i).isTrue();
            take("r" + i, now);
            assertThat(lastResort.admits(event(), now + SECOND - 1)).isFalse();
            now += SECOND;
        }

        // Then
        assertThat(lastResort.admits(event(), now + 100 * SECOND)).isFalse();
    }

    @Test
    void a_reply_that_was_refused_even_so_is_none() {
        // Given
        CloudEvent reply = take("r", START);

        // When
        lastResort.refused(reply);

        // Then
        assertThat(lastResort.claim(reply)).isFalse();
        assertThat(lastResort.admits(event(), START + 1)).isTrue();
    }

    @Test
    void an_equal_event_is_not_the_one_that_was_kept() {
        // Given
        take("r", START);

        // Then
        assertThat(lastResort.claim(Events.withId("r"))).isFalse();
    }
}
