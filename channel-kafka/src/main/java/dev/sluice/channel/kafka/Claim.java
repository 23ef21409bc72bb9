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
 *   open ──make──▶ made ──over──▶ over: partitions have come
 *     └──isFor, or over──────────▶ over: they have been dealt out as the assignor has it, or by another member
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
     * This member deals partitions out, perhaps not for the last time before the group has them.
     *
     * @param others whether there is anybody else to have some
     * @return whether all are this member's, for now
     */
    synchronized boolean isFor(boolean others) {
        if (state == State.OPEN) {
            state = State.OVER;
        }
        boolean made = state == State.MADE;
        othersCame = made && others;
        return made;
    }

    /** Partitions have been dealt out, whoever did it. */
    synchronized void over() {
        state = State.OVER;
    }

    /** Whether there are members that have got nothing for it. They wait for partitions to be dealt out once more. */
    synchronized boolean othersCame() {
        return othersCame;
    }
}
