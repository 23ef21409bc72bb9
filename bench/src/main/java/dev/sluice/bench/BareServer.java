/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.bench;

import io.vertx.core.AbstractVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;

/** L1, the limit of any ingress on Vert.x: reads the body, answers 202. */
public final class BareServer extends AbstractVerticle {

    private static final String PORT = "port";

    /** @param args the port */
    public static void main(String[] args) {
        Vertx vertx = Vertx.vertx();
        DeploymentOptions options = new DeploymentOptions().setInstances(2);
        options.setConfig(new io.vertx.core.json.JsonObject().put(PORT, Integer.parseInt(args[0])));
        vertx.deployVerticle(BareServer.class.getName(), options)
                .onSuccess(id -> System.err.println("ready"))
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
                .listen(config().getInteger(PORT), "127.0.0.1")
                .<Void>mapEmpty()
                .onComplete(started);
    }
}
