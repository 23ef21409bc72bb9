/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.http;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpServerOptions;

/** The settings of Vert.x that every part of this module wants alike. */
public final class Reactor {

    private Reactor() {}

    /** Without the cache on disk that Vert.x keeps for files on the class path, which nothing here serves. */
    public static VertxOptions options() {
        return new VertxOptions()
                .setFileSystemOptions(
                        new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false));
    }

    /** For a command that listens to little: one loop, one worker. */
    public static Vertx small() {
        return Vertx.vertx(
                options().setEventLoopPoolSize(1).setWorkerPoolSize(1).setInternalBlockingPoolSize(1));
    }

    /** Headers as large as the ingress takes them by default, and no connection that stands for ever. */
    public static HttpServerOptions listener(String host, int port) {
        return new HttpServerOptions()
                .setHost(host)
                .setPort(port)
                .setMaxHeaderSize(64 * 1024)
                .setMaxInitialLineLength(16 * 1024)
                .setIdleTimeout(60);
    }
}
