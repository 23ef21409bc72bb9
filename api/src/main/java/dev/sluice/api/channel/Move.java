/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.channel;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.Optional;

/**
 * What a move of a trigger means in one partition: between {@code from} and {@code to} lies what it skips, or what it gets
 * again.
 *
 * @param partition from 0
 * @param from the lowest offset that the trigger had not finished when it was last committed, and that is still kept
 * @param to where it goes on
 * @param first when the first record between them was appended; empty where there is none, or it was not to be had cheaply
 * @param last when the last one was; empty likewise
 */
public record Move(int partition, long from, long to, Optional<Instant> first, Optional<Instant> last) {

    public Move {
        requireNonNull(first, "first");
        requireNonNull(last, "last");
        if (partition < 0 || from < 0 || to < 0) {
            throw new IllegalArgumentException(
                    "partition=" + partition + ", from=" + from + ", to=" + to + " must all be at least 0");
        }
    }

    /** Records that the trigger does not get, whether it would have matched them or not. */
    public long skipped() {
        return Math.max(0, to - from);
    }

    /** Records that it is offered again, or for the first time if they are from before it was created. */
    public long repeated() {
        return Math.max(0, from - to);
    }
}
