/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.webhook;

import dev.sluice.api.source.WebhookOutcome.Refuse;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How far the time at which a request says it was signed may be from that of its arrival, either way: one that was listened
 * in on can't be sent again later, and a clock that is ahead gives nobody a longer time.
 *
 * @param tolerance the longest
 */
record ReplayWindow(Duration tolerance) {

    static final Duration DEFAULT = Duration.ofMinutes(5);

    /** Digits of a number of seconds; the sum of what such a number and any arrival can be is still a long. */
    private static final int MOST_DIGITS = 12;

    /**
     * @param where as errors name it
     * @param seconds since 1970
     */
    @Nullable
    Refuse verify(String where, String seconds, Instant arrival) {
        if (!isNumber(seconds)) {
            return Refusals.unauthorized(
                    where + " is not a number of seconds since 1970", "send one such as 1769860800");
        }
        long apart = arrival.getEpochSecond() - Long.parseLong(seconds);
        if (Math.abs(apart) <= tolerance.toSeconds()) {
            return null;
        }
        return Refusals.unauthorized(
                where + " is " + Math.abs(apart) + " seconds " + (apart > 0 ? "old" : "ahead") + ", and "
                        + tolerance.toSeconds() + " are allowed",
                apart > 0
                        ? "sign each attempt anew, and see that the clocks of both machines are right"
                        : "see that the clocks of both machines are right");
    }

    private static boolean isNumber(String text) {
        if (text.isEmpty() || text.length() > MOST_DIGITS) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return true;
    }
}
