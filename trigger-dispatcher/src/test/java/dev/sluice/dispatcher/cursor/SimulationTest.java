/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.cursor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/**
 * Many short runs of {@link Simulation}: 20,000 in a build, and 100,000 with {@code -Psoak}.
 * {@code -Dsluice.simulation.seed=N -Dsluice.simulation.runs=1} repeats the one that failed.
 */
class SimulationTest {

    private static final long FIRST = Long.getLong("sluice.simulation.seed", 1);
    private static final int RUNS = Integer.getInteger("sluice.simulation.runs", 20_000);

    @Test
    void no_interleaving_loses_doubles_or_reorders_an_event() {
        long deliveries = 0;
        long again = 0;
        long waits = 0;
        long full = 0;
        for (long seed = FIRST; seed < FIRST + RUNS; seed++) {
            Simulation simulation = new Simulation(seed);
            try {
                simulation.run();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
            }
            deliveries += simulation.deliveries;
            again += simulation.again;
            waits += simulation.waits;
            full += simulation.full;
        }
        if (RUNS >= 1_000) {
            // The runs did get somewhere.
            assertThat(deliveries).isGreaterThan(20L * RUNS);
            assertThat(again).isGreaterThan(RUNS / 10);
            assertThat(waits).isGreaterThan(RUNS / 10);
            assertThat(full).isGreaterThan(RUNS / 200);
        }
    }
}
