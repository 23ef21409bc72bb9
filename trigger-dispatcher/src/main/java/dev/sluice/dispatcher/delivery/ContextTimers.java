/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import static java.util.Objects.requireNonNull;

import io.vertx.core.Context;

/** The timers of a Vert.x context. */
public final class ContextTimers implements Timers {

    private final Context context;

    public ContextTimers(Context context) {
        this.context = requireNonNull(context, "context");
    }

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }

    @Override
    public long epochMillis() {
        return System.currentTimeMillis();
    }

    @Override
    public long schedule(long millis, Runnable action) {
        // Called on the context, so that is where Vert.x calls back.
        return context.owner().setTimer(millis, timer -> action.run());
    }

    @Override
    public void cancel(long timer) {
        context.owner().cancelTimer(timer);
    }

    @Override
    public void soon(Runnable action) {
        context.runOnContext(turn -> action.run());
    }
}
