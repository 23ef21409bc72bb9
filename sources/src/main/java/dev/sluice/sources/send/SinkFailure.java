/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.send;

import dev.sluice.api.source.SinkException;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** How one attempt failed. */
final class SinkFailure extends Exception {

    private static final long serialVersionUID = 1L;
    private static final int LONGEST_DETAIL = 300;

    /** Of what a sink says about a refusal, this many bytes are passed on in words. */
    private static final int LONGEST_QUOTE = 200;

    private final boolean retryable;
    private final int status;
    private final transient Buffer body;
    private final long retryAfterMillis;

    private SinkFailure(String what, boolean retryable, int status, Buffer body, long retryAfterMillis) {
        super(what, null, false, false);
        this.retryable = retryable;
        this.status = status;
        this.body = body;
        this.retryAfterMillis = retryAfterMillis;
    }

    static SinkFailure noAnswer(String what) {
        return new SinkFailure(what, true, 0, Buffer.buffer(), 0);
    }

    /** Not at this address, ever. */
    static SinkFailure unusable(String what) {
        return new SinkFailure(what, false, 0, Buffer.buffer(), 0);
    }

    /** @param body its beginning */
    static SinkFailure answered(int status, Buffer body, @Nullable String retryAfter) {
        String text = body.getString(0, Math.min(LONGEST_QUOTE, body.length()), "UTF-8");
        String words = text.isBlank() ? "" : ": " + printable(text.strip());
        return new SinkFailure(
                "answered " + status + words, isRetryable(status), status, body, millis(retryAfter, Instant.now()));
    }

    /** Whatever an attempt failed with. */
    static SinkFailure of(Throwable cause) {
        if (cause instanceof SinkFailure known) {
            return known;
        }
        if (cause instanceof TimeoutException) {
            return noAnswer("did not answer in time");
        }
        String detail = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        return noAnswer("can't be reached: " + printable(detail));
    }

    private static boolean isRetryable(int status) {
        return status == 404 || status == 408 || status == 409 || status == 429 || status >= 500;
    }

    /** Of the header {@code Retry-After} (RFC 9110, 10.2.3), 0 or more; 0 if it is absent or makes no sense. */
    static long millis(@Nullable String retryAfter, Instant now) {
        if (retryAfter == null || retryAfter.isEmpty()) {
            return 0;
        }
        try {
            return Math.multiplyExact(Math.max(0, Long.parseLong(retryAfter)), 1000);
        } catch (NumberFormatException e) {
            return untilDate(retryAfter, now);
        } catch (ArithmeticException e) {
            return Long.MAX_VALUE;
        }
    }

    private static long untilDate(String date, Instant now) {
        try {
            Instant at = ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
            return Math.max(0, Duration.between(now, at).toMillis());
        } catch (DateTimeParseException e) {
            return 0;
        }
    }

    private static String printable(String text) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < text.length() && i < LONGEST_DETAIL; i++) {
            char c = text.charAt(i);
            out.append(Character.isISOControl(c) ? ' ' : c);
        }
        return out.toString();
    }

    boolean isRetryable() {
        return retryable;
    }

    /** 0 if there was no answer. */
    int status() {
        return status;
    }

    /** The beginning of the answer's body; empty if there was none. */
    Buffer body() {
        return body;
    }

    long retryAfterMillis() {
        return retryAfterMillis;
    }

    SinkException explained(String address) {
        return new SinkException("the sink " + address + " " + getMessage(), retryable);
    }
}
