/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.source;

import io.cloudevents.CloudEvent;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
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
}
