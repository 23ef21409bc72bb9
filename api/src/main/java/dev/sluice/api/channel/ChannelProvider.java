/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.channel;

import io.vertx.core.Vertx;
import java.util.Map;

/**
 * Makes channels of one kind. Implementations have a public constructor without parameters and are found by
 * {@link java.util.ServiceLoader}.
 *
 * <h2>What a channel must do</h2>
 *
 * <p>A {@link Channel} is a partitioned, append-only stream of CloudEvents that belongs to one Broker. The ingress
 * {@linkplain Channel#append appends}, the dispatcher reads. Reading comes in two kinds, and a channel is of one of them: a
 * {@link HoldingChannel} keeps a record until it is released, a {@link LogChannel} keeps records by its own rules and can
 * be read again from any place. Every implementation passes the whole {@code HoldingChannelContractTest} or {@code
 * LogChannelContractTest} of the testkit; these suites are the letter of this contract.
 *
 * <ul>
 *   <li><b>Kept.</b> When {@code append} completes, the event is kept as durably as the provider promises, and is handed
 *       to the reader at least once. A {@code HoldingChannel} keeps it until the reader has {@linkplain
 *       ChannelRecord#release released} it, a {@code LogChannel} as long as its rules say.
 *   <li><b>Unchanged.</b> The reader sees every context attribute, extension and data byte as they were appended, in the
 *       specversion they were appended in.
 *   <li><b>In order.</b> Records of one partition are handed over in the order of their offsets, which is the order in
 *       which their appends completed; offsets only grow, and may have gaps.
 *   <li><b>Bounded.</b> A full channel refuses ({@link ChannelException.Kind#FULL}); it never drops and never grows past
 *       its limits. One Broker's backlog never takes what is guaranteed to another.
 * </ul>
 */
public interface ChannelProvider {

    /** The name under which a Broker or the option {@code --channel} asks for this kind, such as {@code inmemory}. */
    String type();

    /** Whether several processes that open the channel of one Broker share what it keeps, so that each can have a part. */
    default boolean isShared() {
        return false;
    }

    /**
     * Makes the engine that all channels of this kind in this process share. Does no I/O.
     *
     * @param options the process's options for this kind, by option name without dashes in front
     * @throws IllegalArgumentException if an option has a value that can't be used; the message names option, value and
     *     remedy
     */
    ChannelEngine engine(Vertx vertx, Map<String, String> options);
}
