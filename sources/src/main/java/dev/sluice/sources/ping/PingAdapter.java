/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.ping;

import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.source.AdapterHost;
import dev.sluice.api.source.SourceAdapter;
import dev.sluice.api.source.SourceCondition;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A PingSource that runs: one timer. Everything but {@link #start} and {@link #close} happens on the loop it began on. */
final class PingAdapter implements SourceAdapter {

    private static final Logger LOG = LoggerFactory.getLogger(PingAdapter.class);

    /** For information; {@code Ready} does not depend on it. */
    private static final String DELIVERING = "Delivering";

    /** For information as well: whether a tick fell into a time when no process ran. */
    private static final String UNINTERRUPTED = "Uninterrupted";

    private static final String MISSED = "missed-tick";

    /** More are not counted: it is known by then that it was long. */
    private static final int MOST_COUNTED = 100;

    /** Clocks are set and machines sleep, so no timer is trusted for longer. */
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);

    /** A tick that comes later is one of another time, and nobody waits for it any more. */
    private static final Duration LATEST = Duration.ofSeconds(60);

    /** Events that may be on their way to a sink that does not take them. */
    private static final int MOST_UNDERWAY = 100;

    private final ResourceName name;
    private final PingDefinition definition;
    private final InstantSource clock;
    private final Promise<Void> idle = Promise.promise();

    private volatile @Nullable Context context;
    private long timer = -1;
    private int underway;
    private boolean closed;

    PingAdapter(ResourceName name, PingDefinition definition, InstantSource clock) {
        this.name = name;
        this.definition = definition;
        this.clock = clock;
    }

    @Override
    public Future<Void> start(AdapterHost host) {
        Context here = host.vertx().getOrCreateContext();
        context = here;
        here.runOnContext(begin -> {
            Instant now = clock.instant();
            tellMissed(host, now);
            keep(host, now);
            waitFor(host, now);
        });
        return Future.succeededFuture();
    }

    /** Up to where ticks are seen to, by which schedule: of another, nobody knows since when it counts. */
    private void keep(AdapterHost host, Instant until) {
        host.keep(until + " " + definition.schedule());
    }

    private void tellMissed(AdapterHost host, Instant now) {
        Instant until = kept(host);
        int missed = 0;
        Instant first = null;
        Instant tick = until == null ? null : definition.schedule().after(until).orElse(null);
        while (tick != null && !tick.isAfter(now) && missed < MOST_COUNTED) {
            first = first == null ? tick : first;
            missed++;
            host.note(MISSED);
            tick = definition.schedule().after(tick).orElse(null);
        }
        if (first == null) {
            return;
        }
        String many = missed == MOST_COUNTED ? missed + " or more ticks" : missed == 1 ? "a tick" : missed + " ticks";
        LOG.atWarn()
                .addKeyValue("source", name)
                .addKeyValue("ticks", missed)
                .addKeyValue("tick", first)
                .log("ticks fell into a time when no process ran; they are not made up for");
        host.report(SourceCondition.isFalse(
                UNINTERRUPTED,
                "TicksMissed",
                many + " from " + first + " on fell into a time when no process ran, and "
                        + (missed == 1 ? "is" : "are") + " not made up for"));
    }

    private @Nullable Instant kept(AdapterHost host) {
        String text = host.kept().orElse("");
        int end = text.indexOf(' ');
        try {
            return end > 0
                            && text.substring(end + 1)
                                    .equals(definition.schedule().toString())
                    ? Instant.parse(text.substring(0, end))
                    : null;
        } catch (DateTimeParseException e) {
            LOG.atWarn()
                    .addKeyValue("source", name)
                    .addKeyValue("error", e.getMessage())
                    .log("the last tick is not known");
            return null;
        }
    }

    private void waitFor(AdapterHost host, Instant last) {
        if (closed) {
            return;
        }
        Instant next = definition.schedule().after(last).orElse(null);
        if (next == null) {
            LOG.atWarn().addKeyValue("source", name).log("the schedule has no further tick");
            return;
        }
        long millis = Duration.between(clock.instant(), next).toMillis();
        // A millisecond more: one too early would find the same tick ahead of it again.
        long wait = Math.max(1, Math.min(LONGEST_WAIT.toMillis(), millis + 1));
        timer = host.vertx().setTimer(wait, rang -> {
            timer = -1;
            Instant now = clock.instant();
            if (now.isBefore(next)) {
                waitFor(host, last);
                return;
            }
            if (Duration.between(next, now).compareTo(LATEST) > 0) {
                LOG.atWarn()
                        .addKeyValue("source", name)
                        .addKeyValue("tick", next)
                        .log("the machine slept over a tick; it is not made up for");
                host.note(MISSED);
                keep(host, now);
                waitFor(host, now);
                return;
            }
            keep(host, next);
            send(host, next);
            waitFor(host, next);
        });
    }

    private void send(AdapterHost host, Instant tick) {
        if (underway >= MOST_UNDERWAY) {
            lost(tick, underway + " events wait for the sink");
            host.note(MISSED);
            host.report(SourceCondition.isFalse(
                    DELIVERING, "SinkUnavailable", underway + " events wait for the sink; ticks are left out"));
            return;
        }
        underway++;
        host.emit(definition.event(tick))
                .onComplete(sent -> onLoop(() -> {
                    underway--;
                    if (sent.failed()) {
                        lost(tick, String.valueOf(sent.cause().getMessage()));
                    }
                    host.report(
                            sent.succeeded()
                                    ? SourceCondition.isTrue(DELIVERING)
                                    : SourceCondition.isFalse(
                                            DELIVERING,
                                            "SinkUnavailable",
                                            "the event of " + tick + " was given up: "
                                                    + sent.cause().getMessage()));
                    if (closed && underway == 0) {
                        idle.tryComplete();
                    }
                }));
    }

    private void lost(Instant tick, String why) {
        LOG.atWarn()
                .addKeyValue("source", name)
                .addKeyValue("tick", tick)
                .addKeyValue("error", why)
                .log("the event of a tick is lost");
    }

    private void onLoop(Runnable action) {
        Context loop = context;
        if (loop != null) {
            loop.runOnContext(here -> action.run());
        }
    }

    @Override
    public Future<Void> close() {
        Context loop = context;
        if (loop == null) {
            return Future.succeededFuture();
        }
        loop.runOnContext(here -> {
            closed = true;
            Vertx vertx = loop.owner();
            if (timer >= 0) {
                vertx.cancelTimer(timer);
                timer = -1;
            }
            if (underway == 0) {
                idle.tryComplete();
            }
        });
        return idle.future();
    }
}
