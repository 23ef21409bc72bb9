/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.listen;

import static dev.sluice.sources.listen.Refusal.BAD_REQUEST;
import static dev.sluice.sources.listen.Refusal.BODY_BUDGET_SPENT;
import static dev.sluice.sources.listen.Refusal.ENCODED_CONTENT;
import static dev.sluice.sources.listen.Refusal.INTERNAL_ERROR;
import static dev.sluice.sources.listen.Refusal.NOT_READY;
import static dev.sluice.sources.listen.Refusal.NOT_SYNCED;
import static dev.sluice.sources.listen.Refusal.REQUEST_TIMEOUT;
import static dev.sluice.sources.listen.Refusal.SINK_REFUSED;
import static dev.sluice.sources.listen.Refusal.SINK_UNAVAILABLE;
import static dev.sluice.sources.listen.Refusal.STOPPING;
import static dev.sluice.sources.listen.Refusal.TOO_LARGE;
import static dev.sluice.sources.listen.Refusal.TOO_MANY_CONNECTIONS;
import static dev.sluice.sources.listen.Refusal.UNKNOWN_EXPECTATION;
import static dev.sluice.sources.listen.Refusal.UNKNOWN_PATH;
import static dev.sluice.sources.listen.Refusal.UNKNOWN_SOURCE;
import static dev.sluice.sources.listen.Refusal.UNKNOWN_TRANSFER_CODING;

import dev.sluice.api.source.SinkException;
import dev.sluice.api.source.WebhookOutcome;
import dev.sluice.api.source.WebhookRequest;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request to a webhook and its answer.
 *
 * <pre>
 *   READING ──body complete──▶ SENDING ──the sink says──▶ ANSWERED ──body and answer through──▶ ended
 *      └─────refused, or answered without an event──────────┘
 * </pre>
 *
 * <p>Touched on its event loop only.
 */
final class WebhookExchange {

    private static final Logger LOG = LoggerFactory.getLogger(WebhookExchange.class);

    private static final CharSequence JSON = HttpHeaders.createOptimized("application/json");
    private static final CharSequence WWW_AUTHENTICATE = HttpHeaders.createOptimized("www-authenticate");
    private static final CharSequence CHALLENGES =
            HttpHeaders.createOptimized("Basic realm=\"sluice\", Bearer realm=\"sluice\"");
    private static final int ACCEPTED = 202;
    private static final String RETRY_SOON = "1";

    /** How long a sender may go on sending what was refused, so that it can read the answer. */
    private static final long LINGER_MILLIS = 1_000;

    /** Kept back from the time for an answer, for the answer itself to get out. */
    private static final long MARGIN_MILLIS = 100;

    private enum State {
        READING,
        SENDING,
        ANSWERED
    }

    private final WebhookListener listener;
    private final ListenSettings settings;
    private final WebhookServer server;
    private final SenderConnection connection;
    private final HttpServerRequest request;
    private final Instant arrival;
    private final long deadline;

    private State state = State.READING;
    private Endpoint.@Nullable Open endpoint;
    private Buffer body = Buffer.buffer();
    private long received;
    private long budgeted;
    private long timer;
    private boolean requestThrough;
    private boolean closing;
    private boolean ended;

    WebhookExchange(
            WebhookListener listener,
            ListenSettings settings,
            WebhookServer server,
            SenderConnection connection,
            HttpServerRequest request) {
        this.listener = listener;
        this.settings = settings;
        this.server = server;
        this.connection = connection;
        this.request = request;
        arrival = listener.clock().instant();
        deadline = System.nanoTime() + settings.answerWithin().toNanos() - MARGIN_MILLIS * 1_000_000;
        timer = server.setTimer(settings.answerWithin().toMillis(), this::expire);
        request.handler(this::bodyPart).endHandler(end -> bodyThrough()).exceptionHandler(gone -> connectionLost());
    }

    /** Refuses on the headers what can be refused before the body is asked for. */
    void receive() {
        if (!isWellFramed(request.headers())) {
            return;
        }
        if (listener.isStopping()) {
            refuse(STOPPING, "this process is stopping", "send the request again; another process may take it");
            return;
        }
        Map<String, Endpoint> endpoints = listener.endpoints();
        if (endpoints == null) {
            refuse(NOT_SYNCED, "the sources are not loaded yet", "send the request again in a moment");
            return;
        }
        Endpoint found = find(endpoints);
        if (found == null) {
            return;
        }
        if (found instanceof Endpoint.NotReady notReady) {
            // Why is for those who run it: it may name Secrets and addresses.
            LOG.atDebug()
                    .addKeyValue("source", notReady.source())
                    .addKeyValue("error", notReady.why())
                    .log("a request came for a source that is not ready");
            refuse(
                    NOT_READY,
                    notReady.source() + " is not ready",
                    "send the request again once it is; `sluice sources list` shows why");
            return;
        }
        endpoint = (Endpoint.Open) found;
        admit(request.headers());
    }

    boolean isOnSurplusConnection() {
        return connection.isSurplus();
    }

    /** What the codec lets pass, and HTTP/1.1 does not. */
    private boolean isWellFramed(MultiMap headers) {
        if (request.version() == HttpVersion.HTTP_1_1 && headers.get(HttpHeaders.HOST) == null) {
            refuse(BAD_REQUEST, "the request has no header host", "send one; HTTP/1.1 wants it (RFC 9112, 3.2)");
            return false;
        }
        String coding = headers.get(HttpHeaders.TRANSFER_ENCODING);
        if (coding != null && !coding.equalsIgnoreCase("chunked")) {
            // The source would be given the bytes as they came, and could neither check their signature nor read them.
            refuse(
                    UNKNOWN_TRANSFER_CODING,
                    "the body has transfer-encoding " + quoted(coding),
                    "send it as it is, with content-length or in chunks alone");
            return false;
        }
        return true;
    }

    private @Nullable Endpoint find(Map<String, Endpoint> endpoints) {
        String path = request.path() == null ? "" : request.path();
        String way = path.length() > 1 && path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
        Endpoint found = endpoints.get(way);
        if (found != null) {
            return found;
        }
        int slash = way.indexOf('/', 1);
        if (slash <= 1 || slash == way.length() - 1 || way.indexOf('/', slash + 1) >= 0) {
            refuse(
                    UNKNOWN_PATH,
                    "path " + quoted(way) + " names no source",
                    "send it to /{namespace}/{name of the source}");
        } else {
            refuse(
                    UNKNOWN_SOURCE,
                    "there is no source " + quoted(way.substring(1)) + " with a webhook",
                    "create it, or send to one that `sluice sources list` lists");
        }
        return null;
    }

    private void admit(MultiMap headers) {
        long announced = contentLength(headers);
        if (announced > settings.maxBodyBytes()) {
            refuseTooLarge("the body is announced with " + announced + " bytes");
            return;
        }
        String encoding = headers.get(HttpHeaders.CONTENT_ENCODING);
        if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
            // Nothing in a CloudEvent says how its data was compressed, so a receiver could not undo it.
            refuse(
                    ENCODED_CONTENT,
                    "the body has content-encoding " + quoted(encoding),
                    "send the body as it is, without content-encoding");
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
        if (state != State.READING) {
            return; // Thrown away.
        }
        received += part.length();
        if (received > settings.maxBodyBytes()) {
            refuseTooLarge("the body goes on after " + settings.maxBodyBytes() + " bytes");
        } else if (!listener.budget().take(part.length())) {
            refuse(
                    BODY_BUDGET_SPENT,
                    "the bodies of the requests in hand take all the room there is",
                    "send the request again in a moment");
        } else {
            budgeted += part.length();
            body.appendBuffer(part);
        }
    }

    private void bodyThrough() {
        requestThrough = true;
        if (state == State.READING) {
            decide();
        } else {
            endIfThrough();
        }
    }

    private void decide() {
        Endpoint.Open to = endpoint;
        if (to == null) {
            refuseForFault(new IllegalStateException("a body was read for no source"));
            return;
        }
        MultiMap query;
        try {
            query = request.params();
        } catch (IllegalArgumentException e) {
            refuse(BAD_REQUEST, "the query of the request can't be decoded", "percent-encode it as RFC 3986 says");
            return;
        }
        WebhookOutcome outcome;
        try {
            outcome = to.webhook()
                    .receive(new WebhookRequest(
                            request.method().name(), request.uri(), request.headers(), query, body, arrival));
        } catch (RuntimeException | StackOverflowError e) {
            refuseForFault(e);
            return;
        }
        if (outcome instanceof WebhookOutcome.Emit emit) {
            state = State.SENDING;
            // The event has its own.
            body = Buffer.buffer();
            // What a sender has closed its ears to may reach the sink all the same: at least once.
            to.sender().send(emit.event(), deadline).onComplete(sent -> server.run(() -> sent(sent)));
        } else if (outcome instanceof WebhookOutcome.Answer answer) {
            to.meters().countAnswered();
            LOG.atDebug().addKeyValue("source", to.source()).log(answer.why());
            HttpServerResponse response = request.response();
            answered();
            if (!response.closed()) {
                answer.headers().forEach(response::putHeader);
                heedGone(response.setStatusCode(answer.status()).end(answer.body()));
            }
            endIfThrough();
        } else if (outcome instanceof WebhookOutcome.Refuse refuse) {
            to.meters().countRefused(refuse.kind().reason());
            // Anybody can send what is refused, as often as they like: it is counted, and not written down each time.
            LOG.atDebug()
                    .addKeyValue("source", to.source())
                    .addKeyValue("statusCode", refuse.kind().status())
                    .addKeyValue("error", refuse.error())
                    .log("a request to a webhook was refused");
            if (refuse.kind() == WebhookOutcome.Kind.METHOD_NOT_ALLOWED) {
                request.response().putHeader(HttpHeaders.ALLOW, "POST");
            } else if (refuse.kind() == WebhookOutcome.Kind.UNAUTHORIZED) {
                // Some senders show what they have only when they are asked for it (RFC 9110, 11.6.1).
                request.response().putHeader(WWW_AUTHENTICATE, CHALLENGES);
            }
            answer(refuse.kind().status(), refuse.error(), refuse.remedy());
        }
    }

    private void sent(AsyncResult<Void> sent) {
        if (state != State.SENDING) {
            return; // The time was over, or the sender is gone.
        }
        if (sent.succeeded()) {
            HttpServerResponse response = request.response();
            answered();
            if (!response.closed()) {
                heedGone(response.setStatusCode(ACCEPTED).end());
            }
            endIfThrough();
        } else if (sent.cause() instanceof SinkException failure) {
            // Where the sink is and what it says is nobody's outside.
            LOG.atWarn()
                    .addKeyValue("source", endpoint == null ? "" : endpoint.source())
                    .addKeyValue("error", failure.getMessage())
                    .log("the event of a webhook could not be passed on");
            refuse(
                    failure.isRetryable() ? SINK_UNAVAILABLE : SINK_REFUSED,
                    "the sink did not take the event",
                    failure.isRetryable()
                            ? "send the request again after the time in retry-after"
                            : "mend the sink, and send the request again");
        } else {
            refuseForFault(sent.cause());
        }
    }

    private void refuseTooLarge(String found) {
        refuse(
                TOO_LARGE,
                found + ", and the limit is " + settings.maxBodyBytes(),
                "send less in one request; --max-event-size is the limit");
    }

    private void refuseForFault(Throwable fault) {
        LOG.atError()
                .setCause(fault)
                .addKeyValue("source", endpoint == null ? "" : endpoint.source())
                .log("a request to a webhook could not be dealt with");
        refuse(INTERNAL_ERROR, "the request could not be dealt with because of a fault", "see the log of the process");
    }

    /** Answers with a refusal, whatever has been read of the body. */
    void refuse(Refusal refusal, String error, String remedy) {
        (endpoint == null ? listener.refusedWithoutSource() : endpoint.meters()).countRefused(refusal.reason());
        LOG.atDebug()
                .addKeyValue("statusCode", refusal.status())
                .addKeyValue("error", error)
                .log("a request was refused");
        closing = refusal.closesConnection()
                || (!requestThrough && request.headers().contains(HttpHeaders.EXPECT));
        if (refusal.isRetryable()) {
            request.response().putHeader(HttpHeaders.RETRY_AFTER, RETRY_SOON);
        }
        answer(refusal.status(), error, remedy);
        // Other refusals are of one stream; these are of whatever comes on the connection.
        if ((refusal == STOPPING || refusal == TOO_MANY_CONNECTIONS) && !isHttp1()) {
            connection.retire(settings.answerWithin());
        }
    }

    private void answer(int status, String error, String remedy) {
        HttpServerResponse response = request.response();
        answered();
        if (!response.closed()) {
            response.setStatusCode(status).putHeader(HttpHeaders.CONTENT_TYPE, JSON);
            if (closing && isHttp1()) {
                response.putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
            }
            heedGone(response.end(
                    new JsonObject().put("error", error).put("remedy", remedy).toBuffer()));
        }
        endIfThrough();
    }

    /** The answer is decided: what still comes of the body is thrown away, for a moment at most. */
    private void answered() {
        state = State.ANSWERED;
        body = Buffer.buffer();
        listener.budget().giveBack(budgeted);
        budgeted = 0;
        server.cancelTimer(timer);
        if (!requestThrough) {
            timer = server.setTimer(LINGER_MILLIS, this::hangUp);
        }
    }

    private void expire() {
        switch (state) {
            case READING ->
                refuse(
                        REQUEST_TIMEOUT,
                        "the request was not complete after "
                                + settings.answerWithin().toMillis() + " ms",
                        "send it whole within that time; --webhook-timeout is the limit");
            case SENDING ->
                refuse(
                        SINK_UNAVAILABLE,
                        "the sink did not take the event within "
                                + settings.answerWithin().toMillis() + " ms",
                        "send the request again after the time in retry-after; it may then arrive twice");
            case ANSWERED -> hangUp();
        }
    }

    /** The sender went away, or broke off this one stream. */
    private void connectionLost() {
        requestThrough = true;
        if (state == State.SENDING) {
            return; // Its event is on its way and takes its room, until that is over or the time is.
        }
        if (state != State.ANSWERED) {
            answered();
        }
        end();
    }

    private void hangUp() {
        closing = true;
        if (!isHttp1()) {
            heedGone(request.response().reset(0));
        }
        end();
    }

    private void endIfThrough() {
        if (requestThrough) {
            end();
        }
    }

    private void end() {
        if (ended) {
            return;
        }
        ended = true;
        server.cancelTimer(timer);
        if (closing && isHttp1()) {
            heedGone(request.connection().close());
        }
        server.ended(this);
    }

    /** A sender that is gone by now is noticed where every other is: when its connection ends. */
    private static void heedGone(Future<?> told) {
        told.onFailure(gone ->
                LOG.atDebug().addKeyValue("error", gone.getMessage()).log("the sender is gone and has no answer"));
    }

    private boolean isHttp1() {
        return request.version() != HttpVersion.HTTP_2;
    }

    private static String quoted(String text) {
        int longest = 200;
        return '"' + (text.length() <= longest ? text : text.substring(0, longest) + "…") + '"';
    }
}
