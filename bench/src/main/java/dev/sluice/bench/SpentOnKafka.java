/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.bench;

/**
 * What programs spent, and what Kafka spent for them.
 *
 * @param kafkaMicros CPU time of Kafka
 * @param fetchedBytes what went out of the topic to consumers
 * @param commits requests to commit offsets
 */
record SpentOnKafka(Spent programs, long kafkaMicros, long fetchedBytes, long commits) {

    SpentOnKafka since(SpentOnKafka before) {
        return new SpentOnKafka(
                programs.since(before.programs),
                kafkaMicros - before.kafkaMicros,
                fetchedBytes - before.fetchedBytes,
                commits - before.commits);
    }

    /** CPU of the programs alone. */
    double ownMicrosPerEvent() {
        return programs.microsPerEvent();
    }

    /** CPU of Kafka alone. */
    double kafkaMicrosPerEvent() {
        return (double) kafkaMicros / programs.events();
    }

    /** CPU of both. */
    double microsPerEvent() {
        return ownMicrosPerEvent() + kafkaMicrosPerEvent();
    }

    double fetchedBytesPerEvent() {
        return (double) fetchedBytes / programs.events();
    }

    double commitsPerSecond() {
        return commits / programs.seconds();
    }
}
