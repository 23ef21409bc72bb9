/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import dev.sluice.api.routing.ResourceName;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the operator when deliveries of a trigger begin to fail and when they work again, and never once per event. */
final class FailureLog {

    private static final Logger LOG = LoggerFactory.getLogger(FailureLog.class);

    /** A destination that fails now and then is worth a line this often. */
    private static final long QUIET_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final ResourceName trigger;
    private final Timers timers;
    private boolean warned;
    private boolean everWarned;
    private long warnedNanos;

    FailureLog(ResourceName trigger, Timers timers) {
        this.trigger = trigger;
        this.timers = timers;
    }

    void failed(Failure failure) {
        if (warned) {
            return;
        }
        long now = timers.nanoTime();
        if (everWarned && now - warnedNanos < QUIET_NANOS) {
            return;
        }
        warned = true;
        everWarned = true;
        warnedNanos = now;
        LOG.atWarn()
                .addKeyValue("trigger", trigger)
                .addKeyValue("error", failure.message())
                .log("deliveries fail");
    }

    void succeeded() {
        if (warned) {
            warned = false;
            LOG.atInfo().addKeyValue("trigger", trigger).log("deliveries work again");
        }
    }
}
