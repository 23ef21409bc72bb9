/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.send;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.vertx.core.Future;
import io.vertx.core.http.HttpClientConnection;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.http.impl.UnpooledHttpClientConnection;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A connection of one target, which carries one request at a time, and what is known of its end. */
final class Connection {

    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

    private static final CharSequence KEEP_ALIVE = HttpHeaders.createOptimized("keep-alive");
    private static final String TIMEOUT = "timeout=";
    /** Seconds; what is longer than a day is no promise, and ten times that no overflow. */
    private static final int LONGEST_KEEP_ALIVE = 86_400;

    private final HttpClientConnection http;

    private boolean used;
    private boolean closed;
    private long keepAliveNanos;
    private long freeUntilNanos;

    /** @param keepAliveNanos how long it is kept for the next request, unless its server says otherwise */
    Connection(HttpClientConnection http, long keepAliveNanos) {
        this.http = http;
        this.keepAliveNanos = keepAliveNanos;
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
        logFailure(http.close());
    }

    /** Closes it when what runs on it has ended, or the time is over. */
    void shutDown(Duration grace) {
        logFailure(http.shutdown(grace.toMillis(), TimeUnit.MILLISECONDS));
    }

    private static void logFailure(Future<Void> closing) {
        closing.onFailure(failure ->
                LOG.atDebug().addKeyValue("error", failure.getMessage()).log("a connection did not close well"));
    }

    /** Whether a part of a request has not even been handed to the system. */
    boolean hasUnsent() {
        if (!(http instanceof UnpooledHttpClientConnection opened)) {
            return false;
        }
        ChannelOutboundBuffer unsent =
                opened.unwrap().channelHandlerContext().channel().unsafe().outboundBuffer();
        return unsent != null && !unsent.isEmpty();
    }

    /**
     * Closes it at once, and drops what has not been sent. To {@link #close} is to send that before, so that a server which
     * has stopped reading would keep the connection and the request for as long as it likes.
     */
    void breakOff() {
        if (!(http instanceof UnpooledHttpClientConnection opened)) {
            close();
            return;
        }
        closed = true;
        // Past the handler of Vert.x, which is the one that sends first; and for the system not to go on sending
        // either.
        ChannelHandlerContext channel = opened.unwrap().channelHandlerContext();
        if (!channel.channel().isOpen()) {
            return;
        }
        channel.channel().config().setOption(ChannelOption.SO_LINGER, 0);
        ChannelFuture unused = channel.close().addListener(ended -> {
            if (!ended.isSuccess()) {
                LOG.atDebug()
                        .addKeyValue("error", String.valueOf(ended.cause()))
                        .log("a connection did not close well");
            }
        });
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
        if (!isFramed(response)) {
            // Its body ends with the connection.
            return false;
        }
        String keepAlive = response.getHeader(KEEP_ALIVE);
        int seconds = keepAlive == null ? -1 : seconds(keepAlive);
        if (seconds >= 0) {
            keepAliveNanos = TimeUnit.SECONDS.toNanos(seconds);
        }
        return true;
    }

    /** Whether the answer itself says where it ends (RFC 9112 6.3). */
    private static boolean isFramed(HttpClientResponse response) {
        int status = response.statusCode();
        return status == 204
                || status == 304
                || response.headers().contains(HttpHeaders.CONTENT_LENGTH)
                || response.headers().contains(HttpHeaders.TRANSFER_ENCODING);
    }

    /** As in {@code timeout=5, max=100}; -1 if it does not say. */
    private static int seconds(String keepAlive) {
        int start = keepAlive.indexOf(TIMEOUT);
        int end = start < 0 ? -1 : start + TIMEOUT.length();
        int seconds = -1;
        while (end >= 0 && end < keepAlive.length() && seconds < LONGEST_KEEP_ALIVE) {
            int digit = keepAlive.charAt(end++) - '0';
            if (digit < 0 || digit > 9) {
                break;
            }
            seconds = 10 * Math.max(0, seconds) + digit;
        }
        return seconds;
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
