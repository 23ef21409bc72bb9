/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.broker;

import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The ingress on one event loop: its server, its connections and the requests in hand. Everything in it is touched on that
 * loop only.
 *
 * <p>Timeouts are kept by one sweep over what is there, a few times per timeout, and not by a timer per request: starting
 * and cancelling those would cost every request more than the sweep costs all of them.
 */
final class IngressServer extends VerticleBase {

    /** Room for a path with two names of 253 characters and a query. */
    private static final int MAX_REQUEST_LINE = 4096;

    /**
     * Netty refuses what is beyond its limit for HTTP/2 by itself: without a body, or with the end of the connection. So
     * its limit is wider than ours.
     */
    private static final long HTTP_2_HEADER_MARGIN = 2;

    /** What HTTP/2 adds to the name and the value of each header to measure a list of them (RFC 9113 6.5.2). */
    private static final int HTTP_2_HEADER_OVERHEAD = 32;

    private static final long LONGEST_SWEEP_INTERVAL_MILLIS = 1_000;
    private static final Duration SHUTDOWN_GRACE = Duration.ofSeconds(1);

    private final Ingress ingress;
    private final IngressSettings settings;
    private final Map<HttpConnection, ClientConnection> connections = new HashMap<>();
    private final Set<Exchange> exchanges = new HashSet<>();
    private @Nullable Thread loop;
    private @Nullable HttpServer server;
    private @Nullable Promise<Void> drained;
    /** The stop waits no longer for what is not on its way to a channel. */
    private boolean onlyAppending;

    IngressServer(Ingress ingress, IngressSettings settings) {
        this.ingress = ingress;
        this.settings = settings;
    }

    @Override
    public Future<?> start() {
        loop = Thread.currentThread();
        HttpServerOptions options = new HttpServerOptions()
                .setMaxHeaderSize(settings.maxHeaderBytes())
                .setMaxInitialLineLength(MAX_REQUEST_LINE)
                .setInitialSettings(new Http2Settings()
                        .setMaxConcurrentStreams(HttpServerOptions.DEFAULT_INITIAL_SETTINGS_MAX_CONCURRENT_STREAMS)
                        .setMaxHeaderListSize(HTTP_2_HEADER_MARGIN * settings.maxHeaderBytes()))
                .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
                .setIdleTimeout(silenceMillis());
        HttpServer created = vertx.createHttpServer(options)
                .connectionHandler(this::connected)
                .requestHandler(this::receive)
                .invalidRequestHandler(this::refuseUnreadable);
        server = created;
        vertx.setPeriodic(sweepIntervalMillis(), timer -> sweep());
        return created.listen(address()).onSuccess(listening -> ingress.listening(listening.actualPort()));
    }

    private SocketAddress address() {
        return settings.port() == 0
                // Any free port, and the same one for all instances of this deployment.
                ? SocketAddress.sharedRandomPort(1, settings.host())
                : SocketAddress.inetSocketAddress(settings.port(), settings.host());
    }

    @Override
    public Future<?> stop() {
        HttpServer open = server;
        if (open == null) {
            return Future.succeededFuture();
        }
        Promise<Void> empty = Promise.promise();
        drained = empty;
        drainedIfThrough();
        long soon = vertx.setTimer(SHUTDOWN_GRACE.toMillis(), timer -> {
            onlyAppending = true;
            List.copyOf(exchanges).forEach(Exchange::stopReading);
            drainedIfThrough();
        });
        long last = vertx.setTimer(Math.max(1, ingress.grace().toMillis()), timer -> empty.tryComplete());
        return empty.future().eventually(() -> {
            vertx.cancelTimer(soon);
            vertx.cancelTimer(last);
            return open.close();
        });
    }

    private void drainedIfThrough() {
        Promise<Void> waiting = drained;
        if (waiting != null && exchanges.stream().noneMatch(exchange -> !onlyAppending || exchange.isAppending())) {
            waiting.tryComplete();
        }
    }

    /**
     * Vert.x has its own timer for connections on which nothing comes. It counts complete heads and parts of bodies, not
     * bytes, and so ends connections on which the first head drips, of which no handler tells us. It must not end one that
     * waits for the channel.
     */
    private int silenceMillis() {
        long longest = Math.max(
                settings.idleTimeout().toMillis(),
                settings.requestTimeout().toMillis() + LONGEST_SWEEP_INTERVAL_MILLIS);
        return (int) Math.min(Integer.MAX_VALUE, longest);
    }

    private long sweepIntervalMillis() {
        long shortest = Math.min(
                settings.requestTimeout().toMillis(), settings.idleTimeout().toMillis());
        return Math.max(1, Math.min(LONGEST_SWEEP_INTERVAL_MILLIS, shortest / 4));
    }

    private ClientConnection connected(HttpConnection http) {
        int open = ingress.connections().incrementAndGet();
        return track(http, open > settings.maxConnections());
    }

    private ClientConnection track(HttpConnection http, boolean surplus) {
        ClientConnection connection = new ClientConnection(http, surplus, System.nanoTime());
        connections.put(http, connection);
        http.closeHandler(closed -> {
            if (connections.remove(http) != null) {
                ingress.connections().decrementAndGet();
            }
        });
        return connection;
    }

    private void receive(HttpServerRequest request) {
        Exchange exchange = begin(request);
        if (exchange.isOnSurplusConnection()) {
            exchange.refuse(
                    Refusal.TOO_MANY_CONNECTIONS,
                    "there are more than " + settings.maxConnections() + " connections",
                    "keep fewer connections open and send more over each, or raise --max-connections");
        } else if (request.version() == HttpVersion.HTTP_2 && listSize(request.headers()) > settings.maxHeaderBytes()) {
            refuseHeaders(exchange);
        } else {
            exchange.receive();
        }
    }

    /** As HTTP/2 measures a list of headers. */
    static long listSize(MultiMap headers) {
        long size = 0;
        for (Map.Entry<String, String> header : headers) {
            size += header.getKey().length() + header.getValue().length() + HTTP_2_HEADER_OVERHEAD;
        }
        return size;
    }

    private void refuseHeaders(Exchange exchange) {
        exchange.refuse(
                Refusal.HEADERS_TOO_LARGE,
                "the headers take more than " + settings.maxHeaderBytes() + " bytes",
                "send fewer or shorter attributes, or the event in structured mode; --max-header-size is the limit");
    }

    private void refuseUnreadable(HttpServerRequest request) {
        Exchange exchange = begin(request);
        Throwable cause = request.decoderResult().cause();
        if (cause instanceof TooLongHttpLineException) {
            exchange.refuse(
                    Refusal.URI_TOO_LONG,
                    "the request line is longer than " + MAX_REQUEST_LINE + " bytes",
                    "post to /{namespace}/{broker}");
        } else if (cause instanceof TooLongHttpHeaderException) {
            refuseHeaders(exchange);
        } else {
            exchange.refuse(
                    Refusal.BAD_REQUEST,
                    "the request is not HTTP: " + (cause == null ? "unreadable" : cause.getMessage()),
                    "send an HTTP/1.1 or HTTP/2 request");
        }
    }

    private Exchange begin(HttpServerRequest request) {
        HttpConnection http = request.connection();
        // A connection that began as HTTP/1.1 and was upgraded is another object, which no handler announces.
        ClientConnection known = connections.get(http);
        ClientConnection connection = known == null ? connected(http) : known;
        Exchange exchange = new Exchange(ingress, settings, this, connection, request, context);
        exchanges.add(exchange);
        connection.requestBegan();
        return exchange;
    }

    /** Whether the caller is on this server's event loop. */
    boolean isOnLoop() {
        return Thread.currentThread() == loop;
    }

    /** Called by an exchange once, when nothing more will happen to it. */
    void ended(Exchange exchange) {
        exchanges.remove(exchange);
        drainedIfThrough();
    }

    private void sweep() {
        long now = System.nanoTime();
        List<Exchange> overdue = new ArrayList<>();
        for (Exchange exchange : exchanges) {
            if (exchange.isOverdue(now)) {
                overdue.add(exchange);
            }
        }
        overdue.forEach(Exchange::expire);
        long idleNanos = settings.idleTimeout().toNanos();
        List<ClientConnection> idle = new ArrayList<>();
        for (ClientConnection connection : connections.values()) {
            if (connection.isIdle(now, idleNanos)) {
                idle.add(connection);
            }
        }
        idle.forEach(ClientConnection::close);
    }
}
