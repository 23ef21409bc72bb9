/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import dev.sluice.api.channel.Assignment;
import dev.sluice.api.channel.LogBatch;
import dev.sluice.api.channel.LogHandler;
import io.vertx.core.Future;
import java.time.Duration;

/** Does nothing about what it is told, and lets partitions go at once; a test looks at what it is about. */
class IdleHandler implements LogHandler {

    @Override
    public void assigned(Assignment assignment) {}

    @Override
    public void read(LogBatch batch) {}

    @Override
    public void started(int partition, String triggerUid, long offset) {}

    @Override
    public void moved(int partition, String triggerUid, long offset) {}

    @Override
    public void forgotten(String triggerUid) {}

    @Override
    public Future<Void> revoked(int partition, Duration within) {
        return Future.succeededFuture();
    }

    @Override
    public void lost(int partition) {}
}
