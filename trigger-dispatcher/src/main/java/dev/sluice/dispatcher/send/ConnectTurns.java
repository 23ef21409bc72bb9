/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.send;

import io.vertx.core.Vertx;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Spreads the opening of connections over time, the targets of a context in turns: a few at once, and then a few each
 * millisecond, or each turn of an event loop that takes longer. A subscriber that hangs wants a connection for each event
 * that it may have at a time. Twenty of them that are met at once would keep the event loop from everything else for as long as
 * it takes to open two thousand connections.
 *
 * <p>When a connection is begun does not depend on the end of another one, so that a server that can't be reached is
 * waited for by its own attempts only. Confined to its context.
 */
public final class ConnectTurns {

    private static final int A_TURN = 2;
    private static final long TURN_MILLIS = 1;

    private final Vertx vertx;
    /** In the order of their turns. */
    private final Set<Connections> wanting = new LinkedHashSet<>();

    private int left = A_TURN;

    ConnectTurns(Vertx vertx) {
        this.vertx = vertx;
    }

    /** Has {@link Connections#beginOne} called when its turn comes, perhaps at once, and again while that says so. */
    void want(Connections connections) {
        wanting.add(connections);
        go();
    }

    private void go() {
        while (left > 0 && !wanting.isEmpty()) {
            Iterator<Connections> first = wanting.iterator();
            Connections next = first.next();
            first.remove();
            if (left == A_TURN) {
                vertx.setTimer(TURN_MILLIS, timer -> {
                    left = A_TURN;
                    go();
                });
            }
            left--;
            if (next.beginOne()) {
                wanting.add(next);
            }
        }
    }
}
