/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.source.kafka;

import dev.sluice.api.source.AdapterHost;
import dev.sluice.api.source.SinkException;
import dev.sluice.api.source.SourceCondition;
import io.cloudevents.CloudEvent;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What an adapter is given, with a sink that does as a test says. For any thread. */
final class ScriptedSink implements AdapterHost {

    private final Vertx vertx;
    private final Map<String, SourceCondition> reported = new ConcurrentHashMap<>();
    private final List<CloudEvent> offered = new ArrayList<>();
    private final List<Held> held = new ArrayList<>();
    private Function<CloudEvent, Future<Void>> answers = event -> Future.succeededFuture();
    private boolean holding;

    private record Held(CloudEvent event, Promise<Void> outcome, BooleanSupplier wanted) {}

    ScriptedSink(Vertx vertx) {
        this.vertx = vertx;
    }

    synchronized void answerBy(Function<CloudEvent, Future<Void>> by) {
        answers = by;
    }

    /** Takes no event until it is released. */
    synchronized void hold() {
        holding = true;
    }

    synchronized void release() {
        holding = false;
        List<Held> waiting = List.copyOf(held);
        held.clear();
        waiting.forEach(each -> {
            if (each.wanted().getAsBoolean()) {
                answers.apply(each.event()).onComplete(each.outcome());
            } else {
                each.outcome().fail(new SinkException("no longer wanted", true));
            }
        });
    }

    /** Takes the first event that it holds with this text as data. */
    synchronized void release(String data) {
        Held found = held.stream()
                .filter(each -> data.equals(text(each.event())))
                .findFirst()
                .orElseThrow();
        held.remove(found);
        found.outcome().complete();
    }

    synchronized int heldCount() {
        return held.size();
    }

    /** The data of all that was offered, in order, as text. */
    synchronized List<String> offered() {
        return offered.stream().map(event -> String.valueOf(text(event))).toList();
    }

    synchronized List<CloudEvent> events() {
        return List.copyOf(offered);
    }

    static @Nullable String text(CloudEvent event) {
        return event.getData() == null ? null : new String(event.getData().toBytes(), StandardCharsets.UTF_8);
    }

    @Nullable
    SourceCondition condition(String type) {
        return reported.get(type);
    }

    boolean isTrue(String type) {
        SourceCondition condition = reported.get(type);
        return condition != null && condition.state() == SourceCondition.State.TRUE;
    }

    /** The reason for which it is False; empty if it is not. */
    String whyFalse(String type) {
        SourceCondition condition = reported.get(type);
        return condition != null && condition.state() == SourceCondition.State.FALSE ? condition.reason() : "";
    }

    @Override
    public Vertx vertx() {
        return vertx;
    }

    @Override
    public Future<Void> emit(CloudEvent event) {
        return emit(event, () -> true);
    }

    @Override
    public synchronized Future<Void> emit(CloudEvent event, BooleanSupplier wanted) {
        offered.add(event);
        if (!holding) {
            return answers.apply(event);
        }
        Promise<Void> outcome = Promise.promise();
        held.add(new Held(event, outcome, wanted));
        return outcome.future();
    }

    @Override
    public void report(SourceCondition condition) {
        reported.put(condition.type(), condition);
    }

    @Override
    public Optional<URI> webhookUrl() {
        return Optional.empty();
    }
}
