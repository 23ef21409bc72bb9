/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.send;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.net.PemTrustOptions;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The HTTP clients of the targets of one context: one for all that ask for the same of it. It opens connections and keeps
 * none, so that nothing of one target waits for another; to make one for each takes an event loop half a millisecond while the
 * code for it is new. Confined to its context.
 */
public final class Clients {

    /** Bytes of a response's headers: as much as the ingress takes of a request's. */
    private static final int MAX_RESPONSE_HEADERS = 64 * 1024;

    /**
     * Of the pool that stays empty, since connections are kept in {@link Connections}. Its timer rings as seldom as can be;
     * without one, a client that closes would cancel the process's timer number 0, whose ever it is (Vert.x 5.2.0).
     */
    private static final PoolOptions NO_POOL = new PoolOptions().setCleanerPeriod(Integer.MAX_VALUE);

    private record Kind(int connectMillis, Optional<String> caCerts) {}

    private final Vertx vertx;
    private final Map<Kind, Shared> shared = new HashMap<>();

    Clients(Vertx vertx) {
        this.vertx = vertx;
    }

    /** A client that is there for as long as somebody uses it. */
    final class Shared {
        private final Kind kind;
        private final HttpClientAgent client;
        private int users;

        private Shared(Kind kind) {
            this.kind = kind;
            client = open(kind);
        }

        HttpClientAgent client() {
            return client;
        }

        /** For each time that it was {@linkplain #use used}. Behind the last, what it is still opening fails. */
        Future<Void> release() {
            if (--users > 0) {
                return Future.succeededFuture();
            }
            shared.remove(kind);
            return client.close();
        }
    }

    /** @param caCerts as PEM, in place of those that the JVM trusts */
    Shared use(int connectMillis, Optional<String> caCerts) {
        Shared used = shared.computeIfAbsent(new Kind(connectMillis, caCerts), Shared::new);
        used.users++;
        return used;
    }

    private HttpClientAgent open(Kind kind) {
        HttpClientOptions options = new HttpClientOptions()
                .setProtocolVersion(HttpVersion.HTTP_1_1)
                .setMaxHeaderSize(MAX_RESPONSE_HEADERS)
                .setConnectTimeout(kind.connectMillis())
                .setSslHandshakeTimeout(kind.connectMillis())
                .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS);
        kind.caCerts()
                .ifPresent(pem -> options.setTrustOptions(new PemTrustOptions().addCertValue(Buffer.buffer(pem))));
        return vertx.createHttpClient(options, NO_POOL);
    }
}
