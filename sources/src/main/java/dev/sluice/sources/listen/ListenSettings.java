/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.listen;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * How the port for webhooks listens and what it puts up with.
 *
 * @param host the address to listen on
 * @param port 0 to 65535; 0 takes any free port
 * @param maxBodyBytes the largest body of a request, in bytes, at least 1
 * @param bodyBudgetBytes the most that the bodies of all requests in hand may take together, in bytes; at least {@code
 *     maxBodyBytes}
 * @param answerWithin from the end of a request's headers to its answer, above zero: as long as senders wait
 * @param idleTimeout how long nothing may come over a connection, at least a second
 * @param maxHeaderBytes the most that the headers of a request may take, in bytes, at least 1024
 * @param maxConnections senders that may be connected at a time, at least 1
 */
public record ListenSettings(
        String host,
        int port,
        int maxBodyBytes,
        long bodyBudgetBytes,
        Duration answerWithin,
        Duration idleTimeout,
        int maxHeaderBytes,
        int maxConnections) {

    /** @throws IllegalArgumentException if a value is out of its range; the message names it and says what is right */
    public ListenSettings {
        requireNonNull(host, "host");
        requireNonNull(answerWithin, "answerWithin");
        requireNonNull(idleTimeout, "idleTimeout");
        require(port >= 0 && port <= 65_535, "port", port, "must be from 0 to 65535");
        require(maxBodyBytes >= 1, "maxBodyBytes", maxBodyBytes, "must be at least 1");
        require(bodyBudgetBytes >= maxBodyBytes, "bodyBudgetBytes", bodyBudgetBytes, "must be at least maxBodyBytes");
        require(answerWithin.toMillis() >= 1, "answerWithin", answerWithin, "must be at least a millisecond");
        require(idleTimeout.toSeconds() >= 1, "idleTimeout", idleTimeout, "must be at least a second");
        require(maxHeaderBytes >= 1024, "maxHeaderBytes", maxHeaderBytes, "must be at least 1024");
        require(maxConnections >= 1, "maxConnections", maxConnections, "must be at least 1");
    }

    private static void require(boolean holds, String name, Object value, String rule) {
        if (!holds) {
            throw new IllegalArgumentException(name + "=" + value + " " + rule);
        }
    }
}
