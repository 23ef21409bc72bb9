/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.observation;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.source.SourceCondition;
import dev.sluice.api.source.SourceName;
import dev.sluice.control.reconcile.SourceObservation;
import dev.sluice.control.reconcile.SourceObserver;
import dev.sluice.control.reconcile.TriggerObservation;
import dev.sluice.control.reconcile.TriggerObserver;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.HostAndPort;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the processes that deliver events and run sources every few seconds how their Triggers and sources do. Who does not answer is
 * believed for a while to stand as he did: a process that is just replaced makes no transition.
 *
 * <p>Everything happens on one event loop; what is observed is for any thread.
 */
public final class ObservedElsewhere implements TriggerObserver, SourceObserver {

    private static final Logger LOG = LoggerFactory.getLogger(ObservedElsewhere.class);

    private static final Duration EVERY = Duration.ofSeconds(3);

    /** For how long an answer counts. */
    private static final Duration COUNTS = Duration.ofSeconds(30);

    private static final long ANSWER_MILLIS = 2_000;

    /** Some 100,000 sources. */
    private static final int MOST_BYTES = 64 << 20;

    private final Vertx vertx;
    private final List<HostAndPort> processes;
    private final Optional<String> authorization;
    private final Clock clock;
    private final HttpClient client;
    private final Context context;
    private volatile Seen seen = new Seen(Observations.NONE, Instant.EPOCH, false);

    // All below belongs to the context.
    private final Map<SocketAddress, Answer> answers = new HashMap<>();
    /** Those of whom it was said that they do not answer. */
    private final Set<String> silent = new HashSet<>();

    private boolean closed;

    /**
     * @param since when the sources came to be those that they are
     * @param isKnown whether everybody was asked once
     */
    private record Seen(Observations observations, Instant since, boolean isKnown) {}

    private record Answer(Buffer text, Observations observations, long nanos) {}

    /**
     * @param processes every address of each name is asked
     * @param authorization the header of that name; empty: there is none
     */
    public ObservedElsewhere(Vertx vertx, List<HostAndPort> processes, Optional<String> authorization, Clock clock) {
        this.vertx = requireNonNull(vertx, "vertx");
        this.processes = List.copyOf(processes);
        this.authorization = requireNonNull(authorization, "authorization");
        this.clock = requireNonNull(clock, "clock");
        client = vertx.createHttpClient(
                new HttpClientOptions().setConnectTimeout((int) ANSWER_MILLIS), new PoolOptions().setHttp1MaxSize(1));
        context = vertx.getOrCreateContext();
    }

    /** @param changed told when there is something new; must not block */
    public void start(Runnable changed) {
        context.runOnContext(here -> turn(changed));
    }

    /** Asks no more. */
    public Future<Void> close() {
        context.runOnContext(here -> closed = true);
        return client.close();
    }

    @Override
    public boolean isKnown() {
        return seen.isKnown();
    }

    @Override
    public Optional<TriggerObservation> observe(String uid) {
        return Optional.ofNullable(seen.observations().triggers().get(uid));
    }

    @Override
    public boolean isKnown(SourceName name) {
        return isKnown();
    }

    /** One that nobody runs is not Ready, whatever its resource says. */
    @Override
    public Optional<SourceObservation> observe(SourceName name) {
        Seen now = seen;
        SourceObservation of = now.observations().sources().get(name);
        return Optional.of(of != null ? of : runByNobody(now.since()));
    }

    private static SourceObservation runByNobody(Instant since) {
        SourceCondition ready = SourceCondition.unknown(
                "Ready", "NotSeenRunning", "none of the processes of --state-probes says that it runs it");
        return new SourceObservation(Map.of(ready, since), Optional.empty(), since, Optional.empty());
    }

    private void turn(Runnable changed) {
        if (closed) {
            return;
        }
        vertx.executeBlocking(this::addresses, false)
                .compose(this::askAll)
                .onFailure(failure -> LOG.atError().setCause(failure).log("processes could not be asked how they do"))
                .onComplete(asked -> {
                    take(changed);
                    vertx.setTimer(EVERY.toMillis(), timer -> turn(changed));
                });
    }

    private void take(Runnable changed) {
        long now = System.nanoTime();
        answers.values().removeIf(answer -> now - answer.nanos() > COUNTS.toNanos());
        Observations merged = Observations.merged(
                answers.values().stream().map(Answer::observations).toList());
        Seen before = seen;
        if (before.isKnown() && before.observations().equals(merged)) {
            return;
        }
        boolean areSame = before.isKnown()
                && before.observations()
                        .sources()
                        .keySet()
                        .equals(merged.sources().keySet());
        seen = new Seen(merged, areSame ? before.since() : clock.instant(), true);
        changed.run();
    }

    /** Names that have no address are left out. Blocks. */
    private Map<HostAndPort, List<SocketAddress>> addresses() {
        Map<HostAndPort, List<SocketAddress>> addresses = new HashMap<>();
        for (HostAndPort process : processes) {
            List<SocketAddress> of = addresses.computeIfAbsent(process, each -> new ArrayList<>());
            try {
                for (InetAddress address : InetAddress.getAllByName(process.host())) {
                    of.add(SocketAddress.inetSocketAddress(process.port(), address.getHostAddress()));
                }
            } catch (UnknownHostException e) {
                LOG.atDebug().addKeyValue("process", process).log("has no address");
            }
        }
        return addresses;
    }

    private Future<Void> askAll(Map<HostAndPort, List<SocketAddress>> addresses) {
        Set<String> named = new HashSet<>();
        // Two names may lead to one process.
        Set<SocketAddress> asked = new LinkedHashSet<>();
        addresses.forEach((process, of) -> {
            if (of.isEmpty()) {
                named.add(process.toString());
                told(process.toString(), "it has no address");
            }
            asked.addAll(of);
        });
        asked.forEach(address -> named.add(address.toString()));
        silent.retainAll(named);
        return Future.join(asked.stream().map(this::ask).toList()).mapEmpty();
    }

    /** Never fails. */
    private Future<Void> ask(SocketAddress address) {
        RequestOptions options = new RequestOptions()
                .setServer(address)
                .setHost(address.host())
                .setPort(address.port())
                .setMethod(HttpMethod.GET)
                .setURI(ObservationsApi.PATH)
                // One that hangs must not keep its connection for good.
                .setTimeout(ANSWER_MILLIS);
        authorization.ifPresent(header -> options.putHeader("Authorization", header));
        return client.request(options)
                .compose(HttpClientRequest::send)
                .compose(ObservedElsewhere::body)
                .timeout(ANSWER_MILLIS, TimeUnit.MILLISECONDS)
                .compose(text -> answered(address, text))
                .onSuccess(answer -> {
                    answers.put(address, answer);
                    told(address.toString(), null);
                })
                .onFailure(failure -> told(address.toString(), String.valueOf(failure.getMessage())))
                .<Void>mapEmpty()
                .otherwiseEmpty();
    }

    private static Future<Buffer> body(HttpClientResponse response) {
        if (response.statusCode() == 401 || response.statusCode() == 403) {
            response.request().reset();
            return Future.failedFuture(
                    "it answers " + response.statusCode() + "; give all processes one --admin-token-file");
        }
        String length = response.getHeader("Content-Length");
        if (response.statusCode() != 200 || length == null || Long.parseLong(length) > MOST_BYTES) {
            response.request().reset();
            return Future.failedFuture("it answers " + response.statusCode()
                    + (response.statusCode() == 404 ? "; it is of another version" : " with " + length + " bytes"));
        }
        return response.body();
    }

    /** Most often the same as before, which need not be read again. To read it takes longer than an event loop has. */
    private Future<Answer> answered(SocketAddress address, Buffer text) {
        Answer before = answers.get(address);
        return before != null && before.text().equals(text)
                ? Future.succeededFuture(new Answer(text, before.observations(), System.nanoTime()))
                : vertx.executeBlocking(() -> new Answer(text, ObservationsJson.read(text), System.nanoTime()), false);
    }

    /** @param failure null if there is none */
    private void told(String process, @Nullable String failure) {
        if (failure == null) {
            if (silent.remove(process)) {
                LOG.atInfo().addKeyValue("process", process).log("says again how its Triggers and sources do");
            }
        } else if (silent.add(process)) {
            LOG.atWarn()
                    .addKeyValue("process", process)
                    .addKeyValue("error", failure)
                    .log("does not say how its Triggers and sources do; what it said last counts for a while");
        }
    }
}
