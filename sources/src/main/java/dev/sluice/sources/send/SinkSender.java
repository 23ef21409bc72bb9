/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.send;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.event.Extensions;
import dev.sluice.api.http.ContentMode;
import dev.sluice.api.http.HttpBinding;
import dev.sluice.api.routing.Destination;
import dev.sluice.api.source.SinkException;
import io.cloudevents.CloudEvent;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends the events of one source to its sink, and again where that may help. A 2xx means that the sink has the event; what
 * else it says in its answer is nobody's here, and is read and thrown away beside it. For any thread.
 *
 * <p>Which failures are tried again is what Knative's delivery spec says: no or a broken answer, 404, 408, 409, 429 and
 * 5xx; redirects are not followed.
 */
public final class SinkSender {

    private static final Logger LOG = LoggerFactory.getLogger(SinkSender.class);

    /** Of what a sink says about a refusal, this much is passed on. */
    private static final int LONGEST_QUOTE = 200;

    /** A sink whose answer is longer does not get another request over that connection. */
    private static final int LONGEST_ANSWER = 64 * 1024;

    /** For what comes after the status: a sink that takes longer does not get another request over that connection. */
    private static final long LONGEST_DRAIN_MILLIS = 2_000;

    private final SinkClients clients;
    private final Destination sink;
    private final Map<String, String> overrides;
    private final SendMeters meters;
    private final String authorization;

    /**
     * @param overrides extensions that every event gets, in place of its own of these names
     */
    public SinkSender(SinkClients clients, Destination sink, Map<String, String> overrides, SendMeters meters) {
        this.clients = requireNonNull(clients, "clients");
        this.sink = requireNonNull(sink, "sink");
        this.overrides = Map.copyOf(overrides);
        this.meters = requireNonNull(meters, "meters");
        String user = sink.uri().getUserInfo();
        authorization = user == null
                ? ""
                : "Basic " + Base64.getEncoder().encodeToString(user.getBytes(StandardCharsets.UTF_8));
    }

    /** As often as the settings say. */
    public Future<Void> send(CloudEvent event) {
        return send(event, Long.MAX_VALUE);
    }

    /**
     * As often as the settings say, and as long as somebody waits for the outcome.
     *
     * @param deadline by {@link System#nanoTime()}; no attempt goes on after it. {@link Long#MAX_VALUE}: none
     * @return completes when the sink has the event; fails with a {@link SinkException}
     */
    public Future<Void> send(CloudEvent event, long deadline) {
        CloudEvent marked =
                overrides.isEmpty() ? event : Extensions.edit(event, extensions -> extensions.putAll(overrides));
        return attempt(marked, deadline, 0)
                .onSuccess(sent -> meters.sent().increment())
                .onFailure(failed -> meters.failed().increment());
    }

    private Future<Void> attempt(CloudEvent event, long deadline, int retriesSoFar) {
        return once(event, deadline).recover(cause -> {
            SinkFailure failure = SinkFailure.of(cause);
            SinkSettings settings = clients.settings();
            if (!failure.isRetryable() || retriesSoFar >= settings.retry()) {
                return Future.failedFuture(failure.explained(address()));
            }
            long wait = Math.max(
                    settings.backoffMillis(retriesSoFar + 1),
                    Math.min(failure.retryAfterMillis(), settings.backoffMax().toMillis()));
            if (remaining(deadline) <= TimeUnit.MILLISECONDS.toNanos(wait)) {
                return Future.failedFuture(failure.explained(address()));
            }
            return after(wait).compose(waited -> {
                meters.retries().increment();
                return attempt(event, deadline, retriesSoFar + 1);
            });
        });
    }

    private Future<Void> after(long millis) {
        return millis == 0
                ? Future.succeededFuture()
                : clients.vertx().timer(millis, TimeUnit.MILLISECONDS).mapEmpty();
    }

    private static long remaining(long deadline) {
        return deadline == Long.MAX_VALUE ? Long.MAX_VALUE : deadline - System.nanoTime();
    }

    private Future<Void> once(CloudEvent event, long deadline) {
        long nanos = Math.min(clients.settings().attemptTimeout().toNanos(), remaining(deadline));
        if (nanos <= 0) {
            return Future.failedFuture(SinkFailure.noAnswer("did not answer in time"));
        }
        long millis = Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos));
        RequestOptions options;
        try {
            options = new RequestOptions()
                    .setMethod(HttpMethod.POST)
                    .setAbsoluteURI(sink.uri().toString())
                    .setFollowRedirects(false)
                    .setConnectTimeout(millis);
        } catch (RuntimeException e) {
            return Future.failedFuture(SinkFailure.unusable("is no URL that events can be sent to"));
        }
        Exchange exchange = new Exchange(event);
        return clients.of(sink)
                .request(options)
                .compose(exchange::begin)
                .timeout(millis, TimeUnit.MILLISECONDS)
                .onFailure(exchange::giveUp);
    }

    private String address() {
        int port = sink.uri().getPort();
        return sink.uri().getScheme() + "://" + sink.uri().getHost() + (port < 0 ? "" : ":" + port)
                + (sink.uri().getRawPath() == null ? "" : sink.uri().getRawPath());
    }

    /** One request and its answer. */
    private final class Exchange {

        private final CloudEvent event;
        private volatile @Nullable HttpClientRequest request;
        private volatile boolean givenUp;

        Exchange(CloudEvent event) {
            this.event = event;
        }

        Future<Void> begin(HttpClientRequest opened) {
            request = opened;
            // What goes wrong is told by the futures; without a handler Vert.x logs it as well, each time.
            opened.exceptionHandler(told -> {});
            if (givenUp) {
                giveUp(new TimeoutException());
                return Future.failedFuture(SinkFailure.noAnswer("gave no connection in time"));
            }
            HttpConnection connection = opened.connection();
            connection.exceptionHandler(told -> {});
            String refusal = clients.guard()
                    .refusal(
                            connection.remoteAddress(),
                            connection.localAddress(),
                            sink.uri().getPath());
            if (refusal != null) {
                opened.reset();
                return Future.failedFuture(SinkFailure.unusable("may not be sent to: " + refusal));
            }
            Buffer body = HttpBinding.write(event, ContentMode.BINARY, opened.headers());
            if (!authorization.isEmpty()) {
                opened.putHeader(HttpHeaders.AUTHORIZATION, authorization);
            }
            return opened.send(body).compose(this::read);
        }

        private Future<Void> read(HttpClientResponse response) {
            int status = response.statusCode();
            String retryAfter = response.getHeader(HttpHeaders.RETRY_AFTER);
            if (status >= 200 && status <= 299) {
                // The sink has the event now: sent again for what becomes of the words, it would have it twice.
                drained(response)
                        .onFailure(broken -> LOG.atDebug()
                                .addKeyValue("sink", address())
                                .addKeyValue("error", broken.getMessage())
                                .log("a sink that took the event did not end its answer"));
                return Future.succeededFuture();
            }
            // Of a refusal the status counts, whatever becomes of its words.
            return drained(response)
                    .otherwise("")
                    .compose(text -> Future.failedFuture(SinkFailure.answered(status, text, retryAfter)));
        }

        /** Reads the answer to its end, so that the connection can be used again, and keeps its beginning. */
        private Future<String> drained(HttpClientResponse response) {
            Buffer kept = Buffer.buffer();
            long[] length = {0};
            response.handler(piece -> {
                length[0] += piece.length();
                if (kept.length() < LONGEST_QUOTE) {
                    kept.appendBuffer(piece, 0, Math.min(piece.length(), LONGEST_QUOTE - kept.length()));
                }
                if (length[0] > LONGEST_ANSWER) {
                    response.request().connection().close();
                }
            });
            return response.end()
                    .timeout(LONGEST_DRAIN_MILLIS, TimeUnit.MILLISECONDS)
                    .onFailure(unread -> response.request().reset())
                    .transform(ended -> length[0] > LONGEST_ANSWER || ended.succeeded()
                            ? Future.succeededFuture(kept.toString(StandardCharsets.UTF_8))
                            : Future.failedFuture(ended.cause()));
        }

        /** A connection on which an answer is outstanding is fit for no other request. */
        void giveUp(Throwable why) {
            givenUp = true;
            HttpClientRequest open = request;
            if (open != null && !(why instanceof SinkFailure)) {
                open.reset();
            }
        }
    }
}
