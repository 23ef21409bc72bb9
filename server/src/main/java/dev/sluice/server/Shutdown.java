/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server;

import dev.sluice.broker.Ingress;
import dev.sluice.control.reconcile.Controller;
import dev.sluice.dispatcher.Dispatcher;
import dev.sluice.dispatcher.Drained;
import dev.sluice.dispatcher.Spooled;
import dev.sluice.server.http.Reactor;
import dev.sluice.server.logging.Logging;
import dev.sluice.sources.Sources;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The end of a process in order: nothing new is taken in, what was taken in is delivered as far as the time allows, and the
 * rest is written to disk.
 *
 * @param limit how long it may take, unless somebody asks a second time
 * @param spool the folder that the rest is written to
 */
record Shutdown(
        Stopping stopping,
        Duration limit,
        Controller controller,
        Optional<Sources> sources,
        Optional<Ingress> ingress,
        Optional<Dispatcher> dispatcher,
        Path spool) {

    private static final Logger LOG = LoggerFactory.getLogger(Shutdown.class);

    /** For steps that take milliseconds unless something is broken. */
    private static final Duration STEP_TIMEOUT = Duration.ofSeconds(10);

    /** For writing as much as fits into memory to a slow disk. Whoever can't wait so long sends SIGKILL. */
    private static final Duration SPOOL_TIMEOUT = Duration.ofMinutes(10);

    /** For requests that are under way when somebody asks to stop a second time. */
    private static final Duration URGENT_CLOSE = Duration.ofSeconds(1);

    /** For requests to webhooks whose events are on their way, where others have to end as well. */
    private static final Duration SOURCES_CLOSE = Duration.ofSeconds(2);

    /** Answers whether nothing is lost. */
    boolean run() throws InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        sources.ifPresent(Sources::stopAccepting);
        // What changes from here on counts at the next start: a Broker that came now would be drained by nobody.
        controller.close();
        Logging.lifeCycle()
                .atInfo()
                .addKeyValue("cause", stopping.cause())
                .addKeyValue("seconds", limit.toSeconds())
                .log("stopping: no new events, waiting for deliveries");

        // Sources first, while the ingress still takes what they are sending; where that is slow, nobody waits for it.
        // Without an ingress or deliveries of our own nothing else waits for the time, so that they have all of it.
        boolean alone = ingress.isEmpty() && dispatcher.isEmpty();
        Duration forSources = alone || limit.compareTo(SOURCES_CLOSE) < 0 ? limit : SOURCES_CLOSE;
        sources.ifPresent(from -> closeBy(from.close(), forSources));
        ingress.ifPresent(Ingress::stopAccepting);
        // Who gets no answer sends the event again, though the channel may have it by then.
        Supplier<Future<Void>> closeIngress =
                () -> ingress.map(door -> door.close(left(deadline))).orElse(Future.succeededFuture());
        if (dispatcher.isEmpty()) {
            closeBy(closeIngress.get(), limit);
            Logging.lifeCycle().atInfo().log("stopped");
            return true;
        }
        Dispatcher delivering = dispatcher.get();
        // What was on its way into a channel when the door closed is in it once the ingress has closed, so look again.
        Future<Drained> drained =
                delivering.drain(limit).eventually(closeIngress).compose(before -> delivering.drain(left(deadline)));
        if (stopping.cameAgainBefore(drained)) {
            // Whoever is still sending an event gets no 202 for what nobody would deliver or write down.
            report(closeIngress
                    .get()
                    .timeout(URGENT_CLOSE.toMillis(), TimeUnit.MILLISECONDS)
                    .transform(closed -> delivering.drain(Duration.ZERO)));
        } else {
            report(drained);
        }
        return writeDown(delivering);
    }

    private static Duration left(long deadline) {
        return Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
    }

    /** Waits for the answers to what is being taken in, which are given once it is kept. */
    private void closeBy(Future<Void> closing, Duration limit) {
        Future<Void> closed = closing.timeout(Math.max(1, limit.toMillis()), TimeUnit.MILLISECONDS);
        if (stopping.cameAgainBefore(closed) || closed.failed()) {
            LOG.atWarn().log("requests are still under way; their senders get no answer and send them again");
        }
    }

    /** Tells whether nothing is lost. */
    private boolean writeDown(Dispatcher delivering) throws InterruptedException {
        try {
            Spooled spooled = Reactor.await(delivering.spool(STEP_TIMEOUT), SPOOL_TIMEOUT);
            boolean complete = spooled.failed() == 0 && spooled.problems().isEmpty();
            if (!complete) {
                LOG.atError()
                        .addKeyValue("events", spooled.failed())
                        .addKeyValue("folder", spool)
                        .addKeyValue("error", String.join("; ", spooled.problems()))
                        .log("events could not be written to disk and are lost");
            }
            Logging.lifeCycle()
                    .atInfo()
                    .addKeyValue("undelivered", spooled.waiting() + spooled.failed())
                    .addKeyValue("deadLetters", spooled.parked())
                    .log(
                            spooled.waiting() + spooled.parked() == 0
                                    ? "stopped"
                                    : "stopped; what could not be delivered is kept for the next start");
            return complete;
        } catch (ExecutionException | TimeoutException e) {
            LOG.atError()
                    .addKeyValue("folder", spool)
                    .addKeyValue("error", e.toString())
                    .log("stopped without knowing whether everything is written to disk");
            return false;
        }
    }

    private static void report(Future<Drained> drained) throws InterruptedException {
        try {
            Drained left = Reactor.await(drained, STEP_TIMEOUT);
            left.undelivered()
                    .forEach((trigger, events) -> LOG.atWarn()
                            .addKeyValue("trigger", trigger)
                            .addKeyValue("events", events)
                            .log("not delivered"));
            left.unread()
                    .forEach((broker, events) -> LOG.atWarn()
                            .addKeyValue("broker", broker)
                            .addKeyValue("events", events)
                            .log("not matched against triggers any more"));
        } catch (ExecutionException | TimeoutException e) {
            LOG.atError().addKeyValue("error", e.toString()).log("it can't be said what is left undelivered");
        }
    }
}
