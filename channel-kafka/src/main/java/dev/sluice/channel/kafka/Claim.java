/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

/**
 * Whether a member of a Broker's group reads all partitions before the group has dealt any out. It may where it is the first to
 * come into an empty group: Kafka has it wait for others then, nobody has a partition meanwhile, and as the first one it is
 * also who deals them out, and gives them to itself. Safe for any thread.
 *
 * <pre>
 *   open ──make──▶ made ──settle──▶ over: it has dealt out all to itself
 *     └───────────settle───────────▶ over: as the assignor has it
 * </pre>
 */
final class Claim {

    /** Under this the configuration of a consumer has the claim, for its {@link GroupAssignor}. */
    static final String CONFIG = "sluice.claim";

    private enum State {
        OPEN,
        MADE,
        OVER
    }

    private State state = State.OPEN;
    private boolean othersCame;

    /** False if partitions have been dealt out meanwhile. */
    synchronized boolean make() {
        if (state == State.OPEN) {
            state = State.MADE;
        }
        return state == State.MADE;
    }

    /**
     * Partitions are dealt out now, for the first time.
     *
     * @param others whether there is anybody else to have some
     * @return whether all are this member's, for now
     */
    synchronized boolean settle(boolean others) {
        boolean made = state == State.MADE;
        state = State.OVER;
        othersCame = made && others;
        return made;
    }

    /** Whether there are members that have got nothing for it. They wait for partitions to be dealt out once more. */
    synchronized boolean othersCame() {
        return othersCame;
    }
}
