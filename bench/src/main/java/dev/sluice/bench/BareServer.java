/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.bench;

import io.vertx.core.AbstractVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.net.SocketAddress;
import java.util.concurrent.atomic.AtomicInteger;

/** L1, the limit of any ingress on Vert.x: reads the body, answers 202. */
public final class BareServer extends AbstractVerticle {

    private static final AtomicInteger PORT_IN_USE = new AtomicInteger();

    /** Says its port when it is ready. */
    public static void main(String[] args) {
        Vertx vertx = Vertx.vertx();
        DeploymentOptions options = new DeploymentOptions().setInstances(2);
        vertx.deployVerticle(BareServer.class.getName(), options)
                .onSuccess(id -> System.err.println("ready " + PORT_IN_USE.get()))
                .onFailure(failure -> {
                    System.err.println(failure.getMessage());
                    System.exit(1);
                });
    }

    @Override
    public void start(Promise<Void> started) {
        vertx.createHttpServer()
                .requestHandler(request -> request.body()
                        .onSuccess(body -> request.response().setStatusCode(202).end()))
                // Any free port, and the same one for both instances.
                .listen(SocketAddress.sharedRandomPort(1, "127.0.0.1"))
                .<Void>map(server -> {
                    PORT_IN_USE.set(server.actualPort());
                    return null;
                })
                .onComplete(started);
    }
}
