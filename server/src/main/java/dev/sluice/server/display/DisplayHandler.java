/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.display;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.http.ContentMode;
import dev.sluice.api.http.HttpBinding;
import dev.sluice.api.http.MalformedEventException;
import dev.sluice.control.admin.JsonAnswer;
import io.cloudevents.CloudEvent;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;

/** Takes events by POST, in every content mode, prints them and answers 204. */
public final class DisplayHandler implements Handler<HttpServerRequest> {

    private final Vertx vertx;
    private final EventPrinter printer;
    private final long maxBodyBytes;

    /** @param maxBodyBytes the largest body that is read in */
    public DisplayHandler(Vertx vertx, EventPrinter printer, long maxBodyBytes) {
        this.vertx = requireNonNull(vertx, "vertx");
        this.printer = requireNonNull(printer, "printer");
        this.maxBodyBytes = maxBodyBytes;
    }

    @Override
    public void handle(HttpServerRequest request) {
        if (!request.method().equals(HttpMethod.POST)) {
            request.response().putHeader("Allow", "POST");
            JsonAnswer.refuse(request, 405, request.method() + " is not taken here", "POST a CloudEvent");
            return;
        }
        if (HttpBinding.modeOf(request.headers()) == ContentMode.NONE) {
            JsonAnswer.refuse(
                    request,
                    415,
                    "the request is no CloudEvent",
                    "send ce-* headers, or an application/cloudevents+json body");
            return;
        }
        body(request)
                .onSuccess(body -> print(request, body))
                .onFailure(error -> JsonAnswer.refuse(
                        request,
                        413,
                        String.valueOf(error.getMessage()),
                        "send an event of " + maxBodyBytes + " bytes at most"));
    }

    private void print(HttpServerRequest request, Buffer body) {
        List<CloudEvent> events;
        try {
            events = HttpBinding.read(request.headers(), body);
        } catch (MalformedEventException e) {
            JsonAnswer.refuse(request, 400, String.valueOf(e.getMessage()), e.remedy());
            return;
        }
        // A terminal that is not read from blocks the writer, which must not be an event loop.
        vertx.executeBlocking(() -> {
                    printer.print(events);
                    return true;
                })
                .compose(printed -> request.response().setStatusCode(204).end())
                .onFailure(error -> JsonAnswer.refuse(request, 500, "printing failed: " + error, "look at the log"));
    }

    private Future<Buffer> body(HttpServerRequest request) {
        Promise<Buffer> whole = Promise.promise();
        Buffer body = Buffer.buffer();
        request.handler(chunk -> {
            if (body.length() + chunk.length() > maxBodyBytes) {
                request.handler(null);
                whole.tryFail("the body is larger than " + maxBodyBytes + " bytes");
            } else {
                body.appendBuffer(chunk);
            }
        });
        request.endHandler(end -> whole.tryComplete(body));
        request.exceptionHandler(whole::tryFail);
        return whole.future();
    }
}
