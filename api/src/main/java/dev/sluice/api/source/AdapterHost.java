/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.source;

import io.cloudevents.CloudEvent;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.RequestOptions;
import java.net.URI;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** What a running adapter is given by the process around it. Safe for any thread. */
public interface AdapterHost {

    /** For timers and clients; it outlives the adapter, which therefore closes what it opened. */
    Vertx vertx();

    /**
     * Sends an event to the sink, with the extensions of {@code ceOverrides}; tries again with growing waits where that may
     * help. The caller bounds how many are on their way at a time.
     *
     * @return completes when the sink has it; fails with a {@link SinkException} when the attempts are used up
     */
    Future<Void> emit(CloudEvent event);

    /**
     * The same as long as the event is this adapter's to send, which another process may take over meanwhile.
     *
     * @param wanted asked at least before the first attempt, by a process of ours before each; if it says no, no attempt is
     *     begun any more, and the future fails with a {@link SinkException} that {@linkplain SinkException#isRetryable is
     *     retryable}. For any thread
     * @return completes when the sink has the event, or the dead letter sink of {@code spec.delivery}
     */
    default Future<Void> emit(CloudEvent event, BooleanSupplier wanted) {
        return wanted.getAsBoolean()
                ? emit(event)
                : Future.failedFuture(new SinkException("the event is not this source's to send any more", true));
    }

    /** Says how things stand; shown in the status until the next word on the same condition. */
    void report(SourceCondition condition);

    /** Where the outside reaches the webhook of this source, if that is known. */
    Optional<URI> webhookUrl();

    /**
     * Opens a request to something outside, such as the API of what the source listens to, over connections that all sources
     * share. Where no event may be sent, no such request may go either: it fails before anything of it is sent. The caller
     * sends the request, gives it a time-out, and reads the answer to its end or resets it.
     */
    default Future<HttpClientRequest> request(RequestOptions options) {
        return Future.failedFuture(new UnsupportedOperationException("nothing outside can be reached from here"));
    }

    /**
     * What an adapter of this source gave to {@link #keep} last, in this process or in one before it on the same data
     * directory. Empty if there was none, or nothing is kept here, as in a cluster, where another process goes on.
     */
    default Optional<String> kept() {
        return Optional.empty();
    }

    /**
     * Keeps a text for the next process: within seconds, and at a stop. One that is killed before leaves the text before.
     *
     * @param text of at most 1,000 characters; no secret
     */
    default void keep(String text) {}

    /**
     * Counts something that is the kind's own affair: {@code sluice_source_noted_total}.
     *
     * @param what the label, one of few; in lower case with hyphens
     */
    default void note(String what) {}
}
