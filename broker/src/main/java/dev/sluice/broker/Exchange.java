/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.broker;

import static dev.sluice.broker.Refusal.APPEND_TIMEOUT;
import static dev.sluice.broker.Refusal.BAD_REQUEST;
import static dev.sluice.broker.Refusal.BODY_BUDGET_SPENT;
import static dev.sluice.broker.Refusal.BROKER_NOT_READY;
import static dev.sluice.broker.Refusal.ENCODED_CONTENT;
import static dev.sluice.broker.Refusal.EVENT_TOO_LARGE;
import static dev.sluice.broker.Refusal.INTERNAL_ERROR;
import static dev.sluice.broker.Refusal.MALFORMED_EVENT;
import static dev.sluice.broker.Refusal.METHOD_NOT_ALLOWED;
import static dev.sluice.broker.Refusal.NOT_AN_EVENT;
import static dev.sluice.broker.Refusal.NOT_SYNCED;
import static dev.sluice.broker.Refusal.REQUEST_TIMEOUT;
import static dev.sluice.broker.Refusal.STOPPING;
import static dev.sluice.broker.Refusal.TOO_MANY_CONNECTIONS;
import static dev.sluice.broker.Refusal.TTL_EXHAUSTED;
import static dev.sluice.broker.Refusal.UNKNOWN_BROKER;
import static dev.sluice.broker.Refusal.UNKNOWN_EXPECTATION;
import static dev.sluice.broker.Refusal.UNKNOWN_PATH;
import static dev.sluice.broker.Refusal.UNKNOWN_TRANSFER_CODING;

import dev.sluice.api.channel.Channel;
import dev.sluice.api.channel.Channel.Admission;
import dev.sluice.api.channel.ChannelException;
import dev.sluice.api.event.BrokerAttributes;
import dev.sluice.api.http.ContentMode;
import dev.sluice.api.http.HttpBinding;
import dev.sluice.api.http.MalformedEventException;
import dev.sluice.api.http.PassedHeaders;
import io.cloudevents.CloudEvent;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request and its answer.
 *
 * <pre>
 *   READING ──body complete, events valid──▶ APPENDING ──channel says──▶ ANSWERED
 *      └───────refused at any point────────────────────────────────────────┘
 * </pre>
 *
 * <p>An answer can come before the body has. What is left of the body is then read and thrown away for a moment, because
 * a connection that is closed while the client still writes takes the answer down with it. The exchange has ended when
 * both the answer and the body are through, or the connection is gone. Touched on its event loop only.
 */
final class Exchange {

    private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);

    private static final CharSequence ALLOWED = HttpHeaders.createOptimized("POST, OPTIONS");
    private static final CharSequence JSON = HttpHeaders.createOptimized("application/json");
    private static final CharSequence WEBHOOK_ALLOWED_ORIGIN = HttpHeaders.createOptimized("webhook-allowed-origin");
    private static final CharSequence WEBHOOK_ALLOWED_RATE = HttpHeaders.createOptimized("webhook-allowed-rate");
    private static final CharSequence ANY = HttpHeaders.createOptimized("*");
    private static final CharSequence IDENTITY = HttpHeaders.createOptimized("identity");

    private static final int ACCEPTED = 202;
    private static final Duration RETRY_SOON = Duration.ofSeconds(1);
    private static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(1);

    private enum State {
        READING,
        APPENDING,
        ANSWERED
    }

    private final Ingress ingress;
    private final IngressSettings settings;
    private final IngressServer server;
    private final ClientConnection connection;
    private final HttpServerRequest request;
    private final Context context;

    private State state = State.READING;
    private long deadline;
    private boolean requestThrough;
    private boolean closeWhenThrough;
    private boolean ended;

    private @Nullable BrokerEntry broker;
    private @Nullable Buffer body;
    private boolean bodyIsOurs;
    private long received;
    private long budgeted;
    private long budgetedHead;

    Exchange(
            Ingress ingress,
            IngressSettings settings,
            IngressServer server,
            ClientConnection connection,
            HttpServerRequest request,
            Context context) {
        this.ingress = ingress;
        this.settings = settings;
        this.server = server;
        this.connection = connection;
        this.request = request;
        this.context = context;
        this.deadline = System.nanoTime() + settings.requestTimeout().toNanos();
        request.handler(this::bodyPart).endHandler(end -> bodyThrough()).exceptionHandler(this::connectionLost);
    }

    /** Looks at the headers, and refuses on them what can be refused, before the body is asked for. */
    void receive() {
        if (!isWellFramed(request.headers())) {
            return;
        }
        HttpMethod method = request.method();
        boolean handshake = HttpMethod.OPTIONS.equals(method);
        if (!handshake && !HttpMethod.POST.equals(method)) {
            refuse(
                    METHOD_NOT_ALLOWED,
                    "method " + method + " is not allowed here",
                    "send events with POST; OPTIONS answers the webhook handshake");
            return;
        }
        if (ingress.isStopping()) {
            refuse(STOPPING, "this process is stopping", "send the event again; another process may take it");
            return;
        }
        Map<String, BrokerEntry> brokers = ingress.brokers();
        if (brokers == null) {
            refuse(NOT_SYNCED, "the Brokers are not loaded yet", "send the event again in a moment");
            return;
        }
        BrokerEntry found = find(brokers);
        if (found == null) {
            return;
        }
        broker = found;
        String probed = handshake ? request.headers().get(Ingress.PROBE_HEADER) : null;
        if (handshake && probed == null) {
            answerHandshake();
            return;
        }
        if (probed != null && !probed.equals(found.uid())) {
            refuse(BROKER_NOT_READY, "Broker " + found.name() + " is another one here yet", "ask again in a moment");
            return;
        }
        if (found.notReady() != null) {
            refuse(
                    BROKER_NOT_READY,
                    "Broker " + found.name() + " is not ready: " + found.notReady(),
                    "send the event again once it is; `sluice get brokers` shows its conditions");
            return;
        }
        if (probed != null) {
            answerHandshake();
            return;
        }
        admit(request.headers());
    }

    /** What the codec lets pass, and HTTP/1.1 does not. */
    private boolean isWellFramed(MultiMap headers) {
        if (request.version() == HttpVersion.HTTP_1_1 && headers.get(HttpHeaders.HOST) == null) {
            refuse(BAD_REQUEST, "the request has no header host", "send one; HTTP/1.1 wants it (RFC 9112, 3.2)");
            return false;
        }
        String coding = headers.get(HttpHeaders.TRANSFER_ENCODING);
        if (coding != null && !coding.equalsIgnoreCase("chunked")) {
            // The bytes would be kept as they came, and nothing would tell a subscriber how to undo the coding.
            refuse(
                    UNKNOWN_TRANSFER_CODING,
                    "the body has transfer-encoding " + quoted(coding),
                    "send it as it is, with content-length or in chunks alone");
            return false;
        }
        return true;
    }

    /** The stop waits no longer for what has not come whole. */
    void stopReading() {
        if (state == State.READING) {
            refuse(STOPPING, "this process is stopping", "send the event again; another process may take it");
        }
    }

    /** Whether its event is on the way to the channel. */
    boolean isAppending() {
        return state == State.APPENDING;
    }

    boolean isOnSurplusConnection() {
        return connection.isSurplus();
    }

    private @Nullable BrokerEntry find(Map<String, BrokerEntry> brokers) {
        String path = request.path();
        BrokerEntry found = path == null ? null : brokers.get(path);
        if (found != null) {
            return found;
        }
        String way = path == null ? "" : path;
        if (way.length() > 1 && way.endsWith("/")) {
            // Knative's own ingress puts up with one slash at the end.
            way = way.substring(0, way.length() - 1);
            found = brokers.get(way);
            if (found != null) {
                return found;
            }
        }
        int slash = way.indexOf('/', 1);
        if (slash <= 1 || slash == way.length() - 1 || way.indexOf('/', slash + 1) >= 0) {
            refuse(UNKNOWN_PATH, "path " + quoted(way) + " names no Broker", "post to /{namespace}/{broker}");
        } else {
            refuse(
                    UNKNOWN_BROKER,
                    "there is no Broker " + quoted(way.substring(1)),
                    "create it, or post to one that `sluice get brokers` lists");
        }
        return null;
    }

    private void admit(MultiMap headers) {
        long announced = contentLength(headers);
        if (announced > settings.maxEventSize()) {
            refuseTooLarge("the body is announced with " + announced + " bytes");
            return;
        }
        if (HttpBinding.modeOf(headers) == ContentMode.NONE) {
            MalformedEventException why = HttpBinding.notAnEvent(headers);
            refuse(NOT_AN_EVENT, String.valueOf(why.getMessage()), why.remedy());
            return;
        }
        String encoding = headers.get(HttpHeaders.CONTENT_ENCODING);
        if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
            // Nothing in a CloudEvent says how its data was compressed, so the subscriber could not undo it.
            request.response().putHeader(HttpHeaders.ACCEPT_ENCODING, IDENTITY);
            refuse(
                    ENCODED_CONTENT,
                    "the body has content-encoding " + quoted(encoding),
                    "send the body as it is, without content-encoding");
            return;
        }
        long head = IngressServer.listSize(headers);
        if (ingress.headBudget().take(head)) {
            budgetedHead = head;
        } else {
            refuseForBudget();
            return;
        }
        if (!ingress.budget().hasRoomFor(Math.max(announced, 0))) {
            refuseForBudget();
            return;
        }
        String expectation = headers.get(HttpHeaders.EXPECT);
        if (expectation != null) {
            if (!expectation.equalsIgnoreCase("100-continue")) {
                refuse(
                        UNKNOWN_EXPECTATION,
                        "expectation " + quoted(expectation) + " is not known",
                        "leave the header expect out, or send 100-continue");
                return;
            }
            heedGone(request.response().writeContinue());
        }
    }

    /** -1 if the headers don't say. */
    private static long contentLength(MultiMap headers) {
        String text = headers.get(HttpHeaders.CONTENT_LENGTH);
        if (text == null) {
            return -1;
        }
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            // HTTP/1.1 with such a length does not get here; in HTTP/2 the frames tell where the body ends.
            return -1;
        }
    }

    private void bodyPart(Buffer part) {
        received += part.length();
        if (state != State.READING) {
            // Thrown away. Nobody has to send more of it than an event may be large.
            if (received > settings.maxEventSize()) {
                deadline = Math.min(deadline, System.nanoTime() + LINGER_NANOS);
            }
            return;
        }
        if (received > settings.maxEventSize()) {
            refuseTooLarge("the body goes on after " + settings.maxEventSize() + " bytes");
            return;
        }
        if (!ingress.budget().take(part.length())) {
            refuseForBudget();
            return;
        }
        budgeted += part.length();
        if (body == null) {
            // Most bodies come in one part, which is ours to keep without copying.
            body = part;
        } else {
            if (!bodyIsOurs) {
                body = Buffer.buffer(2 * (int) received).appendBuffer(body);
                bodyIsOurs = true;
            }
            body.appendBuffer(part);
        }
    }

    private void bodyThrough() {
        requestThrough = true;
        if (state == State.READING) {
            try {
                append();
            } catch (RuntimeException e) {
                refuseForFault(e);
            }
        } else if (state == State.ANSWERED) {
            end();
        }
    }

    private void append() {
        BrokerEntry to = broker;
        Channel channel = to == null ? null : to.channel();
        if (to == null || channel == null) {
            throw new IllegalStateException("a body was read for no Broker");
        }
        List<CloudEvent> events;
        try {
            events = HttpBinding.read(
                    request.headers(),
                    body == null ? Buffer.buffer() : body,
                    PassedHeaders.onArrival(
                            request.headers(),
                            BrokerAttributes.onArrival(
                                    ingress.clock().instant(),
                                    settings.initialTtl(),
                                    request.getHeader(BrokerAttributes.TTL_HEADER))));
        } catch (MalformedEventException e) {
            refuse(MALFORMED_EVENT, String.valueOf(e.getMessage()), e.remedy());
            return;
        }
        for (CloudEvent event : events) {
            if (BrokerAttributes.exhausted(event)) {
                refuse(
                        TTL_EXHAUSTED,
                        "event " + quoted(event.getId()) + " has come to Brokers too often: its extension "
                                + BrokerAttributes.TTL + " is used up",
                        "look for triggers whose replies or subscribers lead back to this Broker");
                return;
            }
        }
        body = null;
        state = State.APPENDING;
        if (events.isEmpty()) {
            accept(0);
            return;
        }
        int count = events.size();
        channel.append(events, Admission.PRODUCER).onComplete(result -> onOurLoop(result, count));
    }

    private void onOurLoop(AsyncResult<Void> result, int count) {
        // A channel may answer at once, or later on a thread of its own.
        if (server.isOnLoop()) {
            appended(result, count);
        } else {
            context.runOnContext(here -> appended(result, count));
        }
    }

    private void appended(AsyncResult<Void> result, int count) {
        if (state != State.APPENDING) {
            // Answered with a time-out before. The sender repeats it, and if this succeeded there are two: at least
            // once.
            return;
        }
        if (result.succeeded()) {
            accept(count);
        } else if (result.cause() instanceof ChannelException e) {
            refuse(Refusal.of(e.kind()), String.valueOf(e.getMessage()), remedyFor(e.kind()), e.retryAfter());
        } else {
            refuseForFault(result.cause());
        }
    }

    private static String remedyFor(ChannelException.Kind kind) {
        return switch (kind) {
            case FULL ->
                "send the event again after the time in retry-after; a subscriber that does not keep up holds the room";
            case TOO_LARGE -> "send a smaller event, or keep its data elsewhere and send a reference";
            case UNAVAILABLE, CLOSED, ALREADY_READ, NOT_ASSIGNED ->
                "send the event again after the time in retry-after";
        };
    }

    private void accept(int count) {
        if (broker != null) {
            broker.accepted().increment(count);
        }
        HttpServerResponse response = request.response();
        answered();
        if (!response.closed()) {
            heedGone(response.setStatusCode(ACCEPTED).end());
        }
        endIfThrough();
    }

    /** A client that is gone by now is noticed where every other is: when its connection ends. */
    private static void heedGone(Future<Void> told) {
        told.onFailure(gone ->
                LOG.atDebug().addKeyValue("error", gone.getMessage()).log("the client is gone and has no answer"));
    }

    private void answerHandshake() {
        // Every origin is welcome at any rate, so a grant by callback is never needed: the answer is the grant
        // (HTTP webhook 4.2).
        HttpServerResponse response = request.response();
        response.putHeader(HttpHeaders.ALLOW, ALLOWED)
                .putHeader(WEBHOOK_ALLOWED_ORIGIN, ANY)
                .putHeader(WEBHOOK_ALLOWED_RATE, ANY);
        answered();
        heedGone(response.end());
        endIfThrough();
    }

    private void refuseTooLarge(String found) {
        refuse(
                EVENT_TOO_LARGE,
                found + ", and the limit is " + settings.maxEventSize(),
                "send a smaller event, or keep its data elsewhere and send a reference; --max-event-size is the limit");
    }

    private void refuseForBudget() {
        refuse(
                BODY_BUDGET_SPENT,
                "the requests in hand have bodies of " + ingress.budget().taken() + " bytes and headers of "
                        + ingress.headBudget().taken() + ", and this one does not fit beside them",
                "send the event again in a moment");
    }

    private void refuseForFault(Throwable fault) {
        LOG.atError()
                .setCause(fault)
                .addKeyValue("broker", broker == null ? "" : broker.name())
                .log("An event could not be taken in");
        refuse(INTERNAL_ERROR, "the event could not be taken in because of a fault", "see the log of the ingress");
    }

    /** Answers with a refusal, whatever has been read of the body. */
    void refuse(Refusal refusal, String error, String remedy) {
        refuse(refusal, error, remedy, RETRY_SOON);
    }

    private void refuse(Refusal refusal, String error, String remedy, Duration retryAfter) {
        if (!isProbe()) {
            (broker == null ? ingress.refusedWithoutBroker() : broker.refused()).count(refusal);
        }
        HttpServerResponse response = request.response();
        // A client that was told to wait for 100 may send the body or not, so what follows can't be told from it.
        boolean mustClose = refusal.closesConnection()
                || (!requestThrough && request.headers().contains(HttpHeaders.EXPECT));
        closeWhenThrough = mustClose;
        answered();
        if (!response.closed()) {
            response.setStatusCode(refusal.status()).putHeader(HttpHeaders.CONTENT_TYPE, JSON);
            if (refusal == METHOD_NOT_ALLOWED) {
                response.putHeader(HttpHeaders.ALLOW, ALLOWED);
            }
            if (refusal.isRetryable()) {
                response.putHeader(HttpHeaders.RETRY_AFTER, Long.toString(wholeSeconds(retryAfter)));
            }
            if (mustClose && isHttp1()) {
                response.putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
            }
            heedGone(response.end(
                    new JsonObject().put("error", error).put("remedy", remedy).toBuffer()));
        }
        // Other refusals are of one stream; these are of whatever comes on the connection.
        if ((refusal == STOPPING || refusal == TOO_MANY_CONNECTIONS) && !isHttp1()) {
            connection.retire(settings.requestTimeout());
        }
        endIfThrough();
    }

    /** Whether one of our own asks, which it does until it is told yes: what is counted are producers. */
    private boolean isProbe() {
        return HttpMethod.OPTIONS.equals(request.method()) && request.headers().contains(Ingress.PROBE_HEADER);
    }

    private static long wholeSeconds(Duration duration) {
        return Math.max(1, duration.plusMillis(999).toSeconds());
    }

    /** The answer is decided: from here on what still comes of the body is thrown away, for a moment at most. */
    private void answered() {
        state = State.ANSWERED;
        body = null;
        ingress.budget().giveBack(budgeted);
        budgeted = 0;
        ingress.headBudget().giveBack(budgetedHead);
        budgetedHead = 0;
        if (closeWhenThrough) {
            deadline = Math.min(deadline, System.nanoTime() + LINGER_NANOS);
        }
    }

    private void endIfThrough() {
        if (requestThrough) {
            end();
        }
    }

    boolean isOverdue(long now) {
        return now - deadline > 0;
    }

    /** Called when the deadline is over: of the request, or of what is left of its body. */
    void expire() {
        switch (state) {
            case READING -> {
                refuse(
                        REQUEST_TIMEOUT,
                        "the body was not complete after " + seconds(settings.requestTimeout()),
                        "send the whole request within that time; --request-timeout is the limit");
                hangUp();
            }
            case APPENDING ->
                refuse(
                        APPEND_TIMEOUT,
                        "the channel did not answer within " + seconds(settings.requestTimeout()),
                        "send the event again; it may then arrive twice");
            case ANSWERED -> hangUp();
        }
    }

    private static String seconds(Duration duration) {
        return duration.toMillis() / 1000.0 + " s";
    }

    /** Ends the exchange though its body is not through. */
    private void hangUp() {
        if (ended) {
            return;
        }
        if (isHttp1()) {
            closeWhenThrough = true;
        } else {
            heedGone(request.response().reset(0));
        }
        end();
    }

    /** The client went away, or broke off this one stream. */
    private void connectionLost(Throwable cause) {
        requestThrough = true;
        if (state != State.APPENDING) {
            answered();
            end();
        }
    }

    private void end() {
        if (ended) {
            return;
        }
        ended = true;
        connection.requestEnded(System.nanoTime());
        if (closeWhenThrough && isHttp1()) {
            connection.close();
        }
        server.ended(this);
    }

    private boolean isHttp1() {
        return request.version() != HttpVersion.HTTP_2;
    }

    private static String quoted(String text) {
        int longest = 200;
        return '"' + (text.length() <= longest ? text : text.substring(0, longest) + "…") + '"';
    }
}
