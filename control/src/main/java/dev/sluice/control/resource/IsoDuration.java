/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.resource;

import java.time.DateTimeException;
import java.time.Duration;
import java.util.Locale;

/** Durations as Knative writes them: ISO-8601 with weeks, days, hours, minutes and seconds. */
public final class IsoDuration {

    /** Nothing in an event's delivery waits longer, and no arithmetic on such a duration overflows. */
    public static final Duration LONGEST = Duration.ofDays(365);

    private IsoDuration() {}

    /**
     * @throws IllegalArgumentException if the text is no such duration, is negative, or is longer than {@link #LONGEST};
     *     the message is the rule, to be read after the value
     */
    public static Duration parse(String text) {
        Duration duration;
        try {
            String upper = text.toUpperCase(Locale.ROOT);
            // java.time reads years to weeks and days to seconds in two classes; weeks are the one unit of the former
            // that has a fixed length.
            duration = upper.startsWith("P") && upper.endsWith("W")
                    ? Duration.ofDays(Math.multiplyExact(7L, Long.parseLong(upper.substring(1, upper.length() - 1))))
                    : Duration.parse(text);
        } catch (DateTimeException | ArithmeticException | NumberFormatException e) {
            throw new IllegalArgumentException("is not an ISO-8601 duration", e);
        }
        if (duration.isNegative()) {
            throw new IllegalArgumentException("is negative");
        }
        if (duration.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("is longer than P365D");
        }
        return duration;
    }
}
