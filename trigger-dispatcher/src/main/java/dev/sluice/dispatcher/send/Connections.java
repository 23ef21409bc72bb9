/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.send;

import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientConnection;
import io.vertx.core.http.HttpConnectOptions;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The connections of one target. One that is free takes the next attempt, the last one used first, so that those that are
 * too many for the traffic grow old and are closed. One is opened for each attempt that finds none, so there are never more
 * of them than there were attempts at a time, and who makes the attempts bounds both.
 *
 * <p>In place of the pool of Vert.x, which is made to be shared by threads and pays for it with a queue of tasks, several
 * futures and a timer for each request. This one is confined to the context of its trigger.
 */
final class Connections {

    private final Vertx vertx;
    private final HttpClientAgent client;
    private final HttpConnectOptions server;
    private final DestinationGuard guard;
    private final String path;
    private final Duration keepAlive;

    /** The last one used is the last one here. */
    private final Deque<Connection> free = new ArrayDeque<>();
    /** In the order of arrival; as many connections are being opened for them, or more. */
    private final Deque<Attempt> waiting = new ArrayDeque<>();

    private int opening;
    /** Of those that are being opened, how many nobody waits for any more. */
    private int orphaned;

    private boolean sweeping;
    private boolean closed;

    /**
     * @param path of the target, since some addresses take requests to some paths only
     * @param keepAlive how long a connection is kept for the next attempt, unless its server says otherwise
     */
    Connections(
            Vertx vertx,
            HttpClientAgent client,
            HttpConnectOptions server,
            DestinationGuard guard,
            String path,
            Duration keepAlive) {
        this.vertx = vertx;
        this.client = client;
        this.server = server;
        this.guard = guard;
        this.path = path;
        this.keepAlive = keepAlive;
    }

    /**
     * Gives the attempt a connection, perhaps at once, or tells it why there is none.
     *
     * @throws RuntimeException if there can be none: for a host name that can be none, or for certificates that can't be
     *     read
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
        Future<HttpClientConnection> connecting = null;
        if (opening - orphaned <= waiting.size()) {
            connecting = client.connect(server);
            opening++;
        }
        waiting.addLast(attempt);
        if (connecting != null) {
            connecting.onComplete(this::opened);
        }
    }

    /**
     * The attempt wants no connection any more. What is being opened for it, another one gets if it comes; but none waits for
     * it alone, since it has taken too long already.
     */
    void leave(Attempt attempt) {
        if (waiting.remove(attempt)) {
            orphaned = Math.min(orphaned + 1, opening);
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
        Attempt next = waiting.pollFirst();
        if (next != null) {
            next.connected(connection);
            return;
        }
        connection.freeFrom(System.nanoTime());
        free.addLast(connection);
        sweepLater();
    }

    private void opened(AsyncResult<HttpClientConnection> opened) {
        opening--;
        HttpClientConnection http = opened.result();
        if (http == null) {
            if (orphaned > 0) {
                orphaned--;
                return;
            }
            Attempt first = waiting.pollFirst();
            if (first != null) {
                first.notConnected(opened.cause());
            }
            return;
        }
        orphaned = Math.min(orphaned, opening);
        Connection connection = new Connection(http, keepAlive.toNanos());
        connection.whenClosed(() -> {
            connection.closed();
            free.remove(connection);
        });
        // Asked of the address that was connected to: a name may mean another one each time.
        String refusal = connection.refusal(guard, path);
        if (refusal == null) {
            giveBack(connection);
            return;
        }
        connection.close();
        Attempt first = waiting.pollFirst();
        if (first != null) {
            first.refused(refusal);
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
        List<Connection> unused = new ArrayList<>(free);
        free.clear();
        unused.forEach(Connection::close);
        return client.shutdown(grace.toMillis(), TimeUnit.MILLISECONDS);
    }
}
