/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.channel.ChannelException;
import dev.sluice.api.filter.Filter;
import dev.sluice.api.ledger.End;
import dev.sluice.api.routing.Delivery;
import dev.sluice.api.routing.Delivery.BackoffPolicy;
import dev.sluice.api.routing.Delivery.Format;
import dev.sluice.api.routing.Destination;
import dev.sluice.api.routing.Ordering;
import dev.sluice.api.routing.Pacing;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.routing.TriggerRoute;
import dev.sluice.dispatcher.parking.DeadLetterStore;
import dev.sluice.dispatcher.send.DestinationGuard;
import dev.sluice.dispatcher.send.ReplyMemory;
import dev.sluice.dispatcher.send.Targets;
import io.cloudevents.CloudEvent;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The queue of one trigger with real HTTP and with time that the test turns. */
final class QueueFixture implements BeforeEachCallback, AfterEachCallback {

    static final int MAX_IN_FLIGHT = 100;

    private static final ResourceName BROKER = new ResourceName("shop", "default");

    final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final Vertx vertx = Vertx.vertx();
    private final Context context = vertx.getOrCreateContext();
    private final ManualTimers timers = new ManualTimers(context);
    private final LiveTraffic traffic = new LiveTraffic(timers.nanoTime());
    final DeadLetterStore store = new DeadLetterStore(1 << 20, timers::epochMillis, new SimpleMeterRegistry());
    private final AtomicInteger heldReplies = new AtomicInteger();
    private volatile Future<Void> keepingReplies = Future.succeededFuture();
    private volatile @Nullable TriggerQueue queue;

    @Override
    public void beforeEach(ExtensionContext test) {}

    @Override
    public void afterEach(ExtensionContext test) {
        get(vertx.close());
    }

    ManualTimers timers() {
        return timers;
    }

    TriggerQueue queue() {
        TriggerQueue started = queue;
        assertThat(started).as("the queue, which start() makes").isNotNull();
        return started;
    }

    TriggerStats stats() {
        return queue().stats();
    }

    long delivered() {
        return ended(End.DELIVERED);
    }

    long ended(End end) {
        return stats().ended().get(end);
    }

    // ---- routes -------------------------------------------------------------------------------------------------

    /** Ten retries a second apart, linear, at most five minutes; no sink. */
    static Delivery delivery() {
        return delivery(10);
    }

    static Delivery delivery(int retry) {
        return new Delivery(
                retry,
                BackoffPolicy.LINEAR,
                Duration.ofSeconds(1),
                Duration.ofMinutes(5),
                Duration.ofSeconds(60),
                Optional.empty(),
                Optional.empty(),
                Format.BINARY);
    }

    static Delivery withSink(Delivery of, URI sink) {
        return new Delivery(
                of.retry(),
                of.backoffPolicy(),
                of.backoffDelay(),
                of.backoffMax(),
                of.timeout(),
                of.retryAfterMax(),
                Optional.of(Destination.of(sink)),
                of.format());
    }

    static TriggerRoute route(URI subscriber, Delivery delivery) {
        return new TriggerRoute(
                new ResourceName("shop", "all"),
                "uid",
                1,
                new Filter.Everything(),
                Destination.of(subscriber),
                delivery,
                TriggerRoute.ReplyPolicy.DEFAULT);
    }

    static TriggerRoute with(TriggerRoute of, Pacing pacing) {
        return with(of, of.ordering(), pacing);
    }

    static TriggerRoute with(TriggerRoute of, @Nullable Ordering ordering) {
        return with(of, Optional.ofNullable(ordering), of.pacing());
    }

    private static TriggerRoute with(TriggerRoute of, Optional<Ordering> ordering, Pacing pacing) {
        return new TriggerRoute(
                of.name(),
                of.uid(),
                of.generation(),
                of.filter(),
                of.subscriber(),
                of.delivery(),
                of.reply(),
                ordering,
                pacing);
    }

    // ---- what happens -------------------------------------------------------------------------------------------

    void start(TriggerRoute route) {
        on(() -> {
            queue = new TriggerQueue(
                    new TriggerQueue.Setup(
                            BROKER,
                            timers,
                            new Targets(
                                    vertx,
                                    new DestinationGuard(List.of(), List.of()),
                                    Duration.ofSeconds(5),
                                    1000,
                                    new ReplyMemory(1 << 20)),
                            new ReplyAppender((reply, settled) -> keepReply(), 255),
                            MAX_IN_FLIGHT,
                            traffic,
                            store.open(BROKER, "broker-uid"),
                            registry),
                    route);
        });
    }

    private Future<Void> keepReply() {
        heldReplies.incrementAndGet();
        return keepingReplies;
    }

    /** From now on replies are kept when the promise is completed. */
    Promise<Void> holdReplies() {
        Promise<Void> kept = Promise.promise();
        keepingReplies = kept.future();
        return kept;
    }

    /** From now on there is no room for replies. */
    void refuseReplies() {
        keepingReplies = Future.failedFuture(new ChannelException(ChannelException.Kind.FULL, "no room"));
    }

    /** Replies that were to be kept so far. */
    int heldReplies() {
        return heldReplies.get();
    }

    void accept(List<CloudEvent> events) {
        accept(0, events);
    }

    /** The trigger matches these, in one go. */
    void accept(int partition, List<CloudEvent> events) {
        on(() -> events.forEach(event -> match(Held.of(partition, event))));
    }

    private void match(HeldEvent held) {
        queue().matched();
        queue().accept(held);
    }

    /** Another trigger, which keeps up, begins an event. */
    void othersAreLive() {
        on(() -> traffic.begun(timers.nanoTime()));
    }

    /** The trigger matches a reply that was kept without room. */
    void acceptLastResort(CloudEvent reply) {
        HeldEvent held = Held.of(reply);
        held.markLastResort();
        on(() -> match(held));
    }

    /** The trigger matches this, and so much time passes before any connection can be there for it. */
    void acceptAndPass(CloudEvent event, Duration time) {
        on(() -> {
            match(Held.of(event));
            timers.pass(time);
        });
    }

    void update(Function<TriggerRoute, TriggerRoute> change) {
        on(() -> queue().update(change.apply(queue().route())));
    }

    void share(Share share) {
        on(() -> queue().share(share));
    }

    /** Deletes the trigger, and answers when nothing is left. */
    Future<Void> discard() {
        return acceptAndDiscard(List.of());
    }

    /** The same, right after the trigger has matched these. */
    Future<Void> acceptAndDiscard(List<CloudEvent> events) {
        Promise<Void> empty = Promise.promise();
        on(() -> {
            events.forEach(event -> match(Held.of(0, event)));
            queue().discard(empty::complete);
        });
        return empty.future();
    }

    void advance(Duration by) throws InterruptedException {
        timers.advance(by);
    }

    boolean isBusyWithin(Duration time) {
        var busy = new CompletableFuture<Boolean>();
        on(() -> busy.complete(queue().isBusyBefore(timers.nanoTime() + time.toNanos())));
        return busy.join();
    }

    /** Waits until no request runs and everything that follows from the last has been done. */
    void awaitQuiet() {
        await().until(() -> {
            awaitSettled();
            return stats().requests() == 0;
        });
    }

    /** Waits until what is on its way to the queue's context has been done there. */
    void awaitSettled() {
        on(() -> {});
    }

    /** Does something on the queue's context, and waits until it is done. */
    private void on(Runnable action) {
        var done = new CompletableFuture<Void>();
        context.runOnContext(turn -> {
            try {
                action.run();
                done.complete(null);
            } catch (RuntimeException | Error e) {
                done.completeExceptionally(e);
            }
        });
        done.orTimeout(20, TimeUnit.SECONDS).join();
    }

    static <T> T get(Future<T> future) {
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(20, TimeUnit.SECONDS)
                .join();
    }
}
