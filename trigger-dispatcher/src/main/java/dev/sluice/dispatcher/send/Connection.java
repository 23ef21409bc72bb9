/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.send;

import io.vertx.core.Future;
import io.vertx.core.http.HttpClientConnection;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A connection of one target, which carries one request at a time, and what is known of its end. */
final class Connection {

    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

    /** How long one is kept for the next request, unless its server's {@code Keep-Alive} says otherwise. */
    static final long KEEP_ALIVE_NANOS = TimeUnit.SECONDS.toNanos(30);

    private static final CharSequence KEEP_ALIVE = HttpHeaders.createOptimized("keep-alive");
    private static final String TIMEOUT = "timeout=";

    private final HttpClientConnection http;

    private boolean used;
    private boolean closed;
    private long keepAliveNanos = KEEP_ALIVE_NANOS;
    private long freeUntilNanos;

    Connection(HttpClientConnection http) {
        this.http = http;
    }

    Future<HttpClientRequest> request(RequestOptions options) {
        used = true;
        return http.request(options);
    }

    /** Whether it carried a request before the one at hand, so that its server may have closed it since. */
    boolean isUsed() {
        return used;
    }

    boolean isClosed() {
        return closed;
    }

    /** Told by whoever watches it. */
    void closed() {
        closed = true;
    }

    void close() {
        closed = true;
        http.close()
                .onFailure(failure -> LOG.atDebug()
                        .addKeyValue("error", failure.getMessage())
                        .log("a connection did not close well"));
    }

    /** Whether the server means to take another request over it (RFC 9112 9.3); for how long, is remembered. */
    boolean outlives(HttpClientResponse response) {
        if (response.version() != HttpVersion.HTTP_1_1) {
            return false;
        }
        String connection = response.getHeader(HttpHeaders.CONNECTION);
        if (connection != null && connection.toLowerCase(Locale.ROOT).contains("close")) {
            return false;
        }
        String keepAlive = response.getHeader(KEEP_ALIVE);
        if (keepAlive != null) {
            keepAliveNanos = nanos(keepAlive);
        }
        return true;
    }

    private static long nanos(String keepAlive) {
        int start = keepAlive.indexOf(TIMEOUT);
        if (start < 0) {
            return KEEP_ALIVE_NANOS;
        }
        long seconds = 0;
        for (int i = start + TIMEOUT.length(); i < keepAlive.length() && seconds < Integer.MAX_VALUE; i++) {
            int digit = keepAlive.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                break;
            }
            seconds = 10 * seconds + digit;
        }
        return TimeUnit.SECONDS.toNanos(seconds);
    }

    void freeFrom(long nanos) {
        freeUntilNanos = nanos + keepAliveNanos;
    }

    boolean isExpired(long nanos) {
        return nanos - freeUntilNanos >= 0;
    }

    /** Calls the handler when it is closed by whichever side. */
    void whenClosed(Runnable handler) {
        http.closeHandler(end -> handler.run());
        // What goes wrong is told by futures and responses. Without a handler Vert.x logs it as well, as an error.
        http.exceptionHandler(told -> {});
    }

    /** Why nothing may be sent over it, or null. */
    @Nullable
    String refusal(DestinationGuard guard, String path) {
        return guard.refusal(http.remoteAddress(true), http.localAddress(true), path);
    }
}
