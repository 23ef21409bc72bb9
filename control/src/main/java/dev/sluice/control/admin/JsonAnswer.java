/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.admin;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonObject;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers with a JSON body. */
public final class JsonAnswer {

    private static final Logger LOG = LoggerFactory.getLogger(JsonAnswer.class);

    private JsonAnswer() {}

    /** {@code {"error": …, "remedy": …}}; nothing if an answer has begun or the caller is gone. */
    public static void refuse(HttpServerRequest request, int statusCode, String error, String remedy) {
        HttpServerResponse response = request.response();
        boolean hasBody = request.getHeader("Content-Length") != null || request.getHeader("Transfer-Encoding") != null;
        if (hasBody && !request.isEnded() && request.version() != HttpVersion.HTTP_2) {
            // What the caller still sends would be taken for the next request. HTTP/2 has streams instead, and forbids
            // the header (RFC 9113 8.2.2).
            response.putHeader("Connection", "close");
        }
        send(request, statusCode, refusal(error, remedy));
    }

    static Buffer refusal(String error, String remedy) {
        return new JsonObject().put("error", error).put("remedy", remedy).toBuffer();
    }

    /** Nothing if an answer has begun or the caller is gone. */
    public static void send(HttpServerRequest request, int statusCode, Buffer json) {
        HttpServerResponse response = request.response();
        if (response.headWritten() || response.closed()) {
            return;
        }
        response.setStatusCode(statusCode)
                .putHeader("Content-Type", "application/json")
                .end(json)
                .onFailure(gone -> LOG.atDebug()
                        .addKeyValue("path", request.path())
                        .addKeyValue("error", gone.getMessage())
                        .log("the caller left before its answer"));
    }
}
