/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.broker;

import io.vertx.core.Future;
import io.vertx.core.http.HttpConnection;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the ingress remembers of a connection: how many of its requests are in hand, and since when none is. */
final class ClientConnection {

    private static final Logger LOG = LoggerFactory.getLogger(ClientConnection.class);

    private final HttpConnection http;
    private final boolean surplus;
    private int requests;
    private long idleSince;
    private boolean retired;

    /** @param surplus whether it is one too many, and is to be told so */
    ClientConnection(HttpConnection http, boolean surplus, long now) {
        this.http = http;
        this.surplus = surplus;
        this.idleSince = now;
    }

    boolean isSurplus() {
        return surplus;
    }

    void requestBegan() {
        requests++;
    }

    void requestEnded(long now) {
        requests--;
        idleSince = now;
    }

    boolean isIdle(long now, long timeoutNanos) {
        return requests == 0 && now - idleSince > timeoutNanos;
    }

    /**
     * Tells an HTTP/2 client to open no more streams here, and closes the connection when those that are open have ended.
     *
     * @param limit after which it is closed in any case
     */
    void retire(Duration limit) {
        if (!retired) {
            retired = true;
            heedGone(http.shutdown(limit));
        }
    }

    void close() {
        // Nobody waits for it; a connection that fails to close is one that is closed.
        heedGone(http.close());
    }

    private static void heedGone(Future<Void> closing) {
        closing.onFailure(gone ->
                LOG.atDebug().addKeyValue("error", gone.getMessage()).log("a client's connection did not close well"));
    }
}
