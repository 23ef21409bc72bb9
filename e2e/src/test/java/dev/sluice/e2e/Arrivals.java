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
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * When events arrive, to hold against it what comes twice. Without a fault nothing does. Of a dispatcher that is killed it is
 * what it had not committed, once for each kill.
 *
 * <p>Nor does anybody promise more to a machine that stops for longer than a session (6 s): the group gives the partitions of
 * a member that it has not heard of to another. Such a process says so, and only where one has may anything else come twice.
 */
final class Arrivals {

    /**
     * How long before a kill an event may have arrived that is not committed then. A second passes until positions are
     * committed; the rest is for a machine that does ten things at once.
     */
    private static final Duration UNCOMMITTED = Duration.ofSeconds(10);

    /** What a process says that may have left events to be delivered again. */
    static final List<String> SAYS_SO = List.of(
            "what was in flight may be delivered twice",
            "what was not committed is delivered again",
            "could not be committed; that one delivers it again",
            "could not be committed for 10 s",
            "a partition was not given back in order",
            "left a consumer group without saying so");

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
        if (fleet.said(SAYS_SO)) {
            System.out.println("a process was stopped for longer than its session, so that " + repeated()
                    + " repeated arrivals are not asked for their reason");
            return;
        }
        assertThat(arrivals).allSatisfy((id, times) -> {
            assertThat(times).as("arrivals of %s", id).hasSizeLessThanOrEqualTo(1 + kills.size());
            assertThat(new ArrayList<>(times).subList(0, times.size() - 1))
                    .as("arrivals of %s that are repeated later; killed at %s", id, kills)
                    .allMatch(this::isNearAKill);
        });
    }

    /** What a killed process had sent may be read by the subscriber a little later. */
    private boolean isNearAKill(long arrivedNanos) {
        return kills.stream().anyMatch(killed -> Math.abs(killed - arrivedNanos) < UNCOMMITTED.toNanos());
    }
}
