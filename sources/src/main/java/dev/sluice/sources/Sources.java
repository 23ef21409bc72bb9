/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.source.AdapterSetup;
import dev.sluice.api.source.SecretValues;
import dev.sluice.api.source.SourceDefinition;
import dev.sluice.api.source.SourceName;
import dev.sluice.api.source.SourceRoute;
import dev.sluice.api.source.SourceTable;
import dev.sluice.sources.listen.Endpoint;
import dev.sluice.sources.listen.WebhookListener;
import dev.sluice.sources.send.SinkClients;
import dev.sluice.sources.send.SinkGuard;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.net.URI;
import java.time.Clock;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the sources that are in force: makes their adapters, starts and stops them as the table changes, serves their
 * webhooks, and sends their events. A source that does not change goes on undisturbed whatever becomes of the others; one
 * that can't be started is tried again until it can.
 *
 * <p>Adapters are made, started and closed on one event loop. The public methods are for any thread.
 */
public final class Sources {

    private static final Logger LOG = LoggerFactory.getLogger(Sources.class);

    /** For an adapter to start or to end: what takes longer goes on in the background, and must not touch what comes after. */
    private static final long STEP_SECONDS = 5;

    private static final long RETRY_SECONDS = 5;

    private final Vertx vertx;
    private final MeterRegistry registry;
    private final InstantSource clock;
    private final SinkClients clients;
    private final WebhookListener listener;
    private final SourceMemory memory;
    private final Context context;
    private final Optional<URI> webhookUrl;

    // Changed on the context only.
    private final Map<SourceName, RunningSource> running = new ConcurrentHashMap<>();
    private final Map<SourceName, SourceState.Problem> problems = new ConcurrentHashMap<>();
    /** Why the port for webhooks is not open; null if it is, or if nobody needs it. */
    private volatile SourceState.@Nullable Problem portProblem;

    private SourceTable table = SourceTable.empty();
    /** The change that was asked for last: the next waits for it. */
    private Future<Void> turning = Future.succeededFuture();

    private boolean retrying;
    private boolean closed;
    /** Guarded by this. */
    private @Nullable Future<Void> closing;

    /** Opens nothing yet. The Vert.x instance and the registry stay the caller's. */
    public Sources(Vertx vertx, SourcesSettings settings, SinkGuard guard, MeterRegistry registry) {
        this(vertx, settings, guard, registry, Clock.systemUTC());
    }

    Sources(Vertx vertx, SourcesSettings settings, SinkGuard guard, MeterRegistry registry, InstantSource clock) {
        this.vertx = requireNonNull(vertx, "vertx");
        this.registry = requireNonNull(registry, "registry");
        this.clock = requireNonNull(clock, "clock");
        webhookUrl = settings.webhookUrl();
        clients = new SinkClients(vertx, settings.sink(), guard);
        memory = new SourceMemory(vertx, settings.memory());
        listener = new WebhookListener(vertx, settings.listen(), registry, clock);
        context = vertx.getOrCreateContext();
    }

    /** The port for webhooks, which is opened with the first source that has one; empty before that. */
    public Optional<Integer> port() {
        return listener.port();
    }

    /**
     * Puts a table in force: sources that are new are started, those that changed are started anew, those that are gone are
     * taken down.
     *
     * @return completes within seconds, when all has been done that could be; {@link #state} says what could not
     */
    public Future<Void> apply(SourceTable next) {
        return onContext(() -> {
            table = next;
            return turn();
        });
    }

    private Future<Void> turn() {
        turning = turning.transform(before -> memory.open())
                .compose(read -> closed ? Future.succeededFuture() : turnNow());
        return turning;
    }

    private Future<Void> turnNow() {
        SourceTable wanted = table;
        List<Future<Void>> steps = new ArrayList<>();
        Map<SourceName, Future<Void>> gone = new HashMap<>();
        List.copyOf(running.values()).forEach(one -> {
            SourceName name = one.route().name();
            SourceRoute next = wanted.source(name);
            if (next == null || !next.uid().equals(one.route().uid())) {
                running.remove(name);
                one.removeMeters(registry);
                // What is there and can't run just now is not gone.
                boolean waits = wanted.waiting().containsKey(name);
                Future<Void> ended = ending(waits ? one.close() : one.remove(), name);
                if (!waits) {
                    memory.forget(one.route().uid());
                }
                steps.add(ended);
                gone.put(name, ended);
            }
        });
        problems.keySet().removeIf(name -> wanted.source(name) == null);
        // What an adapter sets up outside may call back at once: only when the port is open, or can't be.
        Promise<Void> opened = Promise.promise();
        wanted.sources().values().forEach(route -> {
            // And one of the same name may take down what this one sets up: only after that.
            Future<Void> before = gone.getOrDefault(route.name(), Future.succeededFuture());
            steps.add(turn(route, before.compose(ended -> opened.future())));
        });
        listener.apply(endpoints(wanted));
        open(wanted).onComplete(tried -> context.runOnContext(here -> opened.complete()));
        steps.add(opened.future());
        return Future.join(steps)
                .eventually(() -> {
                    retryLater();
                    return Future.succeededFuture();
                })
                .mapEmpty();
    }

    /** Nobody needs the port while there is nothing behind it. */
    private Future<Void> open(SourceTable wanted) {
        boolean needed = wanted.sources().values().stream()
                .anyMatch(route -> route.definition().hasWebhook());
        if (!needed || listener.port().isPresent()) {
            portProblem = null;
            return Future.succeededFuture();
        }
        return listener.listen()
                .onSuccess(port -> {
                    portProblem = null;
                    LOG.atInfo().addKeyValue("port", port).log("webhooks are taken in");
                })
                .onFailure(this::portFailed)
                .<Void>mapEmpty()
                .otherwiseEmpty();
    }

    private void portFailed(Throwable cause) {
        String text = "the port for webhooks can't be opened: " + cause.getMessage();
        SourceState.Problem before = portProblem;
        if (before == null) {
            LOG.atWarn().addKeyValue("error", cause.getMessage()).log("the port for webhooks can't be opened");
        }
        portProblem = new SourceState.Problem(text, before == null ? clock.instant() : before.since());
    }

    /** @param ready completes when it may be started */
    private Future<Void> turn(SourceRoute route, Future<Void> ready) {
        SourceName name = route.name();
        RunningSource before = running.get(name);
        if (before != null && before.fits(route) && !before.hasFailed()) {
            before.turnTo(route);
            return started(before);
        }
        RunningSource next;
        try {
            next = new RunningSource(route, vertx, clients, registry, clock, webhookUrl(name), memory);
        } catch (IllegalArgumentException e) {
            failed(name, "it can't be set up: " + e.getMessage());
            return Future.succeededFuture();
        } catch (RuntimeException e) {
            LOG.atError().setCause(e).addKeyValue("source", name).log("an adapter can't be made");
            failed(name, "it can't be set up because of a fault; see the log");
            return Future.succeededFuture();
        }
        running.put(name, next);
        Future<Void> ended = before == null ? Future.succeededFuture() : ending(before.giveWay(route), name);
        return ended.compose(done -> ready).compose(done -> started(next));
    }

    private Future<Void> started(RunningSource source) {
        SourceName name = source.route().name();
        return source.start()
                .timeout(STEP_SECONDS, TimeUnit.SECONDS)
                .onSuccess(runs -> problems.remove(name))
                .recover(failure -> {
                    failed(name, "it does not start: " + failure.getMessage());
                    return Future.succeededFuture();
                });
    }

    private void failed(SourceName name, String text) {
        SourceState.Problem before = problems.get(name);
        if (before == null || !before.text().equals(text)) {
            LOG.atWarn().addKeyValue("source", name).addKeyValue("error", text).log("a source does not run");
        }
        problems.put(name, new SourceState.Problem(text, before == null ? clock.instant() : before.since()));
    }

    private void retryLater() {
        if ((problems.isEmpty() && portProblem == null) || retrying || closed) {
            return;
        }
        retrying = true;
        vertx.setTimer(
                TimeUnit.SECONDS.toMillis(RETRY_SECONDS),
                timer -> context.runOnContext(here -> {
                    retrying = false;
                    turn().onFailure(e -> LOG.atError().setCause(e).log("sources could not be tried again"));
                }));
    }

    private Optional<URI> webhookUrl(SourceName source) {
        return webhookUrl.map(base -> {
            String text = base.toString();
            return URI.create((text.endsWith("/") ? text.substring(0, text.length() - 1) : text) + path(source));
        });
    }

    private static String path(SourceName source) {
        return "/" + source.name();
    }

    private Map<String, Endpoint> endpoints(SourceTable wanted) {
        Map<String, Endpoint> endpoints = new HashMap<>();
        wanted.waiting().forEach((name, why) -> endpoints.put(path(name), new Endpoint.NotReady(name, why)));
        problems.forEach((name, problem) -> endpoints.put(path(name), new Endpoint.NotReady(name, problem.text())));
        running.values().forEach(one -> {
            Endpoint endpoint = one.endpoint();
            if (endpoint != null) {
                endpoints.put(path(one.route().name()), endpoint);
            }
        });
        return endpoints;
    }

    /** What can be seen of a source; empty if none of this name is to run here. */
    public Optional<SourceState> state(SourceName name) {
        RunningSource one = running.get(name);
        SourceState.Problem own = problems.get(name);
        // Nobody reaches a webhook while its port is not open, however well the source itself runs.
        SourceState.Problem problem = own == null && one != null && one.endpoint() != null ? portProblem : own;
        return one == null && problem == null
                ? Optional.empty()
                : Optional.of(new SourceState(
                        one == null ? Map.of() : one.conditions(),
                        Optional.ofNullable(problem),
                        one == null ? Optional.empty() : one.webhookUrl()));
    }

    /**
     * Takes down what a source that is deleted has set up outside, whether it runs here or not.
     *
     * @return fails within seconds if it can't be taken down now; the message says why
     */
    public Future<Void> takeDown(SourceName name, SourceDefinition definition, SecretValues secrets) {
        return onContext(() -> definition
                .adapter(new AdapterSetup(name.name(), secrets, clock))
                .takeDown(
                        new OutsideOnly(vertx, clients, definition.hasWebhook() ? webhookUrl(name) : Optional.empty()))
                .timeout(STEP_SECONDS, TimeUnit.SECONDS));
    }

    /** Refuses every request to a webhook from now on with 503. Those whose events are on their way are answered as ever. */
    public void stopAccepting() {
        listener.stopAccepting();
    }

    /**
     * Ends all sources and closes the port; what they have set up outside stays. Bounded in time.
     *
     * @return the same for every call: the clients are closed after the requests in hand, whoever asks again meanwhile
     */
    public synchronized Future<Void> close() {
        Future<Void> begun = closing;
        if (begun == null) {
            begun = closeOnce();
            closing = begun;
        }
        return begun;
    }

    private Future<Void> closeOnce() {
        listener.stopAccepting();
        return onContext(() -> {
                    closed = true;
                    List<Future<Void>> ends = new ArrayList<>();
                    running.forEach((name, one) -> ends.add(ending(one.close(), name)));
                    running.clear();
                    ends.add(listener.close());
                    return Future.join(ends);
                })
                .eventually(clients::close)
                .eventually(memory::close)
                .mapEmpty();
    }

    /** Never fails: nobody is left who could do anything about it. */
    private static Future<Void> ending(Future<Void> step, SourceName source) {
        return step.timeout(STEP_SECONDS, TimeUnit.SECONDS).recover(error -> {
            LOG.atWarn()
                    .addKeyValue("source", source)
                    .addKeyValue("error", error.getMessage())
                    .log("a source did not end in order");
            return Future.succeededFuture();
        });
    }

    private <T> Future<T> onContext(Supplier<Future<T>> action) {
        Promise<T> promise = Promise.promise();
        context.runOnContext(here -> {
            try {
                action.get().onComplete(promise);
            } catch (RuntimeException e) {
                promise.fail(e);
            }
        });
        return promise.future();
    }
}
