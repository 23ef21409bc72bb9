/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.channel;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * A stretch of a partition, whole: the records are all that there is between {@code from} and {@code next}. Offsets
 * between them that have no record never had one for a reader, or have none any more (compaction, markers).
 *
 * @param partition from 0
 * @param from the first offset of the stretch
 * @param next the first offset behind it, {@code from} or more
 * @param end the offset that the next record to be appended will get, as far as is known; {@code next} or more
 * @param records in the order of their offsets
 */
public record LogBatch(int partition, long from, long next, long end, List<LogRecord> records) {

    public LogBatch {
        requireNonNull(records, "records");
        if (from < 0 || next < from || end < next) {
            throw new IllegalArgumentException("a batch from " + from + " to " + next + " of a log that ends at " + end
                    + "; must be 0 <= from <= next <= end");
        }
    }
}
