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
 * Spreads the opening of connections over time, the targets of a context in turns. A subscriber that hangs wants a connection
 * for each event that it may have at a time; twenty of them that are met at once would keep the event loop from everything
 * else for as long as it takes to open two thousand connections. So targets of which something is heard,
 * be it a refusal, have a few connections opened each millisecond, or each turn of an event loop that takes longer, and those
 * that are silent on all of their last ones have them opened far more slowly: nobody waits less for who is slow to answer.
 * To open one takes an event loop about a millisecond, since code that seldom runs is not compiled well; so where silent targets
 * go on wanting more, that is done more slowly still, for it not to be felt by the others.
 *
 * <p>When a connection is begun does not depend on the end of another one, so that a server that can't be reached is
 * waited for by its own attempts only. Confined to its context.
 */
public final class ConnectTurns {

    /** As many as one trigger has by default: a single subscriber that takes its time is not kept waiting for them. */
    private static final int FEW = 100;

    private final Vertx vertx;
    private final Lane answering = new Lane(2, 1, 1);
    private final Lane silent = new Lane(1, 10, 50);

    ConnectTurns(Vertx vertx) {
        this.vertx = vertx;
    }

    /**
     * Has {@link Connections#beginOne} called when its turn comes, perhaps at once, and again while that says so. To be told
     * again when a target that was silent has been heard of.
     */
    void want(Connections connections) {
        if (connections.isSilent()) {
            answering.wanting.remove(connections);
            silent.want(connections);
        } else {
            silent.wanting.remove(connections);
            answering.want(connections);
        }
    }

    /**
     * So many at a time, and then as many each time that so many milliseconds are over; others when it has had no rest for
     * {@value #FEW} of them.
     */
    private final class Lane {
        private final int atATime;
        private final long everyMillis;
        private final long laterEveryMillis;
        /** In the order of their turns. */
        private final Set<Connections> wanting = new LinkedHashSet<>();

        private int left;
        /** Times since nobody wanted any. */
        private int inARow;

        Lane(int atATime, long everyMillis, long laterEveryMillis) {
            this.atATime = atATime;
            this.everyMillis = everyMillis;
            this.laterEveryMillis = laterEveryMillis;
            this.left = atATime;
        }

        void want(Connections connections) {
            wanting.add(connections);
            go();
        }

        private void again() {
            left = atATime;
            if (wanting.isEmpty()) {
                inARow = 0;
            }
            go();
        }

        private void go() {
            while (left > 0 && !wanting.isEmpty()) {
                Iterator<Connections> first = wanting.iterator();
                Connections next = first.next();
                first.remove();
                if (left == atATime) {
                    inARow++;
                    vertx.setTimer(inARow < FEW ? everyMillis : laterEveryMillis, timer -> again());
                }
                left--;
                if (next.beginOne()) {
                    ConnectTurns.this.want(next);
                }
            }
        }
    }
}
