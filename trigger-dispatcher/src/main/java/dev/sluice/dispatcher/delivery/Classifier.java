/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.api.event.ExtensionEdit;
import dev.sluice.api.http.HttpBinding;
import dev.sluice.api.http.MalformedEventException;
import dev.sluice.api.http.PassedHeaders;
import dev.sluice.api.routing.TriggerRoute.ReplyPolicy;
import dev.sluice.dispatcher.send.AttemptResult;
import dev.sluice.dispatcher.send.AttemptResult.Answered;
import dev.sluice.dispatcher.send.AttemptResult.Unanswered;
import dev.sluice.dispatcher.send.FailureKind;
import dev.sluice.dispatcher.send.Purpose;
import io.cloudevents.CloudEvent;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;

/** Says what the result of an attempt means (Knative's data plane specification, and docs/delivery.md). Pure. */
final class Classifier {

    /** Bytes of a failed response's body that are kept: as Base64 they make the 1024 characters of a dead letter. */
    private static final int EXCERPT = 768;

    /** Characters of an unusable reply that are shown. */
    private static final int SHOWN = 200;

    private Classifier() {}

    /** The result of a request to a dead letter sink, whose answer counts by its status alone. */
    static Verdict ofDeadLetter(AttemptResult result, String destination, long nowMillis) {
        return result instanceof Answered answered && isSuccess(answered)
                ? Verdict.Accepted.INSTANCE
                : failed(result, destination, nowMillis);
    }

    /**
     * The result of a request to a subscriber.
     *
     * @param original the event that was sent
     * @param stamp puts the broker's attributes on a reply
     */
    static Verdict ofSubscriber(
            AttemptResult result,
            String destination,
            ReplyPolicy policy,
            CloudEvent original,
            ExtensionEdit stamp,
            long nowMillis) {
        if (!(result instanceof Answered answered) || !isSuccess(answered)) {
            return failed(result, destination, nowMillis);
        }
        if (policy == ReplyPolicy.IGNORE) {
            return Verdict.Accepted.INSTANCE;
        }
        return switch (HttpBinding.modeOf(answered.headers())) {
            case NONE -> withoutClaim(answered, destination, policy);
            case BATCHED -> malformed(answered, destination, "a batch of events; a reply is one event");
            case BINARY, STRUCTURED ->
                reply(answered, destination, PassedHeaders.onReply(answered.headers(), original, stamp));
        };
    }

    private static boolean isSuccess(Answered answered) {
        return answered.status() >= 200 && answered.status() <= 299;
    }

    private static Verdict withoutClaim(Answered answered, String destination, ReplyPolicy policy) {
        if (answered.body().length() == 0) {
            return Verdict.Accepted.INSTANCE;
        }
        String text = answered.status() + " with " + excerpt(answered);
        if (policy == ReplyPolicy.STRICT) {
            return failure(
                    FailureKind.NO_REPLY_EVENT,
                    answered,
                    destination,
                    destination + " answered " + text
                            + ", which is no CloudEvent, and the trigger's sluice.dev/reply is" + " strict");
        }
        return new Verdict.UnusableReply(text);
    }

    private static Verdict reply(Answered answered, String destination, ExtensionEdit stamp) {
        if (answered.cut()) {
            return malformed(
                    answered, destination, "more than " + answered.body().length() + " bytes of reply");
        }
        try {
            return new Verdict.Replied(
                    HttpBinding.read(answered.headers(), answered.body(), stamp).get(0));
        } catch (MalformedEventException e) {
            return malformed(answered, destination, "a malformed CloudEvent: " + e.getMessage() + "; " + e.remedy());
        }
    }

    private static Verdict malformed(Answered answered, String destination, String what) {
        return failure(
                FailureKind.MALFORMED_REPLY,
                answered,
                destination,
                destination + " answered " + answered.status() + " with " + what);
    }

    private static Verdict failed(AttemptResult result, String destination, long nowMillis) {
        if (result instanceof Unanswered unanswered) {
            return new Verdict.Failed(Failure.unanswered(unanswered.kind(), unanswered.message(), destination));
        }
        Answered answered = (Answered) result;
        String message = destination + " answered " + answered.status();
        return new Verdict.Failed(new Failure(
                FailureKind.ofStatus(answered.status()),
                answered.status(),
                answered.body().length() == 0 ? message : message + " with " + excerpt(answered),
                destination,
                body(answered),
                DeadLetter.attributes(answered.headers()),
                asksToWait(answered.status())
                        ? RetryAfter.millis(answered.headers().get(HttpHeaders.RETRY_AFTER), nowMillis)
                        : RetryAfter.ABSENT));
    }

    /** The header means something on other statuses too, but Knative heeds it on these alone. */
    private static boolean asksToWait(int status) {
        return status == 429 || status == 503;
    }

    private static Verdict failure(FailureKind kind, Answered answered, String destination, String message) {
        return new Verdict.Failed(new Failure(
                kind,
                answered.status(),
                message,
                destination,
                body(answered),
                DeadLetter.attributes(answered.headers()),
                RetryAfter.ABSENT));
    }

    private static Buffer body(Answered answered) {
        return answered.body().getBuffer(0, Math.min(EXCERPT, answered.body().length()));
    }

    private static String excerpt(Answered answered) {
        String type = answered.headers().get(HttpHeaders.CONTENT_TYPE);
        int length = Math.min(SHOWN, answered.body().length());
        StringBuilder shown = new StringBuilder(type == null ? "" : type + " ").append('"');
        String text = new String(answered.body().getBytes(0, length), UTF_8);
        for (int i = 0; i < text.length(); i++) {
            // What a subscriber says is shown on terminals and in logs, so it must not be able to steer them.
            char c = text.charAt(i);
            shown.append(Character.isISOControl(c) ? ' ' : c);
        }
        boolean more = answered.cut() || answered.body().length() > length;
        return shown.append(more ? "…\"" : "\"").toString();
    }

    /** What the request asks of the answer. */
    static Purpose purpose(ReplyPolicy policy) {
        return policy == ReplyPolicy.IGNORE ? Purpose.REPLY_IGNORED : Purpose.REPLY_WANTED;
    }
}
