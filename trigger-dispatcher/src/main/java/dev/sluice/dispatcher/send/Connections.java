/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.send;

import static java.util.Objects.requireNonNull;

import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientConnection;
import io.vertx.core.http.HttpConnectOptions;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one target. One that is free takes the next attempt, the last one used first, so that those that are
 * too many for the traffic grow old and are closed. One is opened for each attempt that finds none when its
 * {@linkplain ConnectTurns turn} comes, so there are never more of them than there were attempts at a time, and who makes the
 * attempts bounds both.
 *
 * <p>In place of the pool of Vert.x, which is made to be shared by threads and pays for it with a queue of tasks, several
 * futures and a timer for each request. This one is confined to the context of its trigger.
 */
final class Connections {

    /** As many connections of a target may have been begun, with nothing come of any, before it counts as silent. */
    private static final int UNANSWERED = 4;

    private final Vertx vertx;
    private final HttpClientAgent client;
    private final Supplier<Future<Void>> release;
    private final HttpConnectOptions server;
    private final DestinationGuard guard;
    private final String path;
    private final Duration keepAlive;
    private final ConnectTurns turns;

    private final Set<Connection> open = new HashSet<>();
    /** When it is closed, and none is open any more. */
    private final Promise<Void> gone = Promise.promise();
    /** The last one used is the last one here. */
    private final Deque<Connection> free = new ArrayDeque<>();
    /** In the order of arrival, each with a connection that is being opened or will be. It gets the first that there is. */
    private final Map<Attempt, Opening> waiting = new LinkedHashMap<>();
    /** Those that have yet to be begun, in their order. */
    private final Deque<Opening> toBegin = new ArrayDeque<>();
    /** Being opened, for nobody yet: those that were waited for had another one sooner. */
    private final Deque<Opening> spare = new ArrayDeque<>();

    private int begunSinceResponse;
    private boolean sweeping;
    private boolean closed;

    /** A connection that is being opened or will be, and who is told if there will be none. */
    private static final class Opening {
        @Nullable
        Attempt attempt;

        boolean begun;
    }

    /**
     * @param release of the client, which others may use as well, when the connections are closed
     * @param path of the target, since some addresses take requests to some paths only
     * @param keepAlive how long a connection is kept for the next attempt, unless its server says otherwise
     * @param turns of all targets of this context
     */
    Connections(
            Vertx vertx,
            HttpClientAgent client,
            Supplier<Future<Void>> release,
            HttpConnectOptions server,
            DestinationGuard guard,
            String path,
            Duration keepAlive,
            ConnectTurns turns) {
        this.vertx = vertx;
        this.client = client;
        this.release = release;
        this.server = server;
        this.guard = guard;
        this.path = path;
        this.keepAlive = keepAlive;
        this.turns = turns;
    }

    /**
     * Gives the attempt a connection, perhaps at once, or tells it why there is none.
     */
    void take(Attempt attempt) {
        Connection last = free.pollLast();
        long now = last == null ? 0 : System.nanoTime();
        while (last != null) {
            if (!last.isExpired(now)) {
                attempt.connected(last);
                return;
            }
            last.close();
            last = free.pollLast();
        }
        Opening begun = spare.pollFirst();
        Opening opening = begun == null ? new Opening() : begun;
        opening.attempt = attempt;
        waiting.put(attempt, opening);
        if (begun == null) {
            toBegin.addLast(opening);
            turns.want(this);
            if (!opening.begun) {
                attempt.waitsForTurn();
            }
        }
    }

    /** Begins to open the connection that has waited longest for its turn, and says whether others wait. */
    boolean beginOne() {
        Opening opening = toBegin.pollFirst();
        if (opening != null) {
            begin(opening);
        }
        return !toBegin.isEmpty();
    }

    /** Tells whether nothing has come yet of the last connections that were begun, not even a failure; a time-out is nothing. */
    boolean isSilent() {
        return begunSinceResponse >= UNANSWERED;
    }

    /** An attempt came to an end of itself, whatever that was. */
    void responded() {
        boolean wasSilent = isSilent();
        begunSinceResponse = 0;
        if (wasSilent && !toBegin.isEmpty()) {
            turns.want(this);
        }
    }

    private void begin(Opening opening) {
        opening.begun = true;
        if (opening.attempt != null) {
            opening.attempt.hasTurn();
        }
        begunSinceResponse++;
        Future<HttpClientConnection> connecting;
        try {
            connecting = client.connect(server);
        } catch (RuntimeException e) {
            // A host name that can be none, or certificates that can't be read.
            Attempt attempt = takeOut(opening);
            if (attempt != null) {
                attempt.notConnectable(e);
            }
            return;
        }
        connecting.onComplete(opened -> opened(opening, opened));
    }

    /**
     * The attempt wants no connection any more. What is being opened for it, another one gets if it comes; but none waits for
     * it alone, since it has taken too long already.
     */
    void leave(Attempt attempt) {
        Opening opening = waiting.remove(attempt);
        if (opening != null) {
            opening.attempt = null;
            if (!opening.begun) {
                toBegin.remove(opening);
            }
        }
    }

    /** The connection is fit for another request. */
    void giveBack(Connection connection) {
        if (closed) {
            connection.close();
            return;
        }
        if (connection.isClosed()) {
            return;
        }
        Attempt next = first();
        if (next != null) {
            unneeded(requireNonNull(waiting.remove(next), "opening"));
            next.connected(connection);
            return;
        }
        connection.freeFrom(System.nanoTime());
        free.addLast(connection);
        sweepLater();
    }

    private @Nullable Attempt first() {
        return waiting.isEmpty() ? null : waiting.keySet().iterator().next();
    }

    private void opened(Opening opening, AsyncResult<HttpClientConnection> opened) {
        HttpClientConnection http = opened.result();
        if (http == null) {
            Attempt attempt = takeOut(opening);
            if (attempt != null) {
                attempt.notConnected(opened.cause());
            }
            return;
        }
        Connection connection = new Connection(http, keepAlive.toNanos());
        open.add(connection);
        connection.whenClosed(() -> {
            connection.closed();
            open.remove(connection);
            free.remove(connection);
            if (closed && open.isEmpty()) {
                gone.tryComplete();
            }
        });
        // Asked of the address that was connected to: a name may mean another one each time.
        String refusal = connection.refusal(guard, path);
        if (refusal != null) {
            connection.close();
            Attempt attempt = takeOut(opening);
            if (attempt != null) {
                attempt.refused(refusal);
            }
            return;
        }
        Attempt next = closed ? null : first();
        if (next == null) {
            takeOut(opening);
            giveBack(connection);
        } else {
            passOn(opening, requireNonNull(waiting.remove(next), "opening"));
            next.connected(connection);
        }
    }

    /** It is over, and whoever waits for it is to be told. */
    private @Nullable Attempt takeOut(Opening opening) {
        Attempt attempt = opening.attempt;
        if (attempt == null) {
            spare.remove(opening);
        } else {
            waiting.remove(attempt);
        }
        return attempt;
    }

    /** Whoever waits for what became a connection waits for what was being opened for the attempt that got it. */
    private void passOn(Opening opened, Opening ofFirst) {
        if (opened == ofFirst) {
            return;
        }
        Attempt attempt = opened.attempt;
        ofFirst.attempt = attempt;
        if (attempt != null) {
            waiting.put(attempt, ofFirst);
            if (!ofFirst.begun) {
                attempt.waitsForTurn();
            }
            return;
        }
        spare.remove(opened);
        unneeded(ofFirst);
    }

    /** Nobody waits for it alone; what has begun is for whoever comes next. */
    private void unneeded(Opening opening) {
        opening.attempt = null;
        if (opening.begun) {
            spare.addLast(opening);
        } else {
            toBegin.remove(opening);
        }
    }

    private void sweepLater() {
        if (!sweeping) {
            sweeping = true;
            vertx.setTimer(keepAlive.toMillis(), timer -> sweep());
        }
    }

    private void sweep() {
        sweeping = false;
        long now = System.nanoTime();
        List<Connection> expired = new ArrayList<>();
        for (Connection connection : free) {
            if (connection.isExpired(now)) {
                expired.add(connection);
            }
        }
        free.removeAll(expired);
        expired.forEach(Connection::close);
        if (!free.isEmpty()) {
            sweepLater();
        }
    }

    /**
     * Closes the connections, those that are free at once.
     *
     * @param grace how long attempts that run may go on
     */
    Future<Void> close(Duration grace) {
        closed = true;
        while (beginOne()) {
            // Those that wait for their turn would never get it.
        }
        List<Connection> unused = new ArrayList<>(free);
        free.clear();
        unused.forEach(Connection::close);
        List.copyOf(open).forEach(connection -> connection.shutDown(grace));
        // Not the futures of these: Vert.x forgets to complete one if the connection closes before its grace is over.
        return (open.isEmpty() ? Future.<Void>succeededFuture() : gone.future()).eventually(release);
    }
}
