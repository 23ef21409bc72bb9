/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.listen;

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
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The port for webhooks on one event loop. Everything in it is touched on that loop only. */
final class WebhookServer extends VerticleBase {

    /** Room for a path with two names of 253 characters and a long query. */
    private static final int MAX_REQUEST_LINE = 8192;

    /**
     * Netty refuses what is beyond its limit for HTTP/2 by itself: without a body, or with the end of the connection. So
     * its limit is wider than ours.
     */
    private static final long HTTP_2_HEADER_MARGIN = 2;

    /** What HTTP/2 adds to the name and the value of each header to measure a list of them (RFC 9113 6.5.2). */
    private static final int HTTP_2_HEADER_OVERHEAD = 32;

    private final WebhookListener listener;
    private final ListenSettings settings;
    private final Map<HttpConnection, SenderConnection> connections = new HashMap<>();
    private final Set<WebhookExchange> exchanges = new HashSet<>();
    private @Nullable HttpServer server;
    private @Nullable Promise<Void> drained;

    WebhookServer(WebhookListener listener, ListenSettings settings) {
        this.listener = listener;
        this.settings = settings;
    }

    @Override
    public Future<?> start() {
        HttpServerOptions options = new HttpServerOptions()
                .setMaxHeaderSize(settings.maxHeaderBytes())
                .setMaxInitialLineLength(MAX_REQUEST_LINE)
                .setInitialSettings(new Http2Settings()
                        .setMaxConcurrentStreams(HttpServerOptions.DEFAULT_INITIAL_SETTINGS_MAX_CONCURRENT_STREAMS)
                        .setMaxHeaderListSize(HTTP_2_HEADER_MARGIN * settings.maxHeaderBytes()))
                .setIdleTimeout((int)
                        // A request that waits for its sink is silent too.
                        Math.max(
                                settings.idleTimeout().toSeconds(),
                                settings.answerWithin().toSeconds() + 2));
        HttpServer created = vertx.createHttpServer(options)
                .connectionHandler(this::connected)
                .requestHandler(this::receive)
                .invalidRequestHandler(this::refuseUnreadable);
        server = created;
        return created.listen(address()).onSuccess(listening -> listener.listening(listening.actualPort()));
    }

    private SocketAddress address() {
        return settings.port() == 0
                // Any free port, and the same one for all instances of this deployment. The number tells it from the
                // free port of the ingress.
                ? SocketAddress.sharedRandomPort(2, settings.host())
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
        if (exchanges.isEmpty()) {
            empty.complete();
        }
        long deadline = vertx.setTimer(settings.answerWithin().toMillis(), timer -> empty.tryComplete());
        return empty.future().eventually(() -> {
            vertx.cancelTimer(deadline);
            return open.close();
        });
    }

    private SenderConnection connected(HttpConnection http) {
        int open = listener.connections().incrementAndGet();
        SenderConnection connection = new SenderConnection(http, open > settings.maxConnections());
        connections.put(http, connection);
        http.closeHandler(closed -> {
            if (connections.remove(http) != null) {
                listener.connections().decrementAndGet();
            }
        });
        return connection;
    }

    private WebhookExchange begin(HttpServerRequest request) {
        HttpConnection http = request.connection();
        // A connection that began as HTTP/1.1 and was upgraded is another object, which no handler announces.
        SenderConnection known = connections.get(http);
        WebhookExchange exchange =
                new WebhookExchange(listener, settings, this, known == null ? connected(http) : known, request);
        exchanges.add(exchange);
        return exchange;
    }

    private void receive(HttpServerRequest request) {
        WebhookExchange exchange = begin(request);
        if (exchange.isOnSurplusConnection()) {
            exchange.refuse(
                    Refusal.TOO_MANY_CONNECTIONS,
                    "there are more than " + settings.maxConnections() + " connections",
                    "keep fewer connections open, or raise --max-connections");
        } else if (request.version() == HttpVersion.HTTP_2 && listSize(request.headers()) > settings.maxHeaderBytes()) {
            refuseHeaders(exchange);
        } else {
            exchange.receive();
        }
    }

    /** As HTTP/2 measures a list of headers. */
    private static long listSize(MultiMap headers) {
        long size = 0;
        for (Map.Entry<String, String> header : headers) {
            size += header.getKey().length() + header.getValue().length() + HTTP_2_HEADER_OVERHEAD;
        }
        return size;
    }

    private void refuseHeaders(WebhookExchange exchange) {
        exchange.refuse(
                Refusal.HEADERS_TOO_LARGE,
                "the headers take more than " + settings.maxHeaderBytes() + " bytes",
                "send fewer or shorter ones; --max-header-size is the limit");
    }

    private void refuseUnreadable(HttpServerRequest request) {
        WebhookExchange exchange = begin(request);
        Throwable cause = request.decoderResult().cause();
        if (cause instanceof TooLongHttpLineException) {
            exchange.refuse(
                    Refusal.URI_TOO_LONG,
                    "the request line is longer than " + MAX_REQUEST_LINE + " bytes",
                    "send the long part in the body");
        } else if (cause instanceof TooLongHttpHeaderException) {
            refuseHeaders(exchange);
        } else {
            exchange.refuse(
                    Refusal.BAD_REQUEST,
                    "the request is not HTTP: " + (cause == null ? "unreadable" : cause.getMessage()),
                    "send an HTTP/1.1 or HTTP/2 request");
        }
    }

    /** Called by an exchange once, when nothing more will happen to it. */
    void ended(WebhookExchange exchange) {
        exchanges.remove(exchange);
        Promise<Void> waiting = drained;
        if (waiting != null && exchanges.isEmpty()) {
            waiting.tryComplete();
        }
    }

    long setTimer(long millis, Runnable action) {
        return vertx.setTimer(millis, timer -> action.run());
    }

    void cancelTimer(long timer) {
        vertx.cancelTimer(timer);
    }

    /** On this server's loop. */
    void run(Runnable action) {
        context.runOnContext(here -> action.run());
    }
}
