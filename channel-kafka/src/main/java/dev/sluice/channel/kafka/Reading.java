/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import io.vertx.core.Future;
import io.vertx.core.Vertx;

/** What the reads of all Brokers of one Kafka share. */
record Reading(CursorTopic cursors, CatchUpThreads catchUp, GroupPublisher publisher, ParkingThread parking) {

    /** Looks up names and so may block. */
    static Reading start(
            Vertx vertx, ClusterSettings settings, ProducerLoop producer, Topics topics, TriggerGroups groups) {
        CatchUpThreads catchUp = new CatchUpThreads(() -> CatchUpThread.consumer(settings));
        CursorTopic cursors = CursorTopic.start(settings, producer, topics);
        ParkingThread parking;
        try {
            parking = ParkingThread.start(settings);
        } catch (RuntimeException e) {
            var unused = cursors.close();
            throw e;
        }
        return new Reading(cursors, catchUp, new GroupPublisher(vertx, groups), parking);
    }

    Future<Void> close() {
        return Future.join(publisher.close(), cursors.close(), catchUp.close(), parking.close())
                .mapEmpty();
    }
}
