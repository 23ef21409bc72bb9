/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.bench;

/**
 * What a process spent while so many events came to their end.
 *
 * @param cpuMicros user and system time of all its threads
 * @param allocatedBytes on the heap
 * @param seconds by the clock
 */
record Spent(long events, long cpuMicros, long allocatedBytes, double seconds) {

    Spent since(Spent before) {
        return new Spent(
                events - before.events,
                cpuMicros - before.cpuMicros,
                allocatedBytes - before.allocatedBytes,
                seconds - before.seconds);
    }

    double microsPerEvent() {
        return (double) cpuMicros / events;
    }

    double bytesPerEvent() {
        return (double) allocatedBytes / events;
    }

    double eventsPerSecond() {
        return events / seconds;
    }
}
