/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.send;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.routing.Destination;
import io.vertx.core.Vertx;
import java.time.Duration;

/**
 * Opens targets that share the limits of this process, and the turns at opening connections of one context.
 *
 * @param connectTimeout the most that a connection may take, TLS included; an attempt's own timeout may be shorter
 * @param maxReplySize bytes of a reply's body; a larger one is a failed delivery
 * @param replies what all replies may take while they are received
 * @param turns for the targets of one context
 * @param clients for the targets of one context
 */
public record Targets(
        Vertx vertx,
        DestinationGuard guard,
        Duration connectTimeout,
        int maxReplySize,
        ReplyMemory replies,
        ConnectTurns turns,
        Clients clients) {

    public Targets {
        requireNonNull(vertx, "vertx");
        requireNonNull(guard, "guard");
        requireNonNull(connectTimeout, "connectTimeout");
        requireNonNull(replies, "replies");
        requireNonNull(turns, "turns");
        requireNonNull(clients, "clients");
    }

    /** With turns and clients of their own. */
    public Targets(
            Vertx vertx, DestinationGuard guard, Duration connectTimeout, int maxReplySize, ReplyMemory replies) {
        this(vertx, guard, connectTimeout, maxReplySize, replies, new ConnectTurns(vertx), new Clients(vertx));
    }

    /** With the same limits, for another context. */
    public Targets forAnotherContext() {
        return new Targets(vertx, guard, connectTimeout, maxReplySize, replies);
    }

    /**
     * Makes a target; does no I/O.
     *
     * @param namespace of the trigger, which the destination is told in {@code Kn-Namespace}
     * @param timeout of each attempt
     */
    public Target open(Destination destination, String namespace, Duration timeout) {
        return new Target(this, destination, namespace, timeout);
    }
}
