/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.github;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.sources.github.GitHubApi.Delivery;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DeliveryHistoryTest {

    private static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");

    private final DeliveryHistory history = new DeliveryHistory();
    private long ids;

    private void first(String guid, Duration ago, int status) {
        history.add(new Delivery(++ids, guid, NOW.minus(ago), false, status, "push"));
    }

    private void again(String guid, Duration ago, int status) {
        history.add(new Delivery(++ids, guid, NOW.minus(ago), true, status, "push"));
    }

    private List<String> repeated() {
        return history.toRepeat(NOW, "push"::equals).stream()
                .map(Delivery::guid)
                .toList();
    }

    @Test
    void what_failed_is_repeated_in_the_order_in_which_it_happened() {
        // Given: GitHub tells the latest first
        first("third", Duration.ofMinutes(1), 502);
        first("arrived", Duration.ofMinutes(2), 202);
        first("second", Duration.ofMinutes(3), 503);
        first("first", Duration.ofDays(2), 504);

        // Then
        assertThat(repeated()).containsExactly("first", "second", "third");
    }

    @Test
    void an_event_of_which_one_attempt_arrived_is_not_repeated() {
        // Given
        again("healed", Duration.ofHours(1), 202);
        first("healed", Duration.ofHours(2), 503);

        // Then
        assertThat(repeated()).isEmpty();
    }

    @Test
    void the_first_attempt_is_the_one_that_is_named_so_that_it_is_repeated_once() {
        // Given
        again("stubborn", Duration.ofHours(1), 503);
        first("stubborn", Duration.ofHours(2), 503);

        // When
        List<Delivery> repeated = history.toRepeat(NOW, "push"::equals);

        // Then
        assertThat(repeated)
                .singleElement()
                .satisfies(delivery -> assertThat(delivery.redelivery()).isFalse());
    }

    @Test
    void a_repetition_that_may_be_under_way_is_not_asked_for_again_yet() {
        // Given
        again("recent", DeliveryHistory.BETWEEN_ATTEMPTS.minusSeconds(1), 503);
        first("recent", Duration.ofHours(2), 503);

        // Then
        assertThat(repeated()).isEmpty();
    }

    @Test
    void the_wait_before_another_repetition_doubles_with_each() {
        // Given: the fifth attempt failed
        for (int i = 0; i < 3; i++) {
            again("waits", Duration.ofHours(10 + i), 503);
            again("due", Duration.ofHours(10 + i), 503);
        }
        first("waits", Duration.ofHours(20), 503);
        first("due", Duration.ofHours(20), 503);

        // When
        again("waits", DeliveryHistory.BETWEEN_ATTEMPTS.multipliedBy(8).minusSeconds(1), 503);
        again("due", DeliveryHistory.BETWEEN_ATTEMPTS.multipliedBy(8).plusSeconds(1), 503);

        // Then
        assertThat(repeated()).containsExactly("due");
    }

    @Test
    void an_event_is_given_up_for_its_age_and_for_no_number_of_attempts() {
        // Given
        for (int i = 0; i < 100; i++) {
            again("stubborn", Duration.ofHours(6), 503);
        }

        // When
        first("stubborn", DeliveryHistory.OLDEST.minusSeconds(1), 503);

        // Then
        assertThat(repeated()).containsExactly("stubborn");
    }

    @Test
    void what_github_delivers_no_more_is_left_alone() {
        // Given
        first("old", DeliveryHistory.OLDEST.plusSeconds(1), 503);

        // Then
        assertThat(repeated()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 413, 415, 422})
    void what_was_refused_for_what_it_is_would_be_refused_again(int status) {
        // Given
        first("refused", Duration.ofHours(1), status);

        // Then
        assertThat(repeated()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 301, 401, 404, 429, 500, 502, 503, 504})
    void what_may_have_been_mended_since_is_repeated(int status) {
        // Given
        first("failed", Duration.ofHours(1), status);

        // Then
        assertThat(repeated()).containsExactly("failed");
    }

    @Test
    void an_event_that_nobody_asks_for_is_not_repeated() {
        // Given
        history.add(new Delivery(1, "ping", NOW.minusSeconds(60), false, 502, "ping"));

        // Then
        assertThat(repeated()).isEmpty();
    }

    @Test
    void a_flood_is_repeated_in_parts_the_oldest_first() {
        // Given
        for (int i = 0; i < DeliveryHistory.MOST_AT_ONCE + 10; i++) {
            first("e" + i, Duration.ofMinutes(1000 - i), 503);
        }

        // Then
        assertThat(repeated()).hasSize(DeliveryHistory.MOST_AT_ONCE).startsWith("e0", "e1");
    }
}
