/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.text;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds the name that was probably meant. */
public final class Nearest {

    private Nearest() {}

    /** The candidate that differs from the name in case only, or in few letters; empty if none is near. */
    public static Optional<String> to(String name, Collection<String> candidates) {
        // Beyond this length nothing we know could be meant, and the comparison costs the product of the lengths.
        if (name.length() > 100) {
            return Optional.empty();
        }
        String lower = name.toLowerCase(Locale.ROOT);
        @Nullable String nearest = null;
        int least = Math.max(1, name.length() / 3) + 1;
        for (String candidate : candidates) {
            int distance = distance(lower, candidate.toLowerCase(Locale.ROOT));
            if (distance < least) {
                least = distance;
                nearest = candidate;
            }
        }
        return Optional.ofNullable(nearest);
    }

    /** The remedy {@code did you mean …?}, if a candidate is near. */
    public static Optional<String> suggestion(String name, Collection<String> candidates) {
        return to(name, candidates).map(nearest -> "did you mean " + nearest + "?");
    }

    /** The same behind a sentence: {@code , did you mean …?}, or nothing. */
    public static String phrase(String name, Collection<String> candidates) {
        return suggestion(name, candidates).map(question -> ", " + question).orElse("");
    }

    /** Insertions, deletions, replacements and swaps of neighbours that lead from one to the other. */
    private static int distance(String a, String b) {
        int[][] steps = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    steps[i][j] = i + j;
                    continue;
                }
                int replace = steps[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                steps[i][j] = Math.min(replace, 1 + Math.min(steps[i - 1][j], steps[i][j - 1]));
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    steps[i][j] = Math.min(steps[i][j], steps[i - 2][j - 2] + 1);
                }
            }
        }
        return steps[a.length()][b.length()];
    }
}
