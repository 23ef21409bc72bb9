/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The law of the counters, checked by what {@code /metrics} says: for every trigger, what it matched has ended or is in
 * flight. The terms are counted independently, so an event that got lost on the way shows as a difference.
 */
final class CounterLaw {

    private static final Pattern SERIES =
            Pattern.compile("^(sluice_[a-z_]+)\\{([^}]*)}\\s+([-+0-9.eE]+)$", Pattern.MULTILINE);
    private static final Pattern LABEL = Pattern.compile("(\\w+)=\"([^\"]*)\"");

    /** What adds to the events that a trigger has to bring to an end, and what takes from them. */
    private static final Map<String, Integer> TERMS = Map.of(
            "sluice_trigger_matched_total", 1,
            "sluice_trigger_taken_over_total", 1,
            "sluice_trigger_ended_total", -1,
            "sluice_trigger_handed_over_total", -1,
            "sluice_trigger_in_flight", -1);

    private CounterLaw() {}

    /** Waits until every event of the namespace has ended and asserts that every trigger fulfils the law. */
    static void awaitSettled(Sluice sluice, String namespace) {
        awaitNothingKept(sluice, namespace);
        assertHolds(sluice);
    }

    /**
     * Waits until the channels of the namespace keep no event: each has been offered to the triggers, and those that it
     * matched have settled it. Nothing in flight alone would not say so of an event that was accepted just now.
     */
    static void awaitNothingKept(Sluice sluice, String namespace) {
        await("no event is kept in " + namespace).atMost(Sluice.PATIENCE).until(() -> {
            String mine = "namespace=\"" + namespace + "\"";
            return sluice.meter("sluice_channel_events", mine) == 0
                    && sluice.meter("sluice_trigger_in_flight", mine) == 0;
        });
    }

    /**
     * The same of a process whose channel is a log, which keeps events for as long as it likes: waits until every trigger
     * has come to the end of what is in its partitions. Lag is shown a second late, so that what was accepted just now has
     * to have arrived before this is asked.
     */
    static void awaitCaughtUp(String namespace, Sluice... processes) {
        String mine = "namespace=\"" + namespace + "\"";
        await("no trigger has anything left to do in " + namespace)
                .atMost(Fleet.PATIENCE)
                .until(() -> Arrays.stream(processes)
                        .allMatch(process -> process.meter("sluice_trigger_in_flight", mine) == 0
                                && process.meter("sluice_trigger_lag", mine) == 0));
        assertHolds(processes);
    }

    /**
     * Asserts that every trigger fulfils the law in each of the processes; waits while the terms are read amid changes. Chance
     * may have left one of several processes without any event, but not all of them.
     */
    static void assertHolds(Sluice... processes) {
        await("the law of the counters").atMost(Sluice.PATIENCE).untilAsserted(() -> {
            Map<String, Double> differences = new TreeMap<>();
            for (Sluice process : processes) {
                String metrics =
                        process.get(process.process().admin("/metrics")).body();
                differences(metrics)
                        .forEach((trigger, difference) -> differences.put(
                                trigger + " at " + process.process().pid(), difference));
            }
            assertThat(differences)
                    .isNotEmpty()
                    .allSatisfy((trigger, difference) ->
                            assertThat(difference).as(trigger).isZero());
        });
    }

    /** Waits until the process has checked itself once more, from the inside and at one moment, and found nothing. */
    static void awaitSelfCheck(Sluice sluice) {
        double before = sluice.meter("sluice_ledger_checks_total");
        await("the process checks its own ledger")
                .atMost(Sluice.PATIENCE)
                .until(() -> sluice.meter("sluice_ledger_checks_total") > before);
        assertThat(sluice.meter("sluice_ledger_difference")).isZero();
    }

    private static Map<String, Double> differences(String metrics) {
        Map<String, Double> differences = new TreeMap<>();
        Matcher series = SERIES.matcher(metrics);
        while (series.find()) {
            Integer sign = TERMS.get(series.group(1));
            if (sign != null) {
                Map<String, String> labels = new TreeMap<>();
                Matcher label = LABEL.matcher(series.group(2));
                while (label.find()) {
                    labels.put(label.group(1), label.group(2));
                }
                String trigger = labels.get("namespace") + "/" + labels.get("trigger");
                differences.merge(trigger, sign * Double.parseDouble(series.group(3)), Double::sum);
            }
        }
        return differences;
    }
}
