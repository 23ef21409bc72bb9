/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher;

import static java.util.Objects.requireNonNull;

import dev.sluice.dispatcher.send.CidrBlock;
import io.vertx.core.net.SocketAddress;
import java.time.Duration;
import java.util.List;

/**
 * What an operator decides about the dispatcher.
 *
 * @param maxInFlight events that a trigger may have under way at a time if it does not say how many, 1 or more
 * @param connectTimeout for making a connection, TLS included, above zero; an attempt's timeout holds beside it
 * @param maxReplySize bytes of a reply's body, 0 or more; a larger one is a failed delivery
 * @param replyMemory bytes that replies may take together while they are received, over all triggers, 1 or more
 * @param initialTtl how many brokers a reply may pass whose original carries no count, 1 or more
 * @param refusedDestinations addresses that nothing is sent to, whatever name led there
 * @param refusedPorts listeners of this process that take no events but at {@code /display}: IP address, or 0.0.0.0 for
 *     every address of this host, and port
 */
public record DispatcherSettings(
        int maxInFlight,
        Duration connectTimeout,
        int maxReplySize,
        long replyMemory,
        int initialTtl,
        List<CidrBlock> refusedDestinations,
        List<SocketAddress> refusedPorts) {

    public DispatcherSettings {
        requireNonNull(connectTimeout, "connectTimeout");
        refusedDestinations = List.copyOf(refusedDestinations);
        refusedPorts = List.copyOf(refusedPorts);
        atLeast("maxInFlight", maxInFlight, 1);
        atLeast("maxReplySize", maxReplySize, 0);
        if (replyMemory < 1) {
            throw new IllegalArgumentException("replyMemory=" + replyMemory + " must be at least 1");
        }
        atLeast("initialTtl", initialTtl, 1);
        if (connectTimeout.isZero() || connectTimeout.isNegative()) {
            throw new IllegalArgumentException("connectTimeout=" + connectTimeout + " must be above zero");
        }
    }

    private static void atLeast(String name, int value, int least) {
        if (value < least) {
            throw new IllegalArgumentException(name + "=" + value + " must be at least " + least);
        }
    }

    /** Refuses link-local addresses, where the metadata services of clouds answer whoever asks, and those beyond them. */
    public static DispatcherSettings defaults() {
        return new DispatcherSettings(
                100,
                Duration.ofSeconds(5),
                1024 * 1024,
                Runtime.getRuntime().maxMemory() / 100 * 5,
                255,
                List.of(
                        CidrBlock.parse("169.254.0.0/16"),
                        CidrBlock.parse("fe80::/10"),
                        CidrBlock.parse("fd00:ec2::254/128"),
                        CidrBlock.parse("100.100.100.200/32")),
                List.of());
    }

    public DispatcherSettings withMaxInFlight(int requests) {
        return new DispatcherSettings(
                requests, connectTimeout, maxReplySize, replyMemory, initialTtl, refusedDestinations, refusedPorts);
    }

    public DispatcherSettings withConnectTimeout(Duration timeout) {
        return new DispatcherSettings(
                maxInFlight, timeout, maxReplySize, replyMemory, initialTtl, refusedDestinations, refusedPorts);
    }

    public DispatcherSettings withMaxReplySize(int bytes) {
        return new DispatcherSettings(
                maxInFlight, connectTimeout, bytes, replyMemory, initialTtl, refusedDestinations, refusedPorts);
    }

    public DispatcherSettings withReplyMemory(long bytes) {
        return new DispatcherSettings(
                maxInFlight, connectTimeout, maxReplySize, bytes, initialTtl, refusedDestinations, refusedPorts);
    }

    public DispatcherSettings withInitialTtl(int ttl) {
        return new DispatcherSettings(
                maxInFlight, connectTimeout, maxReplySize, replyMemory, ttl, refusedDestinations, refusedPorts);
    }

    public DispatcherSettings withRefusedDestinations(List<CidrBlock> blocks) {
        return new DispatcherSettings(
                maxInFlight, connectTimeout, maxReplySize, replyMemory, initialTtl, blocks, refusedPorts);
    }

    public DispatcherSettings withRefusedPorts(List<SocketAddress> listeners) {
        return new DispatcherSettings(
                maxInFlight, connectTimeout, maxReplySize, replyMemory, initialTtl, refusedDestinations, listeners);
    }
}
