/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.admin;

import static java.util.Objects.requireNonNull;

import dev.sluice.control.admin.JsonAnswer;
import dev.sluice.server.http.Reactor;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.HostAndPort;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Health and metrics for everybody; the admin API and the display for callers of this machine, or for those who have the
 * token if there is one.
 */
public final class AdminListener {

    private static final Logger LOG = LoggerFactory.getLogger(AdminListener.class);

    /** The one path that the dispatcher may deliver to on this listener. */
    public static final String DISPLAY = "/display";

    /** Below it are the answers for people and their tools. */
    public static final String API = "/api/v1";

    private final Vertx vertx;
    private final String host;
    private final Health health;
    private final Metrics metrics;
    private final Optional<AdminToken> token;
    private final Handler<HttpServerRequest> display;
    private final HttpServer server;
    /** By the path that they answer at and below; never changed in place. */
    private volatile Map<String, Handler<HttpServerRequest>> served = Map.of(API, AdminListener::notStarted);

    /** @param port 0 picks a free one */
    public AdminListener(
            Vertx vertx,
            String host,
            int port,
            Health health,
            Metrics metrics,
            Optional<AdminToken> token,
            Handler<HttpServerRequest> display) {
        this.vertx = requireNonNull(vertx, "vertx");
        this.host = host.toLowerCase(Locale.ROOT);
        this.health = requireNonNull(health, "health");
        this.metrics = requireNonNull(metrics, "metrics");
        this.token = requireNonNull(token, "token");
        this.display = requireNonNull(display, "display");
        this.server = vertx.createHttpServer(Reactor.listener(host, port))
                .requestHandler(this::route)
                .exceptionHandler(error ->
                        LOG.atDebug().addKeyValue("error", error.toString()).log("an admin connection failed"));
    }

    /** Completes with the port. */
    public Future<Integer> listen() {
        return server.listen().map(HttpServer::actualPort);
    }

    /**
     * What answers at a path and below it from now on. Where several do, the longest path counts. Until there is one for
     * {@code /api/v1} itself, the answer there is 503.
     *
     * @param path {@link #API}, or one below it
     */
    public synchronized void serve(String path, Handler<HttpServerRequest> handler) {
        Map<String, Handler<HttpServerRequest>> more = new HashMap<>(served);
        more.put(path, requireNonNull(handler, "handler"));
        served = Map.copyOf(more);
    }

    public Future<Void> close() {
        return server.close();
    }

    private void route(HttpServerRequest request) {
        String path = request.path() == null ? "" : request.path();
        switch (path) {
            case "/health/live" ->
                read(
                        request,
                        () -> JsonAnswer.send(
                                request,
                                200,
                                new JsonObject().put("status", "live").toBuffer()));
            case "/health/ready" -> read(request, () -> ready(request));
            case "/metrics" -> read(request, () -> metrics(request));
            default -> guarded(request, path);
        }
    }

    private void guarded(HttpServerRequest request, String path) {
        if (token.isPresent() && !token.get().opens(request.getHeader("Authorization"))) {
            request.response().putHeader("WWW-Authenticate", "Bearer");
            JsonAnswer.refuse(
                    request,
                    401,
                    path + " asks for the admin token",
                    "send it as \"Authorization: Bearer TOKEN\"; sluice get takes --admin-token-file");
        } else if (token.isEmpty() && !isLocal(request.remoteAddress())) {
            JsonAnswer.refuse(
                    request,
                    403,
                    path + " answers only callers on the same machine",
                    "guard it with --admin-token-file to open it to others");
        } else if (path.equals(API) || path.startsWith(API + "/")) {
            if (token.isEmpty() && isOfAnotherSite(host, request.authority(), request.getHeader("Origin"))) {
                JsonAnswer.refuse(
                        request,
                        403,
                        path + " answers no page of another site",
                        "ask by the name localhost, by an address or by --admin-host, or guard it with"
                                + " --admin-token-file");
            } else {
                api(path).handle(request);
            }
        } else if (path.equals(DISPLAY)) {
            display.handle(request);
        } else {
            JsonAnswer.refuse(
                    request,
                    404,
                    "there is nothing at " + path,
                    "there are /health/live, /health/ready, /metrics, /api/v1/brokers, /api/v1/triggers, "
                            + "/api/v1/problems, /api/v1/explain, /api/v1/dead-letters and "
                            + DISPLAY);
        }
    }

    private Handler<HttpServerRequest> api(String path) {
        Map<String, Handler<HttpServerRequest>> handlers = served;
        String here = path;
        while (!here.equals(API)) {
            Handler<HttpServerRequest> handler = handlers.get(here);
            if (handler != null) {
                return handler;
            }
            here = here.substring(0, here.lastIndexOf('/'));
        }
        return handlers.getOrDefault(API, AdminListener::notStarted);
    }

    /** By the address that the connection comes from; no header can claim to be local. */
    static boolean isLocal(SocketAddress remote) {
        String address = remote.hostAddress();
        if (address == null) {
            // Not known; and Java takes no name at all for this machine.
            return false;
        }
        try {
            // Already an address, so nothing is looked up.
            return InetAddress.getByName(address).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    /**
     * Whether a browser on this machine asks in the name of a page that came from elsewhere. A browser connects from this
     * machine whoever wrote the page, sends what a form could send without asking first, and says only in the header
     * {@code Origin} whose page it is. And whoever owns a domain can let its name lead to this machine, so that the page is
     * of the same site as far as the browser can tell; such a name has a dot in it.
     */
    static boolean isOfAnotherSite(String host, @Nullable HostAndPort asked, @Nullable String origin) {
        if (asked == null) {
            // Of HTTP/1.0, which no browser speaks.
            return origin != null;
        }
        String name = asked.host().toLowerCase(Locale.ROOT);
        boolean ours = name.indexOf('.') < 0 || name.equals(host) || isAddress(name);
        String here = "http://" + asked.host() + (asked.port() > 0 ? ":" + asked.port() : "");
        return !ours || (origin != null && !origin.equalsIgnoreCase(here));
    }

    /** No name ends with a number or stands in brackets. */
    private static boolean isAddress(String name) {
        return name.startsWith("[") || Character.isDigit(name.charAt(name.length() - 1));
    }

    private static void read(HttpServerRequest request, Runnable answer) {
        if (request.method().equals(HttpMethod.GET) || request.method().equals(HttpMethod.HEAD)) {
            answer.run();
        } else {
            request.response().putHeader("Allow", "GET, HEAD");
            JsonAnswer.refuse(request, 405, request.method() + " is not taken here", "use GET");
        }
    }

    private void ready(HttpServerRequest request) {
        Health.Phase phase = health.phase();
        var body = new JsonObject().put("status", phase.name().toLowerCase(Locale.ROOT));
        if (!phase.reason().isEmpty()) {
            body.put("reason", phase.reason());
        }
        JsonAnswer.send(request, phase == Health.Phase.READY ? 200 : 503, body.toBuffer());
    }

    private void metrics(HttpServerRequest request) {
        vertx.executeBlocking(metrics::scrape)
                .compose(text -> request.response()
                        .putHeader("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
                        .end(text))
                .onFailure(
                        error -> JsonAnswer.refuse(request, 500, "the metrics can't be read: " + error, "see the log"));
    }

    private static void notStarted(HttpServerRequest request) {
        JsonAnswer.refuse(request, 503, "the process is starting", "try again in a moment");
    }
}
