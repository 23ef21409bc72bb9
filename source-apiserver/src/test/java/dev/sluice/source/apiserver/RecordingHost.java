/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.source.apiserver;

import dev.sluice.api.source.AdapterHost;
import dev.sluice.api.source.SourceCondition;
import io.cloudevents.CloudEvent;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/** A host whose sink takes events at once, or when a test says so. */
final class RecordingHost implements AdapterHost {

    private final Vertx vertx;
    private final List<CloudEvent> events = new CopyOnWriteArrayList<>();
    private final Map<String, SourceCondition> conditions = new ConcurrentHashMap<>();
    private final List<Promise<Void>> held = new ArrayList<>();
    private volatile Function<CloudEvent, Future<Void>> sink = event -> Future.succeededFuture();
    private volatile BooleanSupplier wanted = () -> true;

    RecordingHost(Vertx vertx) {
        this.vertx = vertx;
    }

    @Override
    public Vertx vertx() {
        return vertx;
    }

    @Override
    public Future<Void> emit(CloudEvent event) {
        events.add(event);
        return sink.apply(event);
    }

    @Override
    public Future<Void> emit(CloudEvent event, BooleanSupplier isWanted) {
        wanted = isWanted;
        return emit(event);
    }

    /** Whether another attempt of the last event is wanted. */
    boolean isWanted() {
        return wanted.getAsBoolean();
    }

    @Override
    public void report(SourceCondition condition) {
        conditions.put(condition.type(), condition);
    }

    @Override
    public Optional<URI> webhookUrl() {
        return Optional.empty();
    }

    RecordingHost answer(Function<CloudEvent, Future<Void>> with) {
        sink = with;
        return this;
    }

    /** From now on the sink has an event only when it is {@linkplain #release released}. */
    void hold() {
        sink = event -> {
            Promise<Void> promise = Promise.promise();
            synchronized (held) {
                held.add(promise);
            }
            return promise.future();
        };
    }

    /** What is held, and whatever comes. */
    void release() {
        sink = event -> Future.succeededFuture();
        List<Promise<Void>> all;
        synchronized (held) {
            all = List.copyOf(held);
            held.clear();
        }
        all.forEach(Promise::tryComplete);
    }

    List<CloudEvent> events() {
        return events;
    }

    /** What came, such as {@code add one}. */
    List<String> told() {
        return events.stream()
                .map(event -> event.getType().substring(event.getType().lastIndexOf('.') + 1) + " "
                        + event.getExtension("name"))
                .toList();
    }

    /** Its state and reason, such as {@code FALSE Forbidden}; empty if it was not told. */
    String condition(String type) {
        SourceCondition condition = conditions.get(type);
        return condition == null ? "" : (condition.state() + " " + condition.reason()).strip();
    }

    String message(String type) {
        SourceCondition condition = conditions.get(type);
        return condition == null ? "" : condition.message();
    }
}
