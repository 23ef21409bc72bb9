/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.send;

import dev.sluice.api.http.ContentMode;
import dev.sluice.api.http.HttpBinding;
import dev.sluice.dispatcher.send.AttemptResult.Answered;
import dev.sluice.dispatcher.send.AttemptResult.Unanswered;
import io.cloudevents.CloudEvent;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.RequestOptions;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request and its answer. It reports exactly one result, at the latest when it is {@linkplain #timeOut timed out},
 * and leaves behind no connection that is neither closed nor fit for the next request. Confined to the context of its
 * trigger.
 */
public final class Attempt {

    /** How far the attempt has come. */
    private enum Phase {
        NEW,
        CONNECTING,
        AWAITING_HEAD,
        READING_BODY,
        DONE
    }

    private static final Logger LOG = LoggerFactory.getLogger(Attempt.class);
    private static final Buffer NOTHING = Buffer.buffer(0);

    private final Target target;
    private final CloudEvent event;
    private final ContentMode mode;
    private final Purpose purpose;
    private final Consumer<AttemptResult> whenDone;

    private Phase phase = Phase.NEW;
    private @Nullable HttpClientRequest request;
    private @Nullable HttpClientResponse response;
    private @Nullable ReadLimit limit;
    private Buffer body = NOTHING;
    private boolean bodyIsOwn;
    private long bodyBytes;

    Attempt(Target target, CloudEvent event, ContentMode mode, Purpose purpose, Consumer<AttemptResult> whenDone) {
        this.target = target;
        this.event = event;
        this.mode = mode;
        this.purpose = purpose;
        this.whenDone = whenDone;
    }

    /** Sends the request. Called once. The result may be there before this returns. */
    public void start() {
        RequestOptions options = target.request();
        if (options == null) {
            abort(
                    FailureKind.UNSENDABLE,
                    "is no URL that events can be sent to; write http://HOST[:PORT][/PATH] or https://…");
            return;
        }
        phase = Phase.CONNECTING;
        Future<HttpClientRequest> connecting;
        try {
            connecting = target.client().request(options);
        } catch (RuntimeException e) {
            // Vert.x throws for a host name that can be none, and for certificates that can't be read.
            abort(FailureKind.UNSENDABLE, "can't be connected to: " + detail(e));
            return;
        }
        connecting.onComplete(this::connected);
    }

    /** Ends the attempt because its time is over. Without effect on one that is done. */
    public void timeOut() {
        if (phase == Phase.DONE) {
            return;
        }
        String message = switch (phase) {
            case NEW, CONNECTING -> "gave no connection within " + target.timeout();
            case AWAITING_HEAD -> "did not answer within " + target.timeout();
            case READING_BODY, DONE -> "did not end its answer within " + target.timeout();
        };
        abort(FailureKind.TIMEOUT, message);
    }

    /** Ends the attempt without a result: whoever waited for one is gone. */
    public void abandon() {
        boolean sent = phase == Phase.AWAITING_HEAD || phase == Phase.READING_BODY;
        if (phase != Phase.DONE) {
            phase = Phase.DONE;
            breakOff(sent);
        }
    }

    private void connected(AsyncResult<HttpClientRequest> connecting) {
        HttpClientRequest open = connecting.result();
        if (open != null) {
            // What goes wrong is told by the futures and by the response. Without handlers Vert.x logs it as well, each
            // time, as an error.
            open.exceptionHandler(told -> {});
            open.connection().exceptionHandler(told -> {});
        }
        if (phase != Phase.CONNECTING) {
            if (open != null) {
                // Timed out while connecting: nothing was sent, so the connection goes back to the pool.
                request = open;
                breakOff(false);
            }
            return;
        }
        if (open == null) {
            fail(connecting.cause(), FailureKind.NO_CONNECTION, "can't be connected to");
            return;
        }
        request = open;
        String refusal = target.refusal(open.connection());
        if (refusal != null) {
            abort(FailureKind.DESTINATION_REFUSED, "may not be sent to: " + refusal);
            return;
        }
        Buffer content;
        try {
            content = target.write(event, mode, purpose, open.headers());
        } catch (RuntimeException e) {
            abort(FailureKind.UNSENDABLE, "can't be sent this event: " + e.getMessage());
            return;
        }
        phase = Phase.AWAITING_HEAD;
        open.send(content).onComplete(this::answered);
    }

    private void answered(AsyncResult<HttpClientResponse> answering) {
        if (phase != Phase.AWAITING_HEAD) {
            return;
        }
        HttpClientResponse head = answering.result();
        if (head == null) {
            fail(answering.cause(), FailureKind.BROKEN_RESPONSE, "gave no whole answer");
            return;
        }
        phase = Phase.READING_BODY;
        response = head;
        if (head.statusCode() < 200) {
            // Vert.x waits past 100 and 103 alone. Whatever follows one of the others, it would take for the answer to
            // the next request.
            end(new Answered(head.statusCode(), head.headers(), body, false), true);
            return;
        }
        limit = ReadLimit.of(head.statusCode(), HttpBinding.modeOf(head.headers()), purpose, target.maxReplySize());
        head.handler(this::read);
        head.endHandler(
                end -> end(new Answered(head.statusCode(), head.headers(), body, bodyBytes > body.length()), false));
        head.exceptionHandler(broken -> fail(broken, FailureKind.BROKEN_RESPONSE, "broke off its answer"));
    }

    private void read(Buffer piece) {
        if (phase != Phase.READING_BODY || limit == null) {
            return;
        }
        bodyBytes += piece.length();
        int room = limit.keep() - body.length();
        if (body == NOTHING && piece.length() <= room) {
            body = piece;
        } else if (room > 0) {
            // A buffer of our own, since pieces belong to the connection; made once, or a large reply would be
            // copied as often as it has pieces.
            if (!bodyIsOwn) {
                body = Buffer.buffer(body.length() + piece.length()).appendBuffer(body);
                bodyIsOwn = true;
            }
            body.appendBuffer(piece, 0, Math.min(room, piece.length()));
        }
        if (bodyBytes > limit.read() && response != null) {
            end(new Answered(response.statusCode(), response.headers(), body, true), true);
        }
    }

    private void abort(FailureKind kind, String message) {
        end(failure(kind, message), true);
    }

    private void fail(@Nullable Throwable cause, FailureKind otherwise, String what) {
        String detail = cause == null ? "" : ": " + detail(cause);
        end(
                isTls(cause)
                        ? failure(FailureKind.TLS, "could not agree on TLS" + detail)
                        : failure(otherwise, what + detail),
                false);
    }

    private AttemptResult failure(FailureKind kind, String message) {
        HttpClientResponse head = response;
        return head != null && !wholeBodyMatters(head.statusCode())
                // The status has said it all; what broke was only the text that came with it.
                ? new Answered(head.statusCode(), head.headers(), body, true)
                : new Unanswered(kind, target.address() + " " + message);
    }

    private boolean wholeBodyMatters(int status) {
        return status >= 200 && status <= 299 && purpose == Purpose.REPLY_WANTED;
    }

    /** The connection is put in order before the result is told: who gets it may start the next attempt at once. */
    private void end(AttemptResult result, boolean breakOff) {
        if (phase == Phase.DONE) {
            return;
        }
        boolean sent = phase == Phase.AWAITING_HEAD || phase == Phase.READING_BODY;
        phase = Phase.DONE;
        if (breakOff) {
            breakOff(sent);
        }
        whenDone.accept(result);
    }

    /** Ends what is under way. The connection is fit for another request only if nothing was sent over it. */
    private void breakOff(boolean sent) {
        HttpClientRequest open = request;
        if (open == null) {
            return;
        }
        Future<Void> broken = sent ? open.connection().close() : open.reset();
        broken.onFailure(failure ->
                LOG.atDebug().addKeyValue("error", failure.getMessage()).log("a connection did not close well"));
    }

    private static boolean isTls(@Nullable Throwable cause) {
        for (Throwable at = cause; at != null; at = at.getCause()) {
            if (at instanceof SSLException) {
                return true;
            }
        }
        return false;
    }

    /** The innermost message, which is the one that says what happened. */
    private static String detail(Throwable cause) {
        Throwable at = cause;
        String detail = describe(at);
        while (at.getCause() != null && at.getCause() != at) {
            at = at.getCause();
            detail = at.getMessage() == null ? detail : describe(at);
        }
        return detail;
    }

    private static String describe(Throwable cause) {
        return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    }
}
