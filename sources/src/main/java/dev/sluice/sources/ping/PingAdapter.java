/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.ping;

import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.source.AdapterHost;
import dev.sluice.api.source.SourceAdapter;
import dev.sluice.api.source.SourceCondition;
import dev.sluice.api.source.SourceDefinition;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A PingSource that runs: one timer. Everything but {@link #start} and {@link #close} happens on the loop it began on. */
final class PingAdapter implements SourceAdapter {

    private static final Logger LOG = LoggerFactory.getLogger(PingAdapter.class);

    /** For information; {@code Ready} does not depend on it. */
    private static final String DELIVERING = "Delivering";

    /** For information as well: whether a tick fell into a time when no process ran, or was in hand when one ended. */
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
    private @Nullable AdapterHost host;
    /** Ticks whose events the sink does not have yet. */
    private final NavigableSet<Instant> underway = new TreeSet<>();
    /** Up to where ticks have been begun, or told as missed. */
    private Instant begun = Instant.MIN;

    private boolean closed;
    private boolean gaveWay;

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
            this.host = host;
            Instant now = clock.instant();
            tellMissed(host, now);
            begun = now;
            keep(host);
            waitFor(host, now);
        });
        return Future.succeededFuture();
    }

    /**
     * Up to where ticks are seen to. A tick is when the sink has its event, or it was given up and told: what a process that
     * ends has in hand, the next tells as missed.
     */
    private void keep(AdapterHost host) {
        if (!gaveWay) {
            keep(host, underway.isEmpty() ? begun : underway.first().minusMillis(1));
        }
    }

    /** And by which schedule: of another, nobody knows since when it counts. */
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
                .log(
                        "ticks fell into a time when no process ran, or had not been sent when one ended; they are not made"
                                + " up for");
        host.report(SourceCondition.isFalse(
                UNINTERRUPTED,
                "TicksMissed",
                many + " from " + first
                        + " on fell into a time when no process ran, or had not been sent when one ended, and "
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
                begun = now;
                keep(host);
                waitFor(host, now);
                return;
            }
            begun = next;
            send(host, next);
            keep(host);
            waitFor(host, next);
        });
    }

    private void send(AdapterHost host, Instant tick) {
        if (underway.size() >= MOST_UNDERWAY) {
            lost(tick, underway.size() + " events wait for the sink");
            host.note(MISSED);
            host.report(SourceCondition.isFalse(
                    DELIVERING, "SinkUnavailable", underway.size() + " events wait for the sink; ticks are left out"));
            return;
        }
        underway.add(tick);
        host.emit(definition.event(tick))
                .onComplete(sent -> onLoop(() -> {
                    underway.remove(tick);
                    keep(host);
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
                    if (closed && underway.isEmpty()) {
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

    /** What is in hand goes on, and is nothing that the next one would have to tell as missed. */
    @Override
    public Future<Void> giveWay(SourceDefinition next) {
        onLoop(() -> {
            gaveWay = true;
            AdapterHost here = host;
            if (here != null) {
                keep(here, begun);
            }
        });
        return close();
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
            if (underway.isEmpty()) {
                idle.tryComplete();
            }
        });
        return idle.future();
    }
}
