/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.source.apiserver;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.HttpURLConnection;

/** The API server has answered, and not with what was asked for. The message is its own. */
final class RefusedException extends Exception {

    private static final long serialVersionUID = 1L;

    private static final int LONGEST_MESSAGE = 500;

    private final int status;

    RefusedException(int status, String message) {
        super(message, null, false, false);
        this.status = status;
    }

    /** @param body a {@code Status} as a rule */
    static RefusedException of(int status, byte[] body) {
        String message = "";
        try {
            JsonNode read = WatchLine.JSON.readTree(body);
            message = read.path("message").asText();
        } catch (IOException e) {
            message = ""; // A proxy's page; the status is all there is to say.
        }
        if (message.isEmpty()) {
            message = "the API server answers " + status;
        }
        return new RefusedException(
                status, message.length() > LONGEST_MESSAGE ? message.substring(0, LONGEST_MESSAGE) + "…" : message);
    }

    boolean isForbidden() {
        return status == HttpURLConnection.HTTP_FORBIDDEN || status == HttpURLConnection.HTTP_UNAUTHORIZED;
    }

    boolean isNotFound() {
        return status == HttpURLConnection.HTTP_NOT_FOUND;
    }

    /**
     * Whether it knows nothing of the resource version that it was asked for: it is too old, or of the time before its store
     * was put back to an older state.
     */
    boolean isGone() {
        return status == HttpURLConnection.HTTP_GONE
                || (status >= 400 && getMessage() != null && getMessage().contains("resource version"))
                || (status >= 400 && getMessage() != null && getMessage().contains("future revision"));
    }
}
