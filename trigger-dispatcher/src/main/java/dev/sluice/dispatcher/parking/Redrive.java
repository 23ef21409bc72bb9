/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.parking;

import dev.sluice.api.routing.ResourceName;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends a selection of parked events again, one after the other in the order of their ids, each once. Those that are parked
 * after it began are not among them.
 *
 * <p>Never more than {@value #WINDOW} of them are out of the store at a time, so stopping it leaves the rest as it was:
 * what was delivered is gone from the store, what was not is in it, and another redrive of the same selection goes on
 * where this one stopped.
 *
 * <p>Confined to a context of its own; {@link #progress} and {@link #stop} are for any thread.
 */
public final class Redrive {

    private static final Logger LOG = LoggerFactory.getLogger(Redrive.class);

    /** Events that are with their triggers at a time. */
    public static final int WINDOW = 100;

    /** An attended redrive stops when nobody has asked for its progress for so long. */
    public static final Duration ATTENTION = Duration.ofSeconds(10);

    /** How often it looks whether its rate lets it go on. */
    private static final long LOOK_MILLIS = 10;

    /** How often it looks whether somebody attends to it. */
    private static final long ATTENTION_LOOK_MILLIS = 500;

    private static final double NANOS_PER_SECOND = 1e9;

    /** How far a redrive is. */
    public enum State {
        RUNNING,
        /** Every event of the selection has been sent, refused, or put back since its trigger was deleted meanwhile. */
        DONE,
        /** Somebody stopped it; the rest of the selection is parked as it was. */
        STOPPED
    }

    /**
     * What a redrive has done so far.
     *
     * @param selected events that it began with
     * @param failed that failed again, and are parked with the new failure
     * @param refused whose trigger is gone
     * @param skipped that were gone when their turn came, or that somebody else is sending
     * @param putBack whose trigger was deleted while they were sent, or that the process's stop has overtaken
     * @param sending that are with their triggers now
     * @param gone some of the triggers that are gone
     */
    public record Progress(
            String id,
            State state,
            long selected,
            long delivered,
            long deadLettered,
            long expired,
            long failed,
            long refused,
            long skipped,
            long putBack,
            long sending,
            Set<ResourceName> gone) {

        /** Those whose turn has not come. */
        public long remaining() {
            return Math.max(
                    0, selected - delivered - deadLettered - expired - failed - refused - skipped - putBack - sending);
        }
    }

    private static final int NAMED = 10;

    private final String id;
    private final DeadLetterStore store;
    private final Redriver redriver;
    private final Selection selection;
    private final double perSecond;
    private final Optional<Duration> attention;
    private final Vertx vertx;
    private final Context context;
    private final Consumer<Redrive> whenOver;

    private volatile Progress progress;
    private volatile boolean stopping;
    private volatile long watchedNanos = System.nanoTime();

    // All below is confined to the context.
    private final Set<ResourceName> gone = new TreeSet<>();
    private final Optional<String> last;
    private Optional<String> after = Optional.empty();
    private boolean exhausted;
    private boolean fetching;
    private boolean waiting;
    private double tokens = 1;
    private long tokensNanos = System.nanoTime();
    private long delivered;
    private long deadLettered;
    private long expired;
    private long failed;
    private long refused;
    private long skipped;
    private long putBack;
    /** What is with its trigger. */
    private final Set<Redriven> sending = new HashSet<>();

    /** A moment ago. */
    private boolean recalled;

    /**
     * @param perSecond events that may be begun in a second; 0 for as many as their triggers take
     * @param attention how long it goes on when nobody asks for its progress; empty for as long as it takes
     * @param whenOver called once
     */
    Redrive(
            Vertx vertx,
            String id,
            DeadLetterStore store,
            Redriver redriver,
            Selection selection,
            long selected,
            double perSecond,
            Optional<Duration> attention,
            Consumer<Redrive> whenOver) {
        this.vertx = vertx;
        this.id = id;
        this.store = store;
        this.redriver = redriver;
        this.selection = selection;
        this.perSecond = perSecond;
        this.attention = attention;
        this.whenOver = whenOver;
        last = store.newest();
        exhausted = last.isEmpty();
        context = ((VertxInternal) vertx).createEventLoopContext();
        progress = new Progress(id, State.RUNNING, selected, 0, 0, 0, 0, 0, 0, 0, 0, Set.of());
    }

    public String id() {
        return id;
    }

    /** How far it is. Asking keeps an attended one going. */
    public Progress progress() {
        watchedNanos = System.nanoTime();
        return progress;
    }

    /** How far it is, for who looks at all of them. */
    public Progress glance() {
        return progress;
    }

    boolean isOver() {
        return progress.state() != State.RUNNING;
    }

    /**
     * Begins nothing any more. What is being sent comes to its end, within its time-out; what waits with its trigger, which
     * may be paused for as long as somebody likes, is put back.
     */
    public void stop() {
        stopping = true;
        start();
    }

    void start() {
        context.runOnContext(turn -> goOn());
    }

    private void goOn() {
        if (isOver()) {
            return;
        }
        if (attention.isPresent()
                && System.nanoTime() - watchedNanos > attention.get().toNanos()) {
            stopping = true;
        }
        if (stopping || exhausted) {
            if (stopping && !recalled && !sending.isEmpty()) {
                recall();
            }
            if (sending.isEmpty() && !fetching) {
                boolean cutShort = !exhausted || (stopping && putBack > 0);
                publish(cutShort ? State.STOPPED : State.DONE);
                whenOver.accept(this);
            } else {
                publish(State.RUNNING);
                if (attention.isPresent()) {
                    // What is with its triggers may stay there for long.
                    lookLater();
                }
            }
            return;
        }
        publish(State.RUNNING);
        int room = Math.min(WINDOW - sending.size(), allowance());
        // By the half, so that a large store is not looked through anew for every single event.
        boolean worthIt = perSecond > 0 ? room > 0 : room >= WINDOW / 2;
        if (fetching || !worthIt) {
            if (perSecond > 0 || attention.isPresent()) {
                lookLater();
            }
            return;
        }
        fetching = true;
        vertx.executeBlocking(() -> store.find(selection, after, room), false)
                .onComplete(found -> context.runOnContext(turn -> found(found)));
    }

    /** What is being sent at this moment is left, and may have failed and wait for its next attempt a moment later. */
    private void recall() {
        recalled = true;
        redriver.recall(Set.copyOf(sending));
        vertx.setTimer(
                ATTENTION_LOOK_MILLIS,
                timer -> context.runOnContext(turn -> {
                    recalled = false;
                    goOn();
                }));
    }

    private void lookLater() {
        if (!waiting) {
            waiting = true;
            vertx.setTimer(
                    perSecond > 0 ? LOOK_MILLIS : ATTENTION_LOOK_MILLIS,
                    timer -> context.runOnContext(turn -> {
                        waiting = false;
                        goOn();
                    }));
        }
    }

    private int allowance() {
        if (perSecond == 0) {
            return WINDOW;
        }
        long now = System.nanoTime();
        // What was not used while all were waiting for an answer does not come as a burst afterwards.
        double most = Math.max(1, perSecond / TimeUnit.SECONDS.toMillis(1) * 2 * LOOK_MILLIS);
        tokens = Math.min(most, tokens + (now - tokensNanos) / NANOS_PER_SECOND * perSecond);
        tokensNanos = now;
        return (int) tokens;
    }

    private void found(AsyncResult<DeadLetterStore.Page> result) {
        fetching = false;
        if (result.failed()) {
            LOG.atError()
                    .setCause(result.cause())
                    .addKeyValue("redrive", id)
                    .log("dead letters could not be looked for; the redrive stops");
            stopping = true;
            goOn();
            return;
        }
        DeadLetterStore.Page page = result.result();
        exhausted = page.next().isEmpty();
        for (ParkedEvent parked : page.items()) {
            if (last.isPresent() && parked.id().compareTo(last.get()) > 0) {
                exhausted = true;
                break;
            }
            if (stopping) {
                exhausted = false;
                break;
            }
            after = Optional.of(parked.id());
            send(parked);
        }
        goOn();
    }

    private void send(ParkedEvent parked) {
        if (!redriver.canRedrive(parked)) {
            refused++;
            if (gone.size() < NAMED) {
                gone.add(parked.trigger());
            }
            return;
        }
        Redriven redriven = store.redrive(parked.id());
        if (redriven == null) {
            skipped++;
            return;
        }
        tokens--;
        sending.add(redriven);
        Future<Redriven.Outcome> outcome = redriven.outcome();
        redriver.redrive(redriven);
        outcome.onComplete(result -> context.runOnContext(turn -> ended(redriven, result.result())));
    }

    private void ended(Redriven redriven, Redriven.Outcome outcome) {
        sending.remove(redriven);
        switch (outcome) {
            case DELIVERED -> delivered++;
            case DEAD_LETTERED -> deadLettered++;
            case EXPIRED -> expired++;
            case FAILED -> failed++;
            case PUT_BACK -> putBack++;
        }
        goOn();
    }

    private void publish(State state) {
        progress = new Progress(
                id,
                state,
                progress.selected(),
                delivered,
                deadLettered,
                expired,
                failed,
                refused,
                skipped,
                putBack,
                sending.size(),
                Set.copyOf(gone));
    }
}
