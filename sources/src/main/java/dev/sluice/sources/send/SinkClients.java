/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.send;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.routing.Destination;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.PemTrustOptions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP clients of all sources: one, and one more for each set of certificates that a sink asks to trust. Connections
 * are kept alive per host, and bounded. For any thread.
 */
public final class SinkClients {

    private static final Logger LOG = LoggerFactory.getLogger(SinkClients.class);

    private static final int KEEP_ALIVE_SECONDS = 30;

    /** Sets of certificates whose clients are kept; those asked for least of late go first, as certificates are rotated. */
    private static final int MOST_CLIENTS = 64;

    /** Bytes of a response's headers: as much as the ingress takes of a request's. */
    private static final int MAX_RESPONSE_HEADERS = 64 * 1024;

    private final Vertx vertx;
    private final SinkSettings settings;
    private final SinkGuard guard;
    /** By the certificates; empty for those of the system. Guarded by this. */
    private final Map<String, HttpClient> clients = new LinkedHashMap<>(16, 0.75f, true);

    public SinkClients(Vertx vertx, SinkSettings settings, SinkGuard guard) {
        this.vertx = requireNonNull(vertx, "vertx");
        this.settings = requireNonNull(settings, "settings");
        this.guard = requireNonNull(guard, "guard");
    }

    SinkSettings settings() {
        return settings;
    }

    SinkGuard guard() {
        return guard;
    }

    Vertx vertx() {
        return vertx;
    }

    HttpClient of(Destination sink) {
        return trusting(sink.caCerts().orElse(""));
    }

    private synchronized HttpClient trusting(String caCerts) {
        HttpClient known = clients.get(caCerts);
        if (known != null) {
            return known;
        }
        HttpClient made = client(caCerts);
        clients.put(caCerts, made);
        if (clients.size() > MOST_CLIENTS) {
            Iterator<HttpClient> eldest = clients.values().iterator();
            // What it still has under way comes to its end first.
            heedGone(eldest.next().shutdown());
            eldest.remove();
        }
        return made;
    }

    private static void heedGone(Future<Void> closing) {
        closing.onFailure(gone -> LOG.atDebug()
                .addKeyValue("error", gone.getMessage())
                .log("the connections to a sink did not close well"));
    }

    /**
     * Opens a request for something else than an event, such as to the API of what a source listens to. What is refused to
     * events is refused to it: the address may come from a resource.
     */
    public Future<HttpClientRequest> request(RequestOptions options) {
        return trusting("").request(options).compose(opened -> {
            // What goes wrong is told by the futures; without a handler Vert.x logs it as well, each time.
            opened.exceptionHandler(told -> {});
            HttpConnection connection = opened.connection();
            connection.exceptionHandler(told -> {});
            String refusal = guard.refusal(connection.remoteAddress(), connection.localAddress(), opened.path());
            if (refusal == null) {
                return Future.succeededFuture(opened);
            }
            return opened.reset().transform(reset -> Future.failedFuture(new IOException("it may not be: " + refusal)));
        });
    }

    private HttpClient client(String caCerts) {
        HttpClientOptions options = new HttpClientOptions()
                .setConnectTimeout((int) settings.connectTimeout().toMillis())
                .setKeepAliveTimeout(KEEP_ALIVE_SECONDS)
                .setMaxHeaderSize(MAX_RESPONSE_HEADERS)
                .setDecompressionSupported(false);
        if (!caCerts.isEmpty()) {
            options.setTrustOptions(new PemTrustOptions().addCertValue(Buffer.buffer(caCerts)));
        }
        PoolOptions pool =
                new PoolOptions().setHttp1MaxSize(settings.connections()).setMaxWaitQueueSize(settings.waiting());
        return vertx.createHttpClient(options, pool);
    }

    /** Closes them all. Requests that run are broken off. */
    public synchronized Future<Void> close() {
        List<Future<Void>> closing = new ArrayList<>();
        clients.values().forEach(client -> closing.add(client.close()));
        clients.clear();
        return Future.join(closing).mapEmpty();
    }
}
