/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.listen;

import io.vertx.core.http.HttpConnection;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the port remembers of a connection. Touched on its event loop only. */
final class SenderConnection {

    private static final Logger LOG = LoggerFactory.getLogger(SenderConnection.class);

    private final HttpConnection http;
    private final boolean surplus;
    private boolean retired;

    /** @param surplus whether it is one too many, and is to be told so */
    SenderConnection(HttpConnection http, boolean surplus) {
        this.http = http;
        this.surplus = surplus;
    }

    boolean isSurplus() {
        return surplus;
    }

    /**
     * Tells an HTTP/2 sender to open no more streams here, and closes the connection when those that are open have ended.
     *
     * @param limit after which it is closed in any case
     */
    void retire(Duration limit) {
        if (!retired) {
            retired = true;
            http.shutdown(limit)
                    .onFailure(gone -> LOG.atDebug()
                            .addKeyValue("error", gone.getMessage())
                            .log("a sender's connection did not close well"));
        }
    }
}
