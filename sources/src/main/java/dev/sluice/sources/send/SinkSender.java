/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.send;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.event.Extensions;
import dev.sluice.api.http.ContentMode;
import dev.sluice.api.http.HttpBinding;
import dev.sluice.api.routing.Delivery;
import dev.sluice.api.source.SinkException;
import dev.sluice.api.source.SourceRoute;
import io.cloudevents.CloudEvent;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends the events of one source to its sink, and again where that may help, and in the end to its dead letter sink if there
 * is one. A 2xx means that the sink has the event; what else it says in its answer is nobody's here, and is read and thrown
 * away beside it. For any thread.
 *
 * <p>Which failures are tried again is what Knative's delivery spec says: no or a broken answer, 404, 408, 409, 429 and
 * 5xx; redirects are not followed. A dead letter is tried until its sink has it or refuses it for good, since nothing comes
 * after that.
 */
public final class SinkSender {

    private static final Logger LOG = LoggerFactory.getLogger(SinkSender.class);

    /** Of a refusal this much is kept: what fits into 1024 characters of Base64, as much as a dead letter takes. */
    private static final int LONGEST_BODY = 768;

    /** A sink whose answer is longer does not get another request over that connection. */
    private static final int LONGEST_ANSWER = 64 * 1024;

    /** For what comes after the status: a sink that takes longer does not get another request over that connection. */
    private static final long LONGEST_DRAIN_MILLIS = 2_000;

    /** Between attempts at a dead letter sink. */
    private static final Duration LETTER_BACKOFF_MAX = Duration.ofSeconds(10);

    private final SinkClients clients;
    private final SendMeters meters;
    private volatile Target target;

    private record Target(
            SinkAddress sink, Map<String, String> overrides, Delivery delivery, Optional<SinkAddress> deadLetterSink) {}

    /** @param route whose sink, {@code ceOverrides} and delivery count until it {@linkplain #turnTo turns to another} */
    public SinkSender(SinkClients clients, SourceRoute route, SendMeters meters) {
        this.clients = requireNonNull(clients, "clients");
        this.meters = requireNonNull(meters, "meters");
        target = target(route);
    }

    /** From the next attempt of every event on, so that a sink that is mended heals what is being tried. */
    public void turnTo(SourceRoute route) {
        target = target(route);
    }

    private Target target(SourceRoute route) {
        Delivery delivery = route.delivery().orElseGet(clients.settings()::delivery);
        return new Target(
                SinkAddress.of(route.sink()),
                route.overrides(),
                delivery,
                delivery.deadLetterSink().map(SinkAddress::of));
    }

    /** As often as the delivery says. */
    public Future<Void> send(CloudEvent event) {
        return send(event, Long.MAX_VALUE);
    }

    /**
     * As often as the delivery says, and as long as somebody waits for the outcome.
     *
     * @param deadline by {@link System#nanoTime()}; no attempt goes on after it. {@link Long#MAX_VALUE}: none
     * @return completes when the sink or the dead letter sink has the event; fails with a {@link SinkException}
     */
    public Future<Void> send(CloudEvent event, long deadline) {
        return new Sending(event, deadline, () -> true).begin();
    }

    /** As often as the delivery says, and as long as it is wanted, which is asked before each attempt. */
    public Future<Void> send(CloudEvent event, BooleanSupplier wanted) {
        return new Sending(event, Long.MAX_VALUE, wanted).begin();
    }

    private static long remaining(long deadline) {
        return deadline == Long.MAX_VALUE ? Long.MAX_VALUE : deadline - System.nanoTime();
    }

    /** One event until its end. One attempt is after the other, so that nothing here needs a lock. */
    private final class Sending {

        private final CloudEvent event;
        private final long deadline;
        private final BooleanSupplier wanted;
        /** A promise and no chain of futures: that would grow with every attempt, of which there may be any number. */
        private final Promise<Void> outcome = Promise.promise();

        private int retries;
        /** What goes to the dead letter sink; null while the sink is tried. */
        private @Nullable CloudEvent letter;

        Sending(CloudEvent event, long deadline, BooleanSupplier wanted) {
            this.event = event;
            this.deadline = deadline;
            this.wanted = wanted;
        }

        Future<Void> begin() {
            attempt();
            return outcome.future();
        }

        private void attempt() {
            if (!wanted.getAsBoolean()) {
                outcome.fail(new SinkException("the event is not this source's to send any more", true));
                return;
            }
            Target to = target;
            CloudEvent dead = letter;
            if (dead != null && to.deadLetterSink().isPresent()) {
                attempt(dead, to, to.deadLetterSink().get());
                return;
            }
            if (dead != null) {
                // Whoever took the dead letter sink away meanwhile wants the sink to have the event, tried as often as
                // any.
                letter = null;
                retries = 0;
            }
            CloudEvent marked = to.overrides().isEmpty()
                    ? event
                    : Extensions.edit(event, extensions -> extensions.putAll(to.overrides()));
            once(marked, to.sink(), to.delivery(), deadline)
                    .onSuccess(sent -> {
                        meters.sent().increment();
                        outcome.complete();
                    })
                    .onFailure(cause -> failed(marked, to, SinkFailure.of(cause)));
        }

        private void attempt(CloudEvent dead, Target to, SinkAddress sink) {
            once(dead, sink, to.delivery(), deadline)
                    .onSuccess(sent -> {
                        meters.deadLettered().increment();
                        outcome.complete();
                    })
                    .onFailure(cause -> letterFailed(sink, SinkFailure.of(cause)));
        }

        private void failed(CloudEvent sent, Target to, SinkFailure failure) {
            Delivery delivery = to.delivery();
            if (failure.isRetryable() && retries < delivery.retry()) {
                long longest =
                        delivery.retryAfterMax().orElse(delivery.backoffMax()).toMillis();
                again(
                        Math.max(
                                delivery.backoff(retries + 1).toMillis(),
                                Math.min(failure.retryAfterMillis(), longest)),
                        to.sink(),
                        failure);
                return;
            }
            if (to.deadLetterSink().isEmpty()) {
                end(to.sink(), failure);
                return;
            }
            letter = DeadLetter.of(sent, to.sink().text(), failure);
            retries = 0;
            attempt();
        }

        private void letterFailed(SinkAddress sink, SinkFailure failure) {
            if (!failure.isRetryable()) {
                end(sink, failure);
                return;
            }
            long wait = clients.settings().delivery().backoff(retries + 1).toMillis();
            again(Math.min(wait, LETTER_BACKOFF_MAX.toMillis()), sink, failure);
        }

        private void again(long waitMillis, SinkAddress sink, SinkFailure failure) {
            if (remaining(deadline) <= TimeUnit.MILLISECONDS.toNanos(waitMillis)) {
                end(sink, failure);
                return;
            }
            retries++;
            // A timer even for no time: an attempt that fails at once would else run in circles on this stack.
            clients.vertx().setTimer(Math.max(1, waitMillis), rang -> {
                meters.retries().increment();
                attempt();
            });
        }

        private void end(SinkAddress sink, SinkFailure failure) {
            meters.failed().increment();
            outcome.fail(failure.explained(sink.text()));
        }
    }

    private Future<Void> once(CloudEvent event, SinkAddress sink, Delivery delivery, long deadline) {
        long nanos = Math.min(delivery.timeout().toNanos(), remaining(deadline));
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
        ContentMode mode = delivery.format() == Delivery.Format.JSON ? ContentMode.STRUCTURED : ContentMode.BINARY;
        Exchange exchange = new Exchange(event, sink, mode);
        // A client that has just been closed throws, which is a failure as any other.
        return Future.succeededFuture(options)
                .compose(clients.of(sink.destination())::request)
                .compose(exchange::begin)
                .timeout(millis, TimeUnit.MILLISECONDS)
                .onFailure(exchange::giveUp);
    }

    /** One request and its answer. */
    private final class Exchange {

        private final CloudEvent event;
        private final SinkAddress sink;
        private final ContentMode mode;
        private volatile @Nullable HttpClientRequest request;
        private volatile boolean givenUp;

        Exchange(CloudEvent event, SinkAddress sink, ContentMode mode) {
            this.event = event;
            this.sink = sink;
            this.mode = mode;
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
            Buffer body;
            try {
                body = HttpBinding.write(event, mode, opened.headers());
            } catch (RuntimeException e) {
                // No repetition makes it another event.
                opened.reset();
                return Future.failedFuture(SinkFailure.unusable("can't be sent this event: " + e.getMessage()));
            }
            if (!sink.authorization().isEmpty()) {
                opened.putHeader(HttpHeaders.AUTHORIZATION, sink.authorization());
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
                                .addKeyValue("sink", sink)
                                .addKeyValue("error", broken.getMessage())
                                .log("a sink that took the event did not end its answer"));
                return Future.succeededFuture();
            }
            // Of a refusal the status counts, whatever becomes of its words.
            return drained(response)
                    .otherwise(Buffer.buffer())
                    .compose(body -> Future.failedFuture(SinkFailure.answered(status, body, retryAfter)));
        }

        /** Reads the answer to its end, so that the connection can be used again, and keeps its beginning. */
        private Future<Buffer> drained(HttpClientResponse response) {
            Buffer kept = Buffer.buffer();
            long[] length = {0};
            response.handler(piece -> {
                length[0] += piece.length();
                if (kept.length() < LONGEST_BODY) {
                    kept.appendBuffer(piece, 0, Math.min(piece.length(), LONGEST_BODY - kept.length()));
                }
                if (length[0] > LONGEST_ANSWER) {
                    response.request().connection().close();
                }
            });
            return response.end()
                    .timeout(LONGEST_DRAIN_MILLIS, TimeUnit.MILLISECONDS)
                    .onFailure(unread -> response.request().reset())
                    .transform(ended -> length[0] > LONGEST_ANSWER || ended.succeeded()
                            ? Future.succeededFuture(kept)
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
