/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.observation;

import static java.util.Objects.requireNonNull;

import dev.sluice.control.admin.JsonAnswer;
import dev.sluice.control.reconcile.SourceObserver;
import dev.sluice.control.reconcile.TriggerObserver;
import dev.sluice.control.reconcile.View;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers {@code GET /api/v1/observations}: what a person should notice of the Triggers that this process delivers to, and how
 * the sources do that it runs, for the process that writes statuses. Shows no Secret. Whoever mounts it decides who may call it.
 */
public final class ObservationsApi implements Handler<HttpServerRequest> {

    public static final String PATH = "/api/v1/observations";

    private static final Logger LOG = LoggerFactory.getLogger(ObservationsApi.class);

    private final Vertx vertx;
    private final Supplier<View> views;
    private final TriggerObserver triggers;
    private final SourceObserver sources;
    private final BooleanSupplier isSettled;

    /**
     * @param views of which resources is told, taken anew for each request; {@code controller::view}
     * @param sources those that run in this process; what others run is for those to tell
     * @param isSettled whether the process has started and does not stop; else what it runs is about to come or to go, and
     *     whoever asks believes what was told before for a while
     */
    public ObservationsApi(
            Vertx vertx,
            Supplier<View> views,
            TriggerObserver triggers,
            SourceObserver sources,
            BooleanSupplier isSettled) {
        this.vertx = requireNonNull(vertx, "vertx");
        this.views = requireNonNull(views, "views");
        this.triggers = requireNonNull(triggers, "triggers");
        this.sources = requireNonNull(sources, "sources");
        this.isSettled = requireNonNull(isSettled, "isSettled");
    }

    @Override
    public void handle(HttpServerRequest request) {
        if (!request.method().equals(HttpMethod.GET)) {
            request.response().putHeader("allow", "GET");
            JsonAnswer.refuse(request, 405, "the method " + request.method() + " is not allowed here", "use GET");
            return;
        }
        if (!isSettled.getAsBoolean()) {
            JsonAnswer.refuse(request, 503, "the process is starting or stopping", "ask again in a moment");
            return;
        }
        // Looking at thousands of them takes longer than an event loop has.
        vertx.executeBlocking(() -> ObservationsJson.written(Observations.of(views.get(), triggers, sources)), false)
                .onSuccess(body -> JsonAnswer.send(request, 200, body))
                .onFailure(error -> {
                    LOG.atError().setCause(error).log("observations could not be told");
                    JsonAnswer.refuse(request, 500, "the answer could not be written", "see the log");
                });
    }
}
