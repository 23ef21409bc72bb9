/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.send;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.api.event.BrokerAttributes;
import dev.sluice.api.http.ContentMode;
import dev.sluice.api.http.HttpBinding;
import dev.sluice.api.http.PassedHeaders;
import dev.sluice.api.routing.Destination;
import io.cloudevents.CloudEvent;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnectOptions;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Base64;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One destination of one trigger, with connections of its own: whatever another trigger's subscriber does, on
 * the same host or not, it holds no connection that this one waits for. Confined to the context of its trigger.
 */
public final class Target {

    private static final Logger LOG = LoggerFactory.getLogger(Target.class);

    private static final CharSequence PREFER = HttpHeaders.createOptimized("prefer");
    private static final CharSequence REPLY = HttpHeaders.createOptimized("reply");
    private static final CharSequence SLUICE_TTL = HttpHeaders.createOptimized(BrokerAttributes.TTL_HEADER);
    private static final CharSequence KN_NAMESPACE = HttpHeaders.createOptimized("kn-namespace");

    private static final Set<String> NOT_FOR_SUBSCRIBERS = Set.of(BrokerAttributes.TTL, PassedHeaders.EXTENSION);

    private static final Duration KEEP_ALIVE = Duration.ofSeconds(30);

    private final Targets limits;
    private final Destination destination;
    private final String address;
    private final String namespace;
    private final Duration timeout;
    private final @Nullable String authorization;
    private final String path;
    private final RequestOptions request;
    /** Null if the destination is nothing that can be connected to. */
    private final @Nullable HttpConnectOptions server;

    private final ReplyMemory.Account replies;

    private @Nullable Connections connections;
    /** Attempts that were started and have not ended, whatever their end is. */
    private int running;

    private boolean leaving;

    Target(Targets limits, Destination destination, String namespace, Duration timeout) {
        this.limits = limits;
        this.destination = destination;
        this.namespace = namespace;
        this.timeout = timeout;
        URI uri = destination.uri();
        String rawPath = uri.getRawPath();
        path = rawPath == null || rawPath.isEmpty() ? "/" : rawPath;
        String userInfo = uri.getRawAuthority() == null ? null : userInfo(uri.getRawAuthority());
        address = userInfo == null ? uri.toString() : uri.toString().replace(userInfo + "@", "");
        authorization = userInfo == null
                ? null
                : "Basic "
                        + Base64.getEncoder().encodeToString(decoded(userInfo).getBytes(UTF_8));
        String query = uri.getRawQuery();
        request = new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setURI(query == null ? path : path + "?" + query)
                .setFollowRedirects(false);
        server = serverOf(uri);
        replies = limits.replies().account();
    }

    private static @Nullable HttpConnectOptions serverOf(URI uri) {
        String scheme = uri.getScheme().toLowerCase(Locale.ROOT);
        String authority = uri.getRawAuthority();
        boolean tls = scheme.equals("https");
        if ((!tls && !scheme.equals("http")) || authority == null) {
            return null;
        }
        // Not URI.getHost, which is null for names with an underscore, as some container networks give them.
        String hostAndPort = authority.substring(authority.lastIndexOf('@') + 1);
        int colon = hostAndPort.lastIndexOf(':');
        boolean hasPort = colon > hostAndPort.lastIndexOf(']');
        String host = hasPort ? hostAndPort.substring(0, colon) : hostAndPort;
        if (host.startsWith("[") && host.endsWith("]")) {
            try {
                // Vert.x takes no IPv4 address inside of an IPv6 one.
                InetAddress literal = CidrBlock.literal(host.substring(1, host.length() - 1));
                host = literal instanceof Inet4Address ? literal.getHostAddress() : host;
            } catch (UnknownHostException e) {
                return null;
            }
        }
        int port = tls ? 443 : 80;
        if (hasPort && colon < hostAndPort.length() - 1) {
            try {
                port = Integer.parseInt(hostAndPort.substring(colon + 1));
            } catch (NumberFormatException e) {
                return null;
            }
        }
        if (host.isEmpty() || port < 1 || port > 65535) {
            return null;
        }
        return new HttpConnectOptions()
                .setProtocolVersion(HttpVersion.HTTP_1_1)
                .setHost(host)
                .setPort(port)
                .setSsl(tls);
    }

    private static @Nullable String userInfo(String authority) {
        int at = authority.lastIndexOf('@');
        return at < 0 ? null : authority.substring(0, at);
    }

    private static String decoded(String userInfo) {
        String decoded = URI.create("x://" + userInfo + "@x").getUserInfo();
        return decoded == null ? userInfo : decoded;
    }

    /** The URL as it may be shown: without the user and password that it may hold. */
    public String address() {
        return address;
    }

    /**
     * Makes an attempt to deliver {@code event}; {@link Attempt#start} sends it.
     *
     * @param permission asked when there is a connection, before anything is sent
     * @param whenDone called exactly once, on the context of the caller
     */
    public Attempt attempt(
            CloudEvent event,
            ContentMode mode,
            Purpose purpose,
            Permission permission,
            Consumer<AttemptResult> whenDone) {
        return new Attempt(this, event, mode, purpose, permission, whenDone);
    }

    RequestOptions request() {
        return request;
    }

    /** The most that one attempt takes. */
    public Duration timeout() {
        return timeout;
    }

    /** Room for one more reply. */
    ReplyMemory.Claim claimForReply() {
        return replies.claim();
    }

    /** What is to be done on the caller's context comes back to it from here. */
    Context context() {
        return limits.vertx().getOrCreateContext();
    }

    int maxReplySize() {
        return limits.maxReplySize();
    }

    /** Null if the destination is nothing that can be connected to. */
    @Nullable
    Connections connections() {
        Connections open = connections;
        if (open == null && server != null) {
            Clients.Shared client = client();
            open = new Connections(
                    limits.vertx(),
                    client.client(),
                    client::release,
                    server,
                    limits.guard(),
                    path,
                    KEEP_ALIVE,
                    limits.turns());
            connections = open;
        }
        return open;
    }

    private Clients.Shared client() {
        int connectMillis = (int) Math.max(
                1, Math.min(Integer.MAX_VALUE, Math.min(limits.connectTimeout().toMillis(), timeout.toMillis())));
        return limits.clients().use(connectMillis, destination.caCerts());
    }

    /** Writes the request and answers its body. */
    Buffer write(CloudEvent event, ContentMode mode, Purpose purpose, MultiMap headers) {
        // The TTL is between brokers; a subscriber never sees it (Knative's broker ingress). Who is a broker can't be
        // told by an address, so it goes beside the event, for whoever knows what it is.
        Buffer body = HttpBinding.write(event, mode, headers, NOT_FOR_SUBSCRIBERS);
        String ttl = BrokerAttributes.headerOf(event);
        if (ttl != null) {
            headers.set(SLUICE_TTL, ttl);
        }
        PassedHeaders.restore(event, headers);
        headers.set(KN_NAMESPACE, namespace);
        if (purpose != Purpose.DEAD_LETTER) {
            headers.set(PREFER, REPLY);
        }
        if (authorization != null) {
            headers.set(HttpHeaders.AUTHORIZATION, authorization);
        }
        return body;
    }

    void began() {
        running++;
    }

    void ended() {
        running--;
        closeIfIdle();
    }

    /**
     * Closes the connections as soon as nothing runs on them; no attempt may be started any more. To close them before would
     * fail an attempt that is just being given one, though nothing is wrong with it or its subscriber.
     */
    public void leave() {
        leaving = true;
        closeIfIdle();
    }

    private void closeIfIdle() {
        if (leaving && running == 0) {
            close(timeout)
                    .onFailure(failure -> LOG.atWarn()
                            .addKeyValue("error", failure.getMessage())
                            .log("the connections to " + address + " did not close well"));
        }
    }

    /**
     * Makes no further attempt.
     *
     * @param grace how long attempts that run may go on
     * @return completes when the connections are closed
     */
    public Future<Void> close(Duration grace) {
        Connections open = connections;
        connections = null;
        return open == null ? Future.succeededFuture() : open.close(grace);
    }
}
