/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.channel.Channel;
import dev.sluice.api.channel.LogChannel;
import dev.sluice.api.channel.Positions;
import dev.sluice.api.filter.Filter;
import dev.sluice.api.ledger.End;
import dev.sluice.api.routing.BrokerRoute;
import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.api.routing.Delivery;
import dev.sluice.api.routing.Delivery.BackoffPolicy;
import dev.sluice.api.routing.Delivery.Format;
import dev.sluice.api.routing.Destination;
import dev.sluice.api.routing.Ordering;
import dev.sluice.api.routing.Pacing;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.routing.RoutingTable;
import dev.sluice.api.routing.TriggerRoute;
import dev.sluice.api.routing.TriggerRoute.ReplyPolicy;
import dev.sluice.dispatcher.delivery.TriggerStats;
import dev.sluice.dispatcher.parking.DeadLetterStore;
import dev.sluice.dispatcher.parking.ParkedEvent;
import dev.sluice.dispatcher.parking.Redrive;
import dev.sluice.dispatcher.parking.Selection;
import dev.sluice.dispatcher.spool.Spool;
import dev.sluice.testkit.InProcessLog;
import io.cloudevents.CloudEvent;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.dns.AddressResolverOptions;
import io.vertx.core.file.FileSystemOptions;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A dispatcher with one broker, {@code shop/default}, on a channel that a test can script. */
final class DispatcherFixture implements BeforeEachCallback, AfterEachCallback {

    static final ResourceName BROKER = new ResourceName("shop", "default");

    static final String BROKER_UID = "broker-uid";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /**
     * More than the system takes of what nobody reads: some 10 MB at both ends of a connection. Who is read on without end
     * gets rid of this within a second.
     */
    static final long BUFFERS_OF_THE_SYSTEM = 64L * 1024 * 1024;

    /** Stops for a while when its subscriber keeps failing. */
    static final Pacing BREAKING = new Pacing(OptionalInt.empty(), Optional.empty(), true, false);

    /** Begins nothing. */
    static final Pacing PAUSED = new Pacing(OptionalInt.empty(), Optional.empty(), false, true);

    static {
        // For the waits that say nothing of their own.
        Awaitility.setDefaultTimeout(PATIENCE);
    }

    final Vertx vertx;
    final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    /** What nobody handled on a context: in a real process that is a line of the log, and a read that stands. */
    private final List<Throwable> unhandled = new CopyOnWriteArrayList<>();

    private final DispatcherSettings settings;
    private final Map<ResourceName, TriggerRoute> triggers = new HashMap<>();
    private Channel channel = new ScriptedChannel(BROKER);
    private Dispatcher dispatcher;

    DispatcherFixture() {
        this(DispatcherSettings.defaults());
    }

    /** One that looks names up like this. */
    DispatcherFixture(AddressResolverOptions names) {
        this(DispatcherSettings.defaults(), names);
    }

    DispatcherFixture(DispatcherSettings settings) {
        this(settings, new AddressResolverOptions());
    }

    private DispatcherFixture(DispatcherSettings settings, AddressResolverOptions names) {
        this.settings = settings;
        vertx = Vertx.vertx(new VertxOptions()
                .setEventLoopPoolSize(2)
                .setAddressResolverOptions(names)
                .setFileSystemOptions(
                        new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false)));
        vertx.exceptionHandler(this::unhandled);
        dispatcher = new Dispatcher(vertx, settings, registry);
    }

    private void unhandled(Throwable exception) {
        if (!ScriptedChannel.isToldToBreak(exception)) {
            unhandled.add(exception);
        }
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        apply();
    }

    @Override
    public void afterEach(ExtensionContext context) {
        get(dispatcher.close());
        get(vertx.close());
        assertThat(unhandled).as("exceptions that nobody handled").isEmpty();
    }

    Dispatcher dispatcher() {
        return dispatcher;
    }

    /** Starts over with these settings; before any trigger is applied. */
    DispatcherFixture with(Function<DispatcherSettings, DispatcherSettings> change) {
        get(dispatcher.close());
        channel = new ScriptedChannel(BROKER);
        dispatcher = new Dispatcher(vertx, change.apply(settings), registry);
        apply();
        return this;
    }

    /** Puts another channel in the place of the scripted one; before any trigger is applied. */
    void with(Channel other) {
        get(dispatcher.close());
        channel = other;
        dispatcher = new Dispatcher(vertx, settings, registry);
        apply();
    }

    /** Starts over with a dead-letter store of this capacity and one request at a time; before any trigger is applied. */
    void withStoreOf(long capacityBytes) {
        get(dispatcher.close());
        channel = new ScriptedChannel(BROKER);
        dispatcher = new Dispatcher(
                vertx,
                settings.withMaxInFlight(1),
                registry,
                new DeadLetterStore(capacityBytes, System::currentTimeMillis, registry),
                Optional.empty());
        apply();
    }

    /** Starts over on a channel of a log; before any trigger is applied. */
    void with(LogChannel log, LogSettings logs) {
        with(log, logs, Optional.empty());
    }

    /** The same, going on with what an earlier process left. */
    void with(LogChannel log, LogSettings logs, Optional<Spool> spool) {
        get(dispatcher.close());
        channel = log;
        dispatcher = new Dispatcher(
                vertx,
                settings,
                logs,
                registry,
                new DeadLetterStore(1024 * 1024, System::currentTimeMillis, registry),
                spool);
        apply();
    }

    ScriptedChannel channel() {
        return (ScriptedChannel) channel;
    }

    // ---- routes -------------------------------------------------------------------------------------------------

    /** Two retries a hundredth of a second apart, linear, kept events half a second. */
    static Delivery delivery() {
        return new Delivery(
                2,
                BackoffPolicy.LINEAR,
                Duration.ofMillis(10),
                Duration.ofMillis(500),
                Duration.ofSeconds(10),
                Optional.empty(),
                Optional.empty(),
                Format.BINARY);
    }

    static Delivery delivery(int retry) {
        return with(delivery(), retry, delivery().timeout(), Optional.empty());
    }

    /** Retries that are an hour away: what fails waits. */
    static Delivery waiting() {
        return new Delivery(
                2,
                BackoffPolicy.LINEAR,
                Duration.ofHours(1),
                Duration.ofHours(1),
                Duration.ofSeconds(10),
                Optional.empty(),
                Optional.empty(),
                Format.BINARY);
    }

    static Delivery withTimeout(Delivery of, Duration timeout) {
        return with(of, of.retry(), timeout, of.deadLetterSink());
    }

    static Delivery withSink(Delivery of, URI sink) {
        return with(of, of.retry(), of.timeout(), Optional.of(Destination.of(sink)));
    }

    static Delivery withBackoffMax(Delivery of, Duration most) {
        return new Delivery(
                of.retry(),
                of.backoffPolicy(),
                of.backoffDelay(),
                most,
                of.timeout(),
                of.retryAfterMax(),
                of.deadLetterSink(),
                of.format());
    }

    static Delivery withFormat(Delivery of, Format format) {
        return new Delivery(
                of.retry(),
                of.backoffPolicy(),
                of.backoffDelay(),
                of.backoffMax(),
                of.timeout(),
                of.retryAfterMax(),
                of.deadLetterSink(),
                format);
    }

    private static Delivery with(Delivery of, int retry, Duration timeout, Optional<Destination> sink) {
        return new Delivery(
                retry,
                of.backoffPolicy(),
                of.backoffDelay(),
                of.backoffMax(),
                timeout,
                of.retryAfterMax(),
                sink,
                of.format());
    }

    static TriggerRoute trigger(String name, Destination subscriber, Delivery delivery) {
        return trigger(name, name + "-uid", new Filter.Everything(), subscriber, delivery, ReplyPolicy.DEFAULT);
    }

    static TriggerRoute trigger(String name, URI subscriber, Delivery delivery) {
        return trigger(name, Destination.of(subscriber), delivery);
    }

    static TriggerRoute trigger(
            String name, String uid, Filter filter, Destination subscriber, Delivery delivery, ReplyPolicy reply) {
        return new TriggerRoute(new ResourceName("shop", name), uid, 1, filter, subscriber, delivery, reply);
    }

    static TriggerRoute withFilter(TriggerRoute of, Filter filter) {
        return new TriggerRoute(
                of.name(), of.uid(), of.generation(), filter, of.subscriber(), of.delivery(), of.reply());
    }

    static TriggerRoute withReply(TriggerRoute of, ReplyPolicy reply) {
        return new TriggerRoute(
                of.name(), of.uid(), of.generation(), of.filter(), of.subscriber(), of.delivery(), reply);
    }

    static TriggerRoute withUid(TriggerRoute of, String uid) {
        return new TriggerRoute(
                of.name(), uid, of.generation(), of.filter(), of.subscriber(), of.delivery(), of.reply());
    }

    static TriggerRoute withOrdering(TriggerRoute of, Ordering ordering) {
        return with(of, Optional.of(ordering), of.pacing());
    }

    static TriggerRoute withPacing(TriggerRoute of, Pacing pacing) {
        return with(of, of.ordering(), pacing);
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
                pacing,
                of.startFrom());
    }

    /** Adds triggers, or changes those of the same name, and waits until they are in force. */
    void apply(TriggerRoute... routes) {
        applyWaiting(routes);
    }

    /** The same, and tells which of them get nothing yet, and why. */
    Map<ResourceName, String> applyWaiting(TriggerRoute... routes) {
        for (TriggerRoute route : routes) {
            triggers.put(route.name(), route);
        }
        return get(dispatcher.apply(table(), Map.of(BROKER_UID, channel)));
    }

    void delete(String name) {
        triggers.remove(new ResourceName("shop", name));
        apply();
    }

    /** Deletes the broker and all that belongs to it. */
    void deleteBroker() {
        get(dispatcher.apply(RoutingTable.empty(), Map.of()));
    }

    RoutingTable table() {
        return new RoutingTable(Map.of(
                BROKER,
                new BrokerRoute(
                        BROKER,
                        BROKER_UID,
                        new ChannelSpec("scripted", BROKER, BROKER_UID, Map.of()),
                        Optional.empty(),
                        triggers)));
    }

    // ---- events -------------------------------------------------------------------------------------------------

    void append(CloudEvent... events) {
        append(List.of(events));
    }

    void append(List<CloudEvent> events) {
        get(channel.append(events, Channel.Admission.PRODUCER));
    }

    // ---- what is there to see -----------------------------------------------------------------------------------

    TriggerStats stats(String trigger) {
        return dispatcher.stats().stream()
                .filter(stats -> stats.trigger().name().equals(trigger))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no statistics of " + trigger));
    }

    long ended(String trigger, End end) {
        return stats(trigger).ended().get(end);
    }

    void awaitEnded(String trigger, End end, long count) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(ended(trigger, end))
                        .as("%s of %s: %s", end, trigger, stats(trigger))
                        .isEqualTo(count));
    }

    /** What is parked now, in the order in which it was. */
    List<ParkedEvent> parked() {
        return dispatcher
                .deadLetters()
                .store()
                .find(Selection.everything(), Optional.empty(), Integer.MAX_VALUE)
                .items();
    }

    /** These parked events and no others. */
    static Selection only(List<ParkedEvent> parked) {
        return new Selection(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                OptionalInt.empty(),
                Optional.empty(),
                parked.stream().map(ParkedEvent::id).collect(Collectors.toSet()));
    }

    /** Sends parked events again, and waits until that is over. */
    Redrive.Progress redrive(Selection selection) {
        Redrive redrive = dispatcher
                .deadLetters()
                .redrive(selection, 0, false)
                .orElseThrow(() -> new AssertionError("too many redrives"));
        await().atMost(PATIENCE).until(() -> redrive.progress().state() == Redrive.State.DONE);
        return redrive.progress();
    }

    /** Waits until every partition is committed to its end, without a word of any trigger. */
    static void awaitAllCommitted(InProcessLog log) {
        await().atMost(PATIENCE).untilAsserted(() -> {
            for (int i = 0; i < log.partitions(); i++) {
                assertThat(log.committed(i)).isEqualTo(Positions.at(log.end(i)));
            }
        });
    }

    /** Nothing is lost and nothing is counted twice, for every trigger. */
    void verifyConservation() {
        await().atMost(PATIENCE).untilAsserted(() -> {
            for (TriggerStats stats : dispatcher.stats()) {
                long ends = stats.ended().values().stream()
                        .mapToLong(Long::longValue)
                        .sum();
                assertThat(ends + stats.handedOver() + stats.inFlight())
                        .as("%s", stats)
                        .isEqualTo(stats.matched() + stats.takenOver());
            }
        });
    }

    /** Everything has ended: no trigger holds anything, and the channel has everything back. */
    void verifyNothingLeft() {
        verifyConservation();
        await().atMost(PATIENCE).untilAsserted(() -> {
            assertThat(dispatcher.stats()).allSatisfy(stats -> {
                assertThat(stats.inFlight()).isZero();
                assertThat(stats.requests()).isZero();
            });
            assertThat(channel().kept()).as("events the channel still keeps").isZero();
            assertThat(channel().charged()).as("bytes that are still charged").isZero();
        });
    }

    static <T> T get(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (Exception e) {
            throw new AssertionError("did not complete: " + e, e);
        }
    }
}
