/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.config;

import java.util.Optional;

/** The name that somebody meant who wrote one that does not exist. */
public final class Suggestion {

    private Suggestion() {}

    /** The nearest of the known names, if one is near enough to be what was meant. */
    public static Optional<String> nearest(String written, Iterable<String> known) {
        String best = null;
        // Two letters that changed places, or one slip in three; beyond that a suggestion is a guess.
        int bestDistance = (written.length() <= 3 ? 1 : Math.max(2, written.length() / 3)) + 1;
        for (String candidate : known) {
            int distance = distance(written, candidate);
            if (distance < bestDistance) {
                best = candidate;
                bestDistance = distance;
            }
        }
        return Optional.ofNullable(best);
    }

    /** {@code , did you mean NAME?}, or nothing. */
    public static String phrase(String written, Iterable<String> known) {
        return nearest(written, known)
                .map(name -> ", did you mean " + name + "?")
                .orElse("");
    }

    /** Levenshtein's: insertions, deletions and replacements. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j < row.length; j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[row.length - 1];
    }
}
