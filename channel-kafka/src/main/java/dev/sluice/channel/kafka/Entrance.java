/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

/** How a reader comes into its Broker's group. */
sealed interface Entrance {

    /** It asks to be let in. */
    record Anew() implements Entrance {}

    /** It goes on as a member that has been let in, or waits for that. */
    record As(EarlyMember.Joined member) implements Entrance {}

    /** It begins while the member waits for partitions to be dealt out, on a {@link Claim}. */
    record Ahead(EarlyMember member) implements Entrance {}
}
