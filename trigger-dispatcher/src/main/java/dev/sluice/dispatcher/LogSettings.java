/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * What an operator decides about reading logs. A channel that holds its events needs none of it: there, the channel's
 * capacity bounds what is in memory.
 *
 * @param memory bytes that all triggers together may hold of the events of logs, 1 or more: {@code --dispatch-memory}
 * @param window events that one trigger may hold, 1 or more: {@code --dispatch-window}
 * @param handoverTimeout how long requests may go on when a partition goes to another process, 0 or more: {@code
 *     --handover-timeout}
 * @param catchUpReaders reads beside the shared ones that may run at once in this process, for triggers that are behind,
 *     1 or more: {@code --catch-up-readers}
 * @param forgetAfter how long a trigger that a log knows must have been missing from complete routing tables until what the
 *     log keeps of it is removed: it was deleted while nobody looked
 * @param lookAtRetention how often it is looked whether a trigger is about to lose what it needs, above 0
 * @param commitAfter how long something may have ended without being committed, however little it is, above 0
 * @param mostPostponed events of a trigger and partition that may be left in the log behind others of their keys, 1 or more
 */
public record LogSettings(
        long memory,
        int window,
        Duration handoverTimeout,
        int catchUpReaders,
        Duration forgetAfter,
        Duration lookAtRetention,
        Duration commitAfter,
        int mostPostponed) {

    /** Longer than the processes that read the same files take to see the same in them. */
    private static final Duration FORGET_AFTER = Duration.ofMinutes(5);

    /** A few questions to the log each time, and retention is hours, mostly. */
    private static final Duration LOOK_AT_RETENTION = Duration.ofSeconds(30);

    /** As a rule it is their number that has events committed. */
    private static final Duration COMMIT_AFTER = Duration.ofSeconds(1);

    /** Eight bytes each, for a key that fails. */
    private static final int MOST_POSTPONED = 100_000;

    /**
     * With five minutes until a missing trigger is forgotten, a look at retention every 30 seconds, a commit every second and
     * 100,000 events that may be left behind others.
     */
    public LogSettings(long memory, int window, Duration handoverTimeout, int catchUpReaders) {
        this(
                memory,
                window,
                handoverTimeout,
                catchUpReaders,
                FORGET_AFTER,
                LOOK_AT_RETENTION,
                COMMIT_AFTER,
                MOST_POSTPONED);
    }

    public LogSettings {
        requireNonNull(handoverTimeout, "handoverTimeout");
        requireNonNull(forgetAfter, "forgetAfter");
        requireNonNull(lookAtRetention, "lookAtRetention");
        requireNonNull(commitAfter, "commitAfter");
        atLeastOne("memory", memory);
        atLeastOne("window", window);
        atLeastOne("catchUpReaders", catchUpReaders);
        atLeastOne("mostPostponed", mostPostponed);
        if (handoverTimeout.isNegative()) {
            throw new IllegalArgumentException("handoverTimeout=" + handoverTimeout + " must be 0 or more");
        }
    }

    private static void atLeastOne(String name, long value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + "=" + value + " must be at least 1");
        }
    }

    /** 64 MiB, 1,000 events, 5 seconds, 4 readers. */
    public static LogSettings defaults() {
        return new LogSettings(64L * 1024 * 1024, 1_000, Duration.ofSeconds(5), 4);
    }
}
