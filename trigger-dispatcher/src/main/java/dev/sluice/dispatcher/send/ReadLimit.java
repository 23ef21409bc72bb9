/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.send;

import dev.sluice.api.http.ContentMode;

/**
 * How much of a response body is read.
 *
 * @param keep bytes that are kept
 * @param read bytes after which the connection is closed if the body goes on; below it the rest is read and dropped, so
 *     that the connection can be used again
 */
record ReadLimit(int keep, int read) {

    /** What fits into 1024 characters of Base64, which is as much as {@code knativeerrordata} takes. */
    static final int EXCERPT = 768;

    /** Reading on costs less than a new connection up to about here. */
    private static final int NOT_WORTH_A_CONNECTION = 64 * 1024;

    private static final ReadLimit FAILURE = new ReadLimit(EXCERPT, NOT_WORTH_A_CONNECTION);
    private static final ReadLimit IRRELEVANT = new ReadLimit(EXCERPT, NOT_WORTH_A_CONNECTION);

    static ReadLimit of(int status, ContentMode claim, Purpose purpose, int maxReplySize) {
        if (status < 200 || status > 299) {
            return FAILURE;
        }
        return purpose == Purpose.REPLY_WANTED && claim != ContentMode.NONE
                ? new ReadLimit(maxReplySize, maxReplySize)
                : IRRELEVANT;
    }
}
