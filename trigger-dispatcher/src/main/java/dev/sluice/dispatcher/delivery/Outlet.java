/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import dev.sluice.api.http.ContentMode;
import dev.sluice.dispatcher.send.Attempt;
import dev.sluice.dispatcher.send.AttemptResult;
import dev.sluice.dispatcher.send.Purpose;
import dev.sluice.dispatcher.send.Target;
import io.cloudevents.CloudEvent;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One destination that a route in force led to, which is closed when nothing runs there any more. To close its connections
 * before would fail an attempt that is just being given one, though nothing is wrong with it or its subscriber.
 */
final class Outlet {

    private static final Logger LOG = LoggerFactory.getLogger(Outlet.class);

    private final Target target;
    private int running;
    private boolean leaving;

    Outlet(Target target) {
        this.target = target;
    }

    /** The destination's URL as people may see it. */
    String address() {
        return target.address();
    }

    /** Makes an attempt that is started at once; its result is told here by {@link #ended} too. */
    Attempt begin(CloudEvent event, ContentMode mode, Purpose purpose, Consumer<AttemptResult> whenDone) {
        running++;
        return target.attempt(event, mode, purpose, whenDone);
    }

    /** An attempt has its result. */
    void ended() {
        running--;
        closeIfIdle();
    }

    /** Closes the connections as soon as nothing runs on them. Nothing is begun here any more. */
    void leave() {
        leaving = true;
        closeIfIdle();
    }

    private void closeIfIdle() {
        if (leaving && running == 0) {
            target.close(target.timeout())
                    .onFailure(failure -> LOG.atWarn()
                            .addKeyValue("error", failure.getMessage())
                            .log("the connections to " + target.address() + " did not close well"));
        }
    }

    /** Closes the connections at once, whatever runs on them. */
    Future<Void> closeNow() {
        return target.close(Duration.ZERO);
    }
}
