/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.send;

import dev.sluice.api.http.ContentMode;
import dev.sluice.api.http.HttpBinding;
import dev.sluice.dispatcher.send.AttemptResult.Answered;
import dev.sluice.dispatcher.send.AttemptResult.Unanswered;
import dev.sluice.dispatcher.send.AttemptResult.Withheld;
import io.cloudevents.CloudEvent;
import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

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
        OPENING,
        AWAITING_HEAD,
        READING_BODY,
        DONE
    }

    private static final Buffer NOTHING = Buffer.buffer(0);

    private final Target target;
    private final CloudEvent event;
    private final ContentMode mode;
    private final Purpose purpose;
    private final Permission permission;
    private final Consumer<AttemptResult> whenDone;

    private Phase phase = Phase.NEW;
    private boolean started;
    private boolean awaitsTurn;
    /** There is no connection since nothing was heard of the target, which is not what a refusal is. */
    private boolean unheard;

    /** When its turn at a connection came, if it had to wait for that. */
    private @Nullable Long turnNanos;

    private @Nullable Connections connections;
    private @Nullable Connection connection;
    private @Nullable HttpClientResponse response;
    private @Nullable ReadLimit limit;
    /** Of a reply: its room, and whether it waits for it. */
    private ReplyMemory.@Nullable Claim claim;

    private boolean awaitingRoom;
    private long roomFor;
    private Buffer body = NOTHING;
    private boolean bodyIsOwn;
    private long bodyBytes;

    Attempt(
            Target target,
            CloudEvent event,
            ContentMode mode,
            Purpose purpose,
            Permission permission,
            Consumer<AttemptResult> whenDone) {
        this.target = target;
        this.event = event;
        this.mode = mode;
        this.purpose = purpose;
        this.permission = permission;
        this.whenDone = whenDone;
    }

    /** Sends the request. Called once. The result may be there before this returns. */
    public void start() {
        target.began();
        started = true;
        Connections from;
        try {
            from = target.connections();
        } catch (RuntimeException e) {
            notConnectable(e);
            return;
        }
        if (from == null) {
            abort(
                    FailureKind.UNSENDABLE,
                    "is no URL that events can be sent to; write http://HOST[:PORT][/PATH] or https://…");
            return;
        }
        connections = from;
        take(from);
    }

    private void take(Connections from) {
        phase = Phase.CONNECTING;
        from.take(this);
    }

    /** Others come first: no connection is begun for it yet. */
    void waitsForTurn() {
        awaitsTurn = true;
    }

    /** There is a connection for it, or one is begun. */
    void hasTurn() {
        if (awaitsTurn) {
            awaitsTurn = false;
            turnNanos = System.nanoTime();
        }
    }

    /**
     * When its time is over. What passed before its turn at a connection does not count: it is no fault of the subscriber.
     *
     * @param sinceStart when it would be over, counted from the start, by {@link System#nanoTime()}
     * @param now by the same clock
     * @return later than {@code now} if it still waits for its turn
     */
    public long dueNanos(long sinceStart, long now) {
        if (awaitsTurn) {
            return now + timeoutNanos();
        }
        return turnNanos == null ? sinceStart : turnNanos + timeoutNanos();
    }

    private long timeoutNanos() {
        return TimeUnit.MILLISECONDS.toNanos(Math.max(1, target.timeout().toMillis()));
    }

    /** Ends the attempt because its time is over. Without effect on one that is done. */
    public void timeOut() {
        if (phase == Phase.DONE) {
            return;
        }
        if (awaitingRoom) {
            abort(
                    FailureKind.NO_ROOM_FOR_REPLY,
                    "gave a reply for which there was no room within " + target.timeout() + "; raise --reply-memory");
            return;
        }
        String message = switch (phase) {
            case NEW, CONNECTING, OPENING -> "gave no connection within " + target.timeout();
            case AWAITING_HEAD -> "did not answer within " + target.timeout();
            case READING_BODY, DONE -> "did not end its answer within " + target.timeout();
        };
        abort(FailureKind.TIMEOUT, message);
    }

    /** Whether nothing of the request can have left yet, since there is no connection for it. */
    public boolean isUnsent() {
        return phase == Phase.NEW || phase == Phase.CONNECTING;
    }

    /** Ends the attempt without a result: whoever waited for one is gone. */
    public void abandon() {
        if (phase != Phase.DONE) {
            letGo(false, false);
            leaveRoom();
        }
    }

    /** There is a connection, which is this attempt's own until it gives it back. */
    void connected(Connection own) {
        hasTurn();
        connection = own;
        phase = Phase.OPENING;
        if (!permission.mayBegin()) {
            // With nothing begun on it, its connection is as good as before. In a turn of its own, since whoever gets
            // it next may be withheld as well, and so on.
            target.context().runOnContext(turn -> end(Withheld.INSTANCE, true));
            return;
        }
        boolean used = own.isUsed();
        own.request(target.request()).onComplete(opened -> opened(opened, own, used));
    }

    void notConnected(@Nullable Throwable cause) {
        unheard = isTimeOut(cause);
        fail(cause, FailureKind.NO_CONNECTION, "can't be connected to");
    }

    /** There can be none, however often it is tried. */
    void notConnectable(RuntimeException cause) {
        abort(FailureKind.UNSENDABLE, "can't be connected to: " + detail(cause));
    }

    void refused(String why) {
        abort(FailureKind.DESTINATION_REFUSED, "may not be sent to: " + why);
    }

    private void opened(AsyncResult<HttpClientRequest> opened, Connection own, boolean used) {
        if (phase != Phase.OPENING) {
            // Done meanwhile, and the connection closed with it.
            return;
        }
        HttpClientRequest open = opened.result();
        if (open == null) {
            own.close();
            connection = null;
            if (used && connections != null) {
                // Its server closed it between two requests, as it may.
                take(connections);
            } else {
                fail(opened.cause(), FailureKind.NO_CONNECTION, "can't be connected to");
            }
            return;
        }
        // What goes wrong is told by the futures and by the response. Without a handler Vert.x logs it as well, each
        // time,
        // as an error.
        open.exceptionHandler(told -> {});
        Buffer content;
        try {
            content = target.write(event, mode, purpose, open.headers());
        } catch (RuntimeException e) {
            abort(FailureKind.UNSENDABLE, "can't be sent this event: " + e.getMessage());
            return;
        }
        if (!permission.mayBegin()) {
            // Its connection, with a request begun on it, is fit for nothing else.
            end(Withheld.INSTANCE, false);
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
            end(new Answered(head.statusCode(), head.headers(), body, false), false);
            return;
        }
        limit = ReadLimit.of(head.statusCode(), HttpBinding.modeOf(head.headers()), purpose, target.maxReplySize());
        head.handler(this::read);
        head.endHandler(end -> end(
                new Answered(head.statusCode(), head.headers(), body, bodyBytes > body.length()),
                connection != null && connection.outlives(head)));
        head.exceptionHandler(broken -> fail(broken, FailureKind.BROKEN_RESPONSE, "broke off its answer"));
        long length = declaredLength(head);
        // Most answers are empty, and for nothing nobody has to wait.
        if (limit.keep() > ReadLimit.EXCERPT && length != 0 && head.statusCode() != 204) {
            claim = target.claimForReply();
            reserve(length < 0 ? ReplyMemory.FIRST : length, length >= 0);
        }
    }

    /** The length of the body, as far as the head says; -1 if it does not. */
    private static long declaredLength(HttpClientResponse head) {
        String length = head.getHeader(HttpHeaders.CONTENT_LENGTH);
        if (length == null) {
            return -1;
        }
        try {
            return Math.max(0, Long.parseLong(length.trim()));
        } catch (NumberFormatException e) {
            // Netty has refused what is no number; whatever this is, its length is not known.
            return -1;
        }
    }

    /** Reads on if there is room for so much of the reply, and otherwise when there is. */
    private void reserve(long bytes, boolean whole) {
        ReplyMemory.Claim own = claim;
        ReadLimit upTo = limit;
        HttpClientResponse from = response;
        if (own == null || upTo == null || from == null) {
            return;
        }
        long wanted = Math.min(bytes, upTo.keep());
        Context context = target.context();
        roomFor = wanted;
        if (!own.take(wanted, whole || wanted == upTo.keep(), () -> context.runOnContext(turn -> thereIsRoom(from)))) {
            awaitingRoom = true;
            from.pause();
        }
    }

    private void thereIsRoom(HttpClientResponse from) {
        awaitingRoom = false;
        if (phase == Phase.READING_BODY) {
            from.resume();
        }
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
            end(new Answered(response.statusCode(), response.headers(), body, true), false);
        } else if (claim != null && bodyBytes > roomFor && roomFor < limit.keep()) {
            reserve(limit.keep(), true);
        }
    }

    private void abort(FailureKind kind, String message) {
        end(failure(kind, message), false);
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
    private void end(AttemptResult result, boolean reusable) {
        if (phase == Phase.DONE) {
            return;
        }
        letGo(reusable, result instanceof Answered);
        boolean timedOut =
                unheard || (result instanceof Unanswered unanswered && unanswered.kind() == FailureKind.TIMEOUT);
        if (connections != null && !timedOut) {
            connections.responded();
        }
        try {
            whenDone.accept(result);
        } finally {
            leaveRoom();
        }
    }

    /** Not before the result has been looked at, for which all of the body is needed once more. */
    private void leaveRoom() {
        ReplyMemory.Claim own = claim;
        claim = null;
        if (own != null) {
            own.end();
        }
    }

    /** Ends what is under way. A connection over which something was sent is fit for another request only if told so. */
    private void letGo(boolean reusable, boolean answered) {
        phase = Phase.DONE;
        Connections from = connections;
        Connection own = connection;
        connection = null;
        if (from != null) {
            if (own == null) {
                from.leave(this);
            } else if (reusable) {
                from.giveBack(own);
            } else if (answered && !own.hasUnsent()) {
                // Its server may still read what it has answered already.
                own.close();
            } else {
                own.breakOff();
            }
        }
        if (started) {
            target.ended();
        }
    }

    private static boolean isTimeOut(@Nullable Throwable cause) {
        for (Throwable at = cause; at != null; at = at.getCause()) {
            if (at instanceof ConnectTimeoutException || at instanceof SslHandshakeTimeoutException) {
                return true;
            }
        }
        return false;
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
