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

    /** Says how things stand; shown in the status until the next word on the same condition. */
    void report(SourceCondition condition);

    /** Where the outside reaches the webhook of this source, if that is known. */
    Optional<URI> webhookUrl();
}
