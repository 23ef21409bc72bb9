/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.listen;

/** Why the port itself refuses a request, whatever its source thinks of it. */
enum Refusal {
    BAD_REQUEST(400, "BadRequest", false, true),
    UNKNOWN_PATH(404, "UnknownPath", false, false),
    UNKNOWN_SOURCE(404, "UnknownSource", false, false),
    REQUEST_TIMEOUT(408, "RequestTimeout", false, true),
    TOO_LARGE(413, "TooLarge", false, true),
    URI_TOO_LONG(414, "UriTooLong", false, true),
    ENCODED_CONTENT(415, "EncodedContent", false, false),
    UNKNOWN_EXPECTATION(417, "UnknownExpectation", false, false),
    HEADERS_TOO_LARGE(431, "HeadersTooLarge", false, true),
    INTERNAL_ERROR(500, "InternalError", false, false),
    UNKNOWN_TRANSFER_CODING(501, "UnknownTransferCoding", false, true),
    SINK_REFUSED(502, "SinkRefused", false, false),
    NOT_SYNCED(503, "NotSynced", true, false),
    NOT_READY(503, "NotReady", true, false),
    STOPPING(503, "Stopping", true, true),
    TOO_MANY_CONNECTIONS(503, "TooManyConnections", true, true),
    BODY_BUDGET_SPENT(503, "BodyBudgetSpent", true, true),
    SINK_UNAVAILABLE(503, "SinkUnavailable", true, false);

    private final int status;
    private final String reason;
    private final boolean retryable;
    private final boolean closing;

    Refusal(int status, String reason, boolean retryable, boolean closing) {
        this.status = status;
        this.reason = reason;
        this.retryable = retryable;
        this.closing = closing;
    }

    int status() {
        return status;
    }

    /** A stable CamelCase word for meters. */
    String reason() {
        return reason;
    }

    /** Whether the same request may be taken a moment later, so that the answer says when to try again. */
    boolean isRetryable() {
        return retryable;
    }

    /** Whether the connection can't or must not carry another request. */
    boolean closesConnection() {
        return closing;
    }
}
