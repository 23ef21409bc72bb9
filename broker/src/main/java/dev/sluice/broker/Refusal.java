/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.broker;

import dev.sluice.api.channel.ChannelException;

/**
 * Why a request is refused, with everything that follows from it: the status code, the reason under which it is counted
 * (a public interface), and what becomes of the connection.
 */
enum Refusal {
    BAD_REQUEST(400, "BadRequest", After.CLOSE),
    MALFORMED_EVENT(400, "MalformedEvent", After.KEEP),
    TTL_EXHAUSTED(400, "TtlExhausted", After.KEEP),
    UNKNOWN_PATH(404, "UnknownPath", After.KEEP),
    UNKNOWN_BROKER(404, "UnknownBroker", After.KEEP),
    METHOD_NOT_ALLOWED(405, "MethodNotAllowed", After.KEEP),
    REQUEST_TIMEOUT(408, "RequestTimeout", After.CLOSE),
    EVENT_TOO_LARGE(413, "EventTooLarge", After.CLOSE),
    TOO_LARGE_FOR_CHANNEL(413, "TooLargeForChannel", After.KEEP),
    URI_TOO_LONG(414, "UriTooLong", After.CLOSE),
    NOT_AN_EVENT(415, "NotAnEvent", After.KEEP),
    ENCODED_CONTENT(415, "EncodedContent", After.KEEP),
    UNKNOWN_EXPECTATION(417, "UnknownExpectation", After.KEEP),
    CHANNEL_FULL(429, "ChannelFull", After.KEEP_AND_RETRY),
    HEADERS_TOO_LARGE(431, "HeadersTooLarge", After.CLOSE),
    INTERNAL_ERROR(500, "InternalError", After.KEEP),
    UNKNOWN_TRANSFER_CODING(501, "UnknownTransferCoding", After.CLOSE),
    NOT_SYNCED(503, "NotSynced", After.KEEP_AND_RETRY),
    BROKER_NOT_READY(503, "BrokerNotReady", After.KEEP_AND_RETRY),
    STOPPING(503, "Stopping", After.CLOSE_AND_RETRY),
    TOO_MANY_CONNECTIONS(503, "TooManyConnections", After.CLOSE_AND_RETRY),
    BODY_BUDGET_SPENT(503, "BodyBudgetSpent", After.KEEP_AND_RETRY),
    CHANNEL_UNAVAILABLE(503, "ChannelUnavailable", After.KEEP_AND_RETRY),
    CHANNEL_CLOSED(503, "ChannelClosed", After.KEEP_AND_RETRY),
    APPEND_TIMEOUT(503, "AppendTimeout", After.KEEP_AND_RETRY);

    private enum After {
        KEEP,
        KEEP_AND_RETRY,
        CLOSE,
        CLOSE_AND_RETRY
    }

    private final int status;
    private final String reason;
    private final After after;

    Refusal(int status, String reason, After after) {
        this.status = status;
        this.reason = reason;
        this.after = after;
    }

    int status() {
        return status;
    }

    /** A stable CamelCase word for meters. */
    String reason() {
        return reason;
    }

    /** Whether the same request may be accepted later, so that the answer says when to try again. */
    boolean isRetryable() {
        return after == After.KEEP_AND_RETRY || after == After.CLOSE_AND_RETRY;
    }

    /** Whether the connection can't or must not carry another request. */
    boolean closesConnection() {
        return after == After.CLOSE || after == After.CLOSE_AND_RETRY;
    }

    static Refusal of(ChannelException.Kind kind) {
        return switch (kind) {
            case FULL -> CHANNEL_FULL;
            case TOO_LARGE -> TOO_LARGE_FOR_CHANNEL;
            case UNAVAILABLE -> CHANNEL_UNAVAILABLE;
            case CLOSED -> CHANNEL_CLOSED;
            // Only a second reader gets this; an append that does has met a fault of ours.
            case ALREADY_READ, NOT_ASSIGNED -> INTERNAL_ERROR;
        };
    }
}
