/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.broker;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * How the ingress listens and what it puts up with.
 *
 * @param host the address to listen on
 * @param port 0 to 65535; 0 takes any free port
 * @param maxEventSize the largest body of a request, in bytes, at least 1; a batch counts as one body
 * @param requestTimeout from the end of a request's headers to its answer; more than zero
 * @param idleTimeout how long a connection may go without a request whose headers are complete, from its start or its last
 *     answer; more than zero
 * @param maxHeaderBytes the most that the headers of a request may take, in bytes, at least 1024
 * @param bodyBudgetBytes the most that the bodies of all requests in hand may take together, in bytes; at least
 *     {@code maxEventSize}
 * @param initialTtl how often an event that says nothing about it may enter a broker, at least 1
 * @param maxConnections clients that may be connected at a time, at least 1
 */
public record IngressSettings(
        String host,
        int port,
        int maxEventSize,
        Duration requestTimeout,
        Duration idleTimeout,
        int maxHeaderBytes,
        long bodyBudgetBytes,
        int initialTtl,
        int maxConnections) {

    private static final int LEAST_HEADER_BYTES = 1024;

    /** @throws IllegalArgumentException if a value is out of its range; the message names it and says what is right */
    public IngressSettings {
        requireNonNull(host, "host");
        require(port >= 0 && port <= 65_535, "port", port, "must be from 0 to 65535");
        require(maxEventSize >= 1, "maxEventSize", maxEventSize, "must be at least 1 byte");
        require(isPositive(requestTimeout), "requestTimeout", requestTimeout, "must be more than zero");
        require(isPositive(idleTimeout), "idleTimeout", idleTimeout, "must be more than zero");
        require(
                maxHeaderBytes >= LEAST_HEADER_BYTES,
                "maxHeaderBytes",
                maxHeaderBytes,
                "must be at least " + LEAST_HEADER_BYTES + " bytes");
        require(
                bodyBudgetBytes >= maxEventSize,
                "bodyBudgetBytes",
                bodyBudgetBytes,
                "must be at least maxEventSize, which is " + maxEventSize);
        require(initialTtl >= 1, "initialTtl", initialTtl, "must be at least 1");
        require(maxConnections >= 1, "maxConnections", maxConnections, "must be at least 1");
    }

    /** Port 8080 on all addresses, 1 MiB per event, an eighth of the heap for bodies, and 10,000 connections. */
    public static IngressSettings defaults() {
        int maxEventSize = 1 << 20;
        return new IngressSettings(
                "0.0.0.0",
                8080,
                maxEventSize,
                Duration.ofSeconds(30),
                Duration.ofSeconds(60),
                64 << 10,
                Math.max(maxEventSize, Runtime.getRuntime().maxMemory() / 8),
                255,
                10_000);
    }

    private static boolean isPositive(Duration duration) {
        return !duration.isZero() && !duration.isNegative();
    }

    private static void require(boolean holds, String name, Object value, String rule) {
        if (!holds) {
            throw new IllegalArgumentException(name + "=" + value + " " + rule);
        }
    }
}
