/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.cursor;

import dev.sluice.api.channel.LogBatch;
import dev.sluice.api.channel.LogRecord;
import io.cloudevents.CloudEvent;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;

/** One partition: records at growing offsets with gaps between them, gone from the front when retention says so. */
final class SimulatedLog {

    /** @param matches a bit for each trigger that the event matches */
    record Entry(long offset, int matches, int bytes) implements LogRecord {
        @Override
        public int partition() {
            return 0;
        }

        @Override
        public CloudEvent event() {
            throw new UnsupportedOperationException("the simulation matches by bits");
        }
    }

    final List<Entry> entries = new ArrayList<>();
    private final BitSet unreadable = new BitSet();
    long earliest;
    long end;

    void append(Random random) {
        int matches = random.nextInt(4) == 0 ? 0 : random.nextInt() & random.nextInt();
        entries.add(new Entry(end, random.nextInt(8) == 0 ? -1 : matches, 1 + random.nextInt(3)));
        end += random.nextInt(10) == 0 ? 1 + random.nextInt(3) : 1;
    }

    /** Retention: what is below this offset is gone. */
    void truncate(long offset) {
        earliest = Math.max(earliest, Math.min(offset, end));
    }

    /** One record turns out to be no event, or is cleaned away. */
    void spoil(Random random) {
        if (!entries.isEmpty()) {
            unreadable.set((int) entries.get(random.nextInt(entries.size())).offset);
        }
    }

    boolean isUnreadable(long offset) {
        return unreadable.get((int) offset);
    }

    LogBatch read(long asked, int most) {
        long from = Math.max(asked, earliest);
        if (from >= end) {
            return new LogBatch(0, from, from, Math.max(end, from), List.of());
        }
        List<LogRecord> records = new ArrayList<>();
        long next = end;
        for (int i = firstFrom(from); i < entries.size(); i++) {
            Entry entry = entries.get(i);
            if (records.size() == most) {
                next = entry.offset;
                break;
            }
            if (!isUnreadable(entry.offset)) {
                records.add(entry);
            }
        }
        return new LogBatch(0, from, next, end, records);
    }

    private int firstFrom(long offset) {
        int low = 0;
        int high = entries.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (entries.get(middle).offset < offset) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
