/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.ping;

import java.util.List;
import java.util.Locale;

/**
 * One field of a schedule: the values at which it matches, as bits.
 *
 * @param isRestricted whether it says anything: {@code *} and {@code ?} don't
 */
record CronField(long bits, boolean isRestricted) {

    private static final int SUNDAY_TOO = 7;

    /** What there is to say about a field: its name, its range, and the names that its values have. */
    enum Part {
        SECOND(0, 59, ""),
        MINUTE(0, 59, ""),
        HOUR(0, 23, ""),
        DAY_OF_MONTH(1, 31, ""),
        MONTH(1, 12, "jan feb mar apr may jun jul aug sep oct nov dec"),
        DAY_OF_WEEK(0, SUNDAY_TOO, "sun mon tue wed thu fri sat");

        private final int least;
        private final int most;
        /** Of the values from the least on, with blanks between them. */
        private final String names;

        Part(int least, int most, String names) {
            this.least = least;
            this.most = most;
            this.names = names;
        }

        private String shown() {
            return name().toLowerCase(Locale.ROOT).replace('_', ' ');
        }
    }

    boolean has(int value) {
        return (bits & 1L << value) != 0;
    }

    /** The least value from here on; -1 if there is none. */
    int from(int value) {
        long left = value >= Long.SIZE ? 0 : bits & -1L << value;
        return left == 0 ? -1 : Long.numberOfTrailingZeros(left);
    }

    /** @throws IllegalArgumentException if the text is no such field; the message says the rule */
    static CronField parse(Part part, String text) {
        long bits = 0;
        boolean restricted = false;
        for (String range : text.split(",", -1)) {
            String[] step = range.split("/", -1);
            if (step.length > 2) {
                throw wrong(part, text);
            }
            int every = step.length == 1 ? 1 : number(part, step[1], text);
            boolean all = step[0].equals("*") || step[0].equals("?");
            int first;
            int last;
            if (all) {
                first = part.least;
                last = part == Part.DAY_OF_WEEK ? SUNDAY_TOO - 1 : part.most;
                restricted |= every != 1;
            } else {
                String[] bounds = step[0].split("-", -1);
                if (bounds.length > 2) {
                    throw wrong(part, text);
                }
                first = value(part, bounds[0], text);
                // "5/10" is from 5 on, every 10.
                last = bounds.length == 2 ? value(part, bounds[1], text) : step.length == 2 ? part.most : first;
                restricted = true;
            }
            if (every < 1 || first > last) {
                throw wrong(part, text);
            }
            for (int i = first; i <= last; i += every) {
                bits |= 1L << (part == Part.DAY_OF_WEEK && i == SUNDAY_TOO ? 0 : i);
            }
        }
        return new CronField(bits, restricted);
    }

    private static int value(Part part, String text, String whole) {
        int named = text.isEmpty() ? -1 : List.of(part.names.split(" ")).indexOf(text.toLowerCase(Locale.ROOT));
        int value = named >= 0 ? named + part.least : number(part, text, whole);
        if (value < part.least || value > part.most) {
            throw new IllegalArgumentException(
                    "has a " + part.shown() + " \"" + whole + "\" outside " + part.least + " to " + part.most);
        }
        return value;
    }

    private static int number(Part part, String text, String whole) {
        if (text.isEmpty() || text.length() > 4 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw wrong(part, whole);
        }
        return Integer.parseInt(text);
    }

    private static IllegalArgumentException wrong(Part part, String text) {
        return new IllegalArgumentException("has \"" + text + "\", which is no " + part.shown());
    }
}
