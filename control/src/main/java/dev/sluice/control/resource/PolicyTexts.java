/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.resource;

import dev.sluice.api.event.EventAttribute;
import dev.sluice.api.event.Timestamps;
import dev.sluice.api.routing.RateLimit;
import dev.sluice.api.routing.StartFrom;
import java.time.OffsetDateTime;

/** Reads the values of the annotations that say how a Trigger delivers. */
public final class PolicyTexts {

    /** As many as {@code --max-in-flight} takes. */
    public static final int MOST_IN_FLIGHT = 100_000;

    private static final int MOST_BURST = 100_000_000;

    private static final String BURST = ";burst=";

    private PolicyTexts() {}

    /** @throws IllegalArgumentException if it is no number of requests; the message is the rule, to be read after the value */
    public static int maxInFlight(String text) {
        return wholeNumber("is", text, MOST_IN_FLIGHT);
    }

    /**
     * {@code 100} or {@code 100;burst=200}, events per second.
     *
     * @throws IllegalArgumentException if it is no such limit; the message is the rule, to be read after the value
     */
    public static RateLimit rateLimit(String text) {
        int burst = text.indexOf(BURST);
        double perSecond = decimal(burst < 0 ? text : text.substring(0, burst));
        if (perSecond < RateLimit.LEAST || perSecond > RateLimit.MOST) {
            throw new IllegalArgumentException(
                    "is not a rate from " + RateLimit.LEAST + " to " + (long) RateLimit.MOST);
        }
        return burst < 0
                ? RateLimit.of(perSecond)
                : new RateLimit(
                        perSecond,
                        wholeNumber("has a burst that is", text.substring(burst + BURST.length()), MOST_BURST));
    }

    /** @throws IllegalArgumentException if no attribute has such a name; the message is the rule, to be read after the value */
    public static EventAttribute attribute(String text) {
        try {
            return EventAttribute.named(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("is not a name of lower-case letters and digits", e);
        }
    }

    /**
     * {@code earliest}, {@code latest}, or a time of RFC 3339 such as {@code 2026-01-31T12:00:00Z}.
     *
     * @throws IllegalArgumentException if it is none of them; the message is the rule, to be read after the value
     */
    public static StartFrom startFrom(String text) {
        if (text.equals("earliest")) {
            return StartFrom.Place.EARLIEST;
        }
        if (text.equals("latest")) {
            return StartFrom.Place.LATEST;
        }
        OffsetDateTime time = Timestamps.parse(text);
        if (time == null) {
            throw new IllegalArgumentException("is not earliest, latest or a time of RFC 3339");
        }
        return new StartFrom.Time(time.toInstant());
    }

    private static double decimal(String text) {
        int points = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '.') {
                points++;
            } else if (c < '0' || c > '9') {
                throw notARate();
            }
        }
        // Double.parseDouble takes more than people write: exponents, hexadecimals, "1d".
        if (points > 1 || text.length() == points || text.length() > 20) {
            throw notARate();
        }
        return Double.parseDouble(text);
    }

    private static IllegalArgumentException notARate() {
        return new IllegalArgumentException("is not a rate");
    }

    private static int wholeNumber(String what, String text, int most) {
        int number = 0;
        for (int i = 0; i < text.length(); i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9 || number > most) {
                number = 0;
                break;
            }
            number = number * 10 + digit;
        }
        if (number < 1 || number > most) {
            throw new IllegalArgumentException(what + " not a whole number from 1 to " + most);
        }
        return number;
    }
}
