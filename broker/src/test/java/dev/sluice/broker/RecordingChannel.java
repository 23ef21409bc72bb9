/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.broker;

import dev.sluice.api.channel.Channel;
import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.api.routing.ResourceName;
import io.cloudevents.CloudEvent;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

/** A channel that remembers what was appended and answers as it is told. */
final class RecordingChannel implements Channel {

    record Append(List<CloudEvent> events, Admission admission) {}

    private final ResourceName broker;
    private final List<Append> appends = new CopyOnWriteArrayList<>();
    private volatile Supplier<Future<Void>> answer = Future::succeededFuture;

    RecordingChannel(ResourceName broker) {
        this.broker = broker;
    }

    void answersWith(Supplier<Future<Void>> next) {
        answer = next;
    }

    List<Append> appends() {
        return appends;
    }

    List<CloudEvent> events() {
        return appends.stream().flatMap(append -> append.events().stream()).toList();
    }

    @Override
    public ChannelSpec spec() {
        return new ChannelSpec("recording", broker, broker + "-uid", Map.of());
    }

    @Override
    public Future<Void> append(List<CloudEvent> events, Admission admission) {
        appends.add(new Append(List.copyOf(events), admission));
        return answer.get();
    }

    @Override
    public Fill fill() {
        return new Fill(0, 0, Long.MAX_VALUE);
    }

    @Override
    public Future<Void> close() {
        return Future.succeededFuture();
    }
}
