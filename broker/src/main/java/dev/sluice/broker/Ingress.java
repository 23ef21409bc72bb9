/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.broker;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.channel.Channel;
import dev.sluice.api.routing.BrokerRoute;
import dev.sluice.api.routing.RoutingTable;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.BindException;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The door for events: an HTTP server that takes CloudEvents in at {@code POST /namespace/broker}, appends them to the
 * Broker's channel and answers 202 once the channel has them. One server per event loop, all on one port.
 *
 * <p>Before the first {@link #apply} every request is refused with 503, because a Broker that is not known yet is not one
 * that does not exist. Safe for any thread.
 */
public final class Ingress {

    /**
     * With this header, whose value is the UID of a Broker, {@code OPTIONS} answers 200 only if events would be taken in for
     * that very Broker, and not for one of its name that it is to replace.
     */
    public static final String PROBE_HEADER = "sluice-probe";

    private final Vertx vertx;
    private final IngressSettings settings;
    private final MeterRegistry registry;
    private final Clock clock;
    private final BodyBudget budget;
    private final BodyBudget headBudget;
    /** Over all event loops. */
    private final AtomicInteger connections = new AtomicInteger();

    private final RefusalMeters refusedWithoutBroker;
    private final AtomicInteger port = new AtomicInteger();

    /** Brokers by path, in one immutable snapshot; null before the first one came. */
    private volatile @Nullable Map<String, BrokerEntry> brokers;

    private volatile boolean stopping;
    private volatile Duration grace = Duration.ZERO;
    /** Guarded by this. */
    private @Nullable Future<Void> closing;

    private @Nullable Future<String> deployment;

    /** Opens nothing yet. The Vert.x instance and the registry stay the caller's. */
    public Ingress(Vertx vertx, IngressSettings settings, MeterRegistry registry) {
        this(vertx, settings, registry, Clock.systemUTC());
    }

    Ingress(Vertx vertx, IngressSettings settings, MeterRegistry registry, Clock clock) {
        this.vertx = requireNonNull(vertx, "vertx");
        this.settings = requireNonNull(settings, "settings");
        this.registry = requireNonNull(registry, "registry");
        this.clock = requireNonNull(clock, "clock");
        this.budget = new BodyBudget(settings.bodyBudgetBytes());
        this.headBudget = new BodyBudget(Math.max(4L * settings.maxHeaderBytes(), settings.bodyBudgetBytes() / 4));
        // What can't be laid at a Broker's door is counted under empty names: those in a request may be anything.
        this.refusedWithoutBroker = new RefusalMeters(registry, "", "");
    }

    /**
     * Opens the port.
     *
     * @return the port, which is the one of the settings unless that is 0; fails with a {@link BindException} whose
     *     message says what to do if it can't be had
     */
    public synchronized Future<Integer> listen() {
        if (deployment != null) {
            return Future.failedFuture(new IllegalStateException("the ingress listens already"));
        }
        DeploymentOptions perEventLoop =
                new DeploymentOptions().setInstances(Runtime.getRuntime().availableProcessors());
        Future<String> deploying = vertx.deployVerticle(() -> new IngressServer(this, settings), perEventLoop);
        deployment = deploying;
        return deploying.map(id -> port.get()).recover(e -> Future.failedFuture(cantListen(e)));
    }

    private Throwable cantListen(Throwable cause) {
        if (!(cause instanceof BindException)) {
            return cause;
        }
        BindException explained = new BindException("can't listen on " + settings.host() + ":" + settings.port() + " ("
                + cause.getMessage() + "); stop what has the port, or choose another address or port for the ingress");
        explained.initCause(cause);
        return explained;
    }

    /**
     * Puts a routing table in force, as a whole and at once. Requests that are in hand end with the table they began with.
     *
     * @param channelsByBrokerUid the open channels; a Broker without one is answered for as not ready
     */
    public synchronized void apply(RoutingTable table, Map<String, Channel> channelsByBrokerUid) {
        Map<String, BrokerEntry> before = brokers == null ? Map.of() : brokers;
        Map<String, BrokerEntry> next = new HashMap<>();
        for (BrokerRoute route : table.brokers().values()) {
            String path = BrokerEntry.pathOf(route.name());
            BrokerEntry known = before.get(path);
            BrokerEntry entry = known == null ? BrokerEntry.first(route.name(), registry) : known;
            next.put(
                    path,
                    entry.in(
                            route.uid(),
                            channelsByBrokerUid.get(route.uid()),
                            route.notReady().orElse(null)));
        }
        brokers = next;
        before.forEach((path, entry) -> {
            if (!next.containsKey(path)) {
                entry.removeMetersFrom(registry);
            }
        });
    }

    /**
     * Refuses every event from now on with 503 and closes the connections on which they come. Requests whose events were
     * on the way to the channel are answered as ever.
     */
    public void stopAccepting() {
        stopping = true;
    }

    /**
     * Stops accepting, answers what is in hand, and closes the port. Requests that are still being read are given a second at
     * most. Idempotent: the first call says how long it may take.
     *
     * @param grace for requests whose events are on their way to the channel, which is not known to have them before it says
     *     so; they have no more than {@code --request-timeout} in any case
     */
    public synchronized Future<Void> close(Duration grace) {
        stopAccepting();
        Future<Void> already = closing;
        if (already != null) {
            return already;
        }
        this.grace = grace;
        Future<String> deployed = deployment;
        if (deployed == null) {
            return Future.succeededFuture();
        }
        // A deployment that failed has nothing to close.
        Future<Void> closed = deployed.transform(
                result -> result.succeeded() ? vertx.undeploy(result.result()) : Future.succeededFuture());
        closing = closed;
        return closed;
    }

    @Nullable
    Map<String, BrokerEntry> brokers() {
        return brokers;
    }

    /** What a stop may take. */
    Duration grace() {
        return grace;
    }

    boolean isStopping() {
        return stopping;
    }

    BodyBudget budget() {
        return budget;
    }

    /** Of the headers of all requests in hand: small beside bodies as a rule, and as large as these if somebody means it. */
    BodyBudget headBudget() {
        return headBudget;
    }

    /** Connections that are open, over all event loops. */
    AtomicInteger connections() {
        return connections;
    }

    RefusalMeters refusedWithoutBroker() {
        return refusedWithoutBroker;
    }

    Clock clock() {
        return clock;
    }

    void listening(int onPort) {
        port.set(onPort);
    }
}
