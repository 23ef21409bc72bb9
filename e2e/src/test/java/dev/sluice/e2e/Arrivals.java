/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * When events arrive, to hold against it what comes twice. Without a fault nothing does. Of a dispatcher that is killed it is
 * what it had in flight and what it had not committed, once for each kill.
 *
 * <p>Nor does anybody promise more to a machine that stops for longer than a session (6 s): the group gives the partitions of
 * a member that it has not heard of to another. A process that finds its partitions gone says so, and what had arrived
 * shortly before that may come again too. Nothing else that a process says is an excuse.
 */
final class Arrivals {

    /** What a process says that has lost partitions because the group had not heard of it. */
    static final String LOST_ITS_SESSION = "the partition went to another process";

    /**
     * The most that may come again for one kill: 100 requests at a time, as many as a Trigger has by default, and what has
     * ended since the last commit, which is 25 events or those of 50 ms, and as many again while it is under way. A
     * dispatcher that catches up when it is killed does so at full speed, and a commit takes its time on a busy machine. One
     * that has just started on Kafka commits nothing before its group has dealt partitions out, and delivers up to 1,200.
     */
    private static final int AT_A_KILL = 2_000;

    /**
     * How long before a kill an event may have arrived that is not committed then. A second passes until positions are
     * committed; the rest is for a machine that does ten things at once.
     */
    private static final Duration BEFORE_A_KILL = Duration.ofSeconds(10);

    /** What a process had sent may be read by the subscriber a little later. */
    private static final Duration LATER = Duration.ofSeconds(5);

    /** A process that goes on after a stop finds partitions gone that it had delivered events of before the stop. */
    private static final Duration BEFORE_A_LOSS = Duration.ofSeconds(30);

    private final Map<String, Queue<Long>> arrivals = new ConcurrentHashMap<>();
    private final Queue<Long> kills = new ConcurrentLinkedQueue<>();

    /** An event arrived at the one trigger that expects it. Any thread. */
    void arrived(String id) {
        arrivals.computeIfAbsent(id, first -> new ConcurrentLinkedQueue<>()).add(System.nanoTime());
    }

    /** Kills a process that delivers. */
    void kill(Sluice dispatcher) {
        kills.add(System.nanoTime());
        Fleet.kill(dispatcher);
    }

    /** How many arrivals were of events that had been there before. */
    long repeated() {
        return arrivals.values().stream().mapToLong(times -> times.size() - 1L).sum();
    }

    /** The ids of all that has arrived. */
    Set<String> ids() {
        return arrivals.keySet();
    }

    /** The ids of what has arrived since then, by {@link System#nanoTime()}. */
    List<String> since(long nanos) {
        return arrivals.entrySet().stream()
                .filter(each -> each.getValue().stream().anyMatch(arrived -> arrived - nanos > 0))
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Asserts that nothing has come twice but what may, as above. */
    void assertRepeatsAreExplained(Fleet fleet) {
        List<Long> losses = fleet.saidAt(LOST_ITS_SESSION);
        Map<Long, Integer> ofKills = new TreeMap<>();
        List<String> unexplained = new ArrayList<>();
        arrivals.forEach((id, times) -> {
            assertThat(times).as("arrivals of %s", id).hasSizeLessThanOrEqualTo(1 + kills.size() + losses.size());
            // Of each but the last it has to be said why it did not count.
            List<Long> repeated = new ArrayList<>(times).subList(0, times.size() - 1);
            for (long arrived : repeated) {
                Optional<Long> kill = cause(arrived, kills, BEFORE_A_KILL);
                if (cause(arrived, losses, BEFORE_A_LOSS).isPresent()) {
                    continue;
                }
                if (kill.isPresent()) {
                    ofKills.merge(kill.get(), 1, Integer::sum);
                } else {
                    unexplained.add(id);
                }
            }
        });
        if (!ofKills.isEmpty() || !losses.isEmpty()) {
            System.out.println(
                    "delivered again for each of %d kills: %s; partitions lost by who had not been killed: %d"
                            .formatted(kills.size(), ofKills.values(), losses.size()));
        }
        assertThat(unexplained)
                .as("delivered again with no kill or lost session to account for it")
                .isEmpty();
        assertThat(ofKills.values()).as("delivered again for each kill").allMatch(count -> count <= AT_A_KILL);
    }

    /** The one of these moments that may be why an event which arrived then comes again; the nearest. */
    private static Optional<Long> cause(long arrived, Iterable<Long> moments, Duration before) {
        Long nearest = null;
        for (long moment : moments) {
            boolean may = moment - arrived <= before.toNanos() && arrived - moment <= LATER.toNanos();
            if (may && (nearest == null || Math.abs(moment - arrived) < Math.abs(nearest - arrived))) {
                nearest = moment;
            }
        }
        return Optional.ofNullable(nearest);
    }
}
