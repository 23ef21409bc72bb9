/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import io.vertx.core.Future;

/** What the reads of all Brokers of one Kafka share. */
record Reading(CursorTopic cursors, CatchUpThread catchUp) {

    /** Looks up names and so may block. */
    static Reading start(ClusterSettings settings, ProducerLoop producer, Topics topics) {
        CatchUpThread catchUp = CatchUpThread.start(settings);
        return new Reading(CursorTopic.start(settings, producer, topics), catchUp);
    }

    Future<Void> close() {
        return Future.join(cursors.close(), catchUp.close()).mapEmpty();
    }
}
