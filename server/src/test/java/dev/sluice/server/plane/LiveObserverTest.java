/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.plane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.api.routing.ResourceName;
import dev.sluice.control.reconcile.TriggerObservation;
import dev.sluice.control.reconcile.TriggerObservation.Standstill;
import dev.sluice.dispatcher.delivery.TriggerStats;
import dev.sluice.dispatcher.delivery.TriggerStats.Hold;
import dev.sluice.dispatcher.delivery.TriggerStats.HoldReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class LiveObserverTest {

    private static final Instant SINCE = Instant.parse("2026-11-21T09:30:00Z");

    @ParameterizedTest
    @CsvSource({
        "PAUSED, Paused, sluice.dev/paused",
        "DEAD_LETTER_STORE_FULL, DeadLetterStoreFull, --dead-letter-capacity",
        "SUBSCRIBER_UNAVAILABLE, BreakerOpen, it said so",
        "KEYS_BLOCKED, KeysBlocked, dead letter sink"
    })
    void what_holds_a_trigger_has_a_reason_of_its_own_and_says_what_to_do_or_what_is_wrong(
            HoldReason held, String reason, String said) {
        // When
        Standstill standstill = standstill(held);

        // Then
        assertThat(standstill.reason()).isEqualTo(reason);
        assertThat(standstill.message()).contains(said);
    }

    @ParameterizedTest
    @EnumSource
    void every_reason_stands_in_the_docs(HoldReason held) throws IOException {
        String page = Files.readString(Path.of("..", "docs", "resources.md"));

        assertThat(page).contains("`" + standstill(held).reason() + "`: ");
    }

    @Test
    void of_a_trigger_that_is_not_there_nothing_is_known() {
        assertThat(new LiveObserver(uid -> Optional.empty()).observe("gone")).isEmpty();
    }

    private static Standstill standstill(HoldReason reason) {
        TriggerObservation observed = new LiveObserver(uid -> Optional.of(stats(uid, new Hold(reason, "it said so"))))
                .observe("uid")
                .orElseThrow();
        assertThat(observed.since()).isEqualTo(SINCE);
        return observed.standstill().orElseThrow();
    }

    private static TriggerStats stats(String uid, Hold hold) {
        return new TriggerStats(
                new ResourceName("shop", "orders"),
                uid,
                new ResourceName("shop", "default"),
                1,
                0,
                Map.of(),
                0,
                1,
                0,
                0,
                0,
                0,
                0,
                Optional.of(hold),
                SINCE,
                Optional.empty(),
                Optional.empty(),
                0,
                1,
                Optional.empty(),
                Optional.empty());
    }
}
