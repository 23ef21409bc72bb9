/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.bench;

import io.vertx.core.AbstractVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** The subscriber of the load runs, in the driver's own process, whose cost nobody counts. */
final class Sink {

    private final AtomicLong received = new AtomicLong();
    private final AtomicInteger port = new AtomicInteger();

    static Sink start(Vertx vertx) {
        Sink sink = new Sink();
        vertx.deployVerticle(() -> sink.new Listener(), new DeploymentOptions())
                .toCompletionStage()
                .toCompletableFuture()
                .join();
        return sink;
    }

    String url() {
        return "http://127.0.0.1:" + port.get() + "/";
    }

    long received() {
        return received.get();
    }

    private final class Listener extends AbstractVerticle {

        @Override
        public void start(Promise<Void> started) {
            vertx.createHttpServer()
                    .requestHandler(request -> request.body().onSuccess(body -> {
                        received.incrementAndGet();
                        request.response().setStatusCode(200).end();
                    }))
                    .listen(0, "127.0.0.1")
                    .<Void>map(server -> {
                        port.set(server.actualPort());
                        return null;
                    })
                    .onComplete(started);
        }
    }
}
