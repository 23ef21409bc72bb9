/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The header {@code Retry-After} (RFC 9110, 10.2.3): whole seconds, or a date in any of the three forms of 5.6.7. */
final class RetryAfter {

    /** Stands for a header that is absent or says nothing that can be understood. */
    static final long ABSENT = -1;

    /** More than any limit that applies; keeps arithmetic with it from overflowing. */
    private static final long MOST_SECONDS = 365L * 24 * 60 * 60;

    private static final List<DateTimeFormatter> DATES = List.of(
            DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US),
            // RFC 850 has two digits of the year; 5.6.7 takes what would be more than 50 years ahead as past.
            new DateTimeFormatterBuilder()
                    .appendPattern("EEEE, dd-MMM-")
                    .appendValueReduced(ChronoField.YEAR, 2, 2, 1980)
                    .appendPattern(" HH:mm:ss 'GMT'")
                    .toFormatter(Locale.US),
            // asctime pads the day with a space.
            new DateTimeFormatterBuilder()
                    .appendPattern("EEE MMM ")
                    .padNext(2)
                    .appendValue(ChronoField.DAY_OF_MONTH)
                    .appendPattern(" HH:mm:ss yyyy")
                    .toFormatter(Locale.US));

    private RetryAfter() {}

    /** The wait in milliseconds from {@code nowMillis}, 0 or more, or {@link #ABSENT}. */
    static long millis(@Nullable String header, long nowMillis) {
        if (header == null || header.isEmpty()) {
            return ABSENT;
        }
        if (header.charAt(0) >= '0' && header.charAt(0) <= '9') {
            return seconds(header);
        }
        for (DateTimeFormatter form : DATES) {
            try {
                Instant at = LocalDateTime.parse(header, form).toInstant(ZoneOffset.UTC);
                return Math.max(0, Math.min(MOST_SECONDS * 1000, at.toEpochMilli() - nowMillis));
            } catch (DateTimeException e) {
                // Not this form; perhaps the next.
            }
        }
        return ABSENT;
    }

    private static long seconds(String digits) {
        long seconds = 0;
        for (int i = 0; i < digits.length(); i++) {
            int digit = digits.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return ABSENT;
            }
            seconds = Math.min(MOST_SECONDS, seconds * 10 + digit);
        }
        return seconds * 1000;
    }
}
