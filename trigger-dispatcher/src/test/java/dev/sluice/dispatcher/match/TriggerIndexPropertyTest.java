/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.match;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.api.filter.Filter;
import io.cloudevents.CloudEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * The index finds what evaluating every filter finds, each trigger once, whatever was added, changed and removed before.
 *
 * <p>A failure names its seed: {@code -Dsluice.index.seed=…} runs that round alone.
 */
final class TriggerIndexPropertyTest {

    private static final int ROUNDS = Integer.getInteger("sluice.index.rounds", 500);
    private static final int STEPS = 25;

    private long matches;
    private long misses;
    private int mostResiduals;

    @Test
    void random_events_match_what_evaluating_every_filter_says_between_random_changes() {
        Long only = Long.getLong("sluice.index.seed");
        if (only != null) {
            roundOf(only);
            return;
        }
        long first = System.nanoTime();
        for (int i = 0; i < ROUNDS; i++) {
            roundOf(first + i);
        }
        assertThat(matches).as("matches, not only misses").isGreaterThan(misses / 20);
        assertThat(misses).as("misses, not only matches").isGreaterThan(matches / 20);
        assertThat(mostResiduals).as("residuals, not only keys that decide").isGreaterThan(20);
    }

    /** A defect may show as an exception of the index as well, and that names no seed by itself. */
    private void roundOf(long seed) {
        try {
            round(seed);
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError("round of -Dsluice.index.seed=" + seed + ": " + e.getMessage(), e);
        }
    }

    private void round(long seed) {
        // Given
        Random random = new Random(seed);
        Vocabulary vocabulary = Vocabulary.of(random);
        RandomFilters filters = new RandomFilters(random, vocabulary);
        RandomEvents events = new RandomEvents(random, vocabulary);
        TriggerIndex<Integer> index = new TriggerIndex<>();
        Map<Integer, Filter> expected = new TreeMap<>();
        int population = random.nextInt(5) == 0 ? 400 : 20;
        for (int trigger = random.nextInt(population); trigger >= 0; trigger--) {
            put(index, expected, trigger, filters.next(), seed);
        }

        for (int step = 0; step < STEPS; step++) {
            // When
            change(index, expected, random, population, filters, seed);

            // Then
            CloudEvent event = events.next();
            mostResiduals = Math.max(mostResiduals, index.residuals());
            assertThat(index.size()).isEqualTo(expected.size());
            assertThat(found(index, event))
                    .as("seed %d, step %d, %s among %s", seed, step, event, expected)
                    .isEqualTo(naively(expected, event));
        }
        while (!expected.isEmpty()) {
            remove(index, expected, anyOf(expected, random));
        }
        assertThat(index.isClear()).as("seed %d", seed).isTrue();
    }

    private static void change(
            TriggerIndex<Integer> index,
            Map<Integer, Filter> expected,
            Random random,
            int population,
            RandomFilters filters,
            long seed) {
        switch (random.nextInt(8)) {
            case 0 -> {
                // Most of them at once, so that what was divided is put together again.
                while (expected.size() > random.nextInt(8)) {
                    remove(index, expected, anyOf(expected, random));
                }
            }
            case 1, 2, 3 -> {
                if (!expected.isEmpty()) {
                    remove(index, expected, anyOf(expected, random));
                }
            }
            case 4 -> {
                // Several triggers with one filter.
                Filter filter = filters.next();
                for (int i = random.nextInt(20); i > 0; i--) {
                    put(index, expected, random.nextInt(population), filter, seed);
                }
            }
            default -> put(index, expected, random.nextInt(population), filters.next(), seed);
        }
    }

    private static void put(
            TriggerIndex<Integer> index, Map<Integer, Filter> expected, int trigger, Filter filter, long seed) {
        boolean different = !filter.equals(expected.put(trigger, filter));
        assertThat(index.put(trigger, filter)).as("seed %d", seed).isEqualTo(different);
    }

    private static void remove(TriggerIndex<Integer> index, Map<Integer, Filter> expected, int trigger) {
        expected.remove(trigger);
        assertThat(index.remove(trigger)).isTrue();
        assertThat(index.remove(trigger)).isFalse();
    }

    private static int anyOf(Map<Integer, Filter> expected, Random random) {
        List<Integer> triggers = List.copyOf(expected.keySet());
        return triggers.get(random.nextInt(triggers.size()));
    }

    private static List<Integer> found(TriggerIndex<Integer> index, CloudEvent event) {
        List<Integer> found = new ArrayList<>();
        index.match(event, found);
        found.sort(null);
        return found;
    }

    private List<Integer> naively(Map<Integer, Filter> expected, CloudEvent event) {
        List<Integer> matching = new ArrayList<>();
        expected.forEach((trigger, filter) -> {
            if (filter.matches(event)) {
                matching.add(trigger);
            }
        });
        matches += matching.size();
        misses += expected.size() - matching.size();
        return matching;
    }
}
