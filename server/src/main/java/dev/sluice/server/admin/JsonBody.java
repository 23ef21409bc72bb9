/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.admin;

import dev.sluice.control.admin.JsonAnswer;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes the body of a small request. */
final class JsonBody {

    private static final Logger LOG = LoggerFactory.getLogger(JsonBody.class);

    private static final int LARGEST = 64 << 10;

    private JsonBody() {}

    /**
     * Reads a JSON object; no body is an empty one. What is none, or is too large, is refused here.
     *
     * @param example of what would be right, for the refusal
     * @param then is given it, on the request's context
     */
    static void read(HttpServerRequest request, String example, Consumer<JsonObject> then) {
        Buffer body = Buffer.buffer();
        request.handler(piece -> {
            if (body.length() + piece.length() > LARGEST) {
                request.handler(null);
                request.endHandler(null);
                JsonAnswer.refuse(request, 413, "the body is larger than " + LARGEST + " bytes", "send " + example);
            } else {
                body.appendBuffer(piece);
            }
        });
        request.endHandler(end -> {
            JsonObject object;
            try {
                object = body.length() == 0 ? new JsonObject() : new JsonObject(body);
            } catch (DecodeException e) {
                JsonAnswer.refuse(request, 400, "the body is no JSON object", "send " + example);
                return;
            }
            then.accept(object);
        });
        request.exceptionHandler(gone -> LOG.atDebug()
                .addKeyValue("error", gone.toString())
                .log("the caller left before its request was there"));
    }
}
