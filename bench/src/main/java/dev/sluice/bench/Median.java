/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The median of some measurements, with an interval that holds the true median in 95 of 100 cases whatever the
 * distribution is: the measurements at the ranks of the sign test. With fewer than six there is no such interval, and it is
 * the whole spread.
 */
record Median(double value, double low, double high) {

    private static final double TAIL = 0.025;

    static Median of(List<Double> measured) {
        if (measured.isEmpty()) {
            throw new IllegalArgumentException("nothing was measured");
        }
        List<Double> sorted = new ArrayList<>(measured);
        sorted.sort(null);
        int n = sorted.size();
        double median = (sorted.get((n - 1) / 2) + sorted.get(n / 2)) / 2;
        int outside = ranksOutside(n);
        return new Median(median, sorted.get(outside), sorted.get(n - 1 - outside));
    }

    /** How many measurements at each end lie outside of the interval. */
    private static int ranksOutside(int n) {
        double probability = Math.pow(0.5, n);
        double below = probability;
        int ranks = 0;
        while (below <= TAIL) {
            ranks++;
            probability = probability * (n - ranks + 1) / ranks;
            below += probability;
        }
        return Math.max(0, ranks - 1);
    }

    /** As {@code 1.32 (1.28 to 1.37)}. */
    String text(int decimals) {
        String number = "%." + decimals + "f";
        return String.format(Locale.ROOT, number + " (" + number + " to " + number + ")", value, low, high);
    }
}
