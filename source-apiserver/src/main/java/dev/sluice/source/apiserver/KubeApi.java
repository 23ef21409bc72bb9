/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.source.apiserver;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.io.IOException;
import java.net.URLEncoder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Requests to the API server as one user. Futures and handlers are called on the context; the methods are to be called
 * there too.
 */
final class KubeApi {

    static final String JSON_TYPE = "application/json";

    /** The identities of objects without the rest of them. */
    static final String METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";

    static final String METADATA_LIST =
            "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

    /** The head of an answer to a watch comes at once, events or not. */
    private static final long HEAD_SECONDS = 15;

    private final HttpClient http;
    private final String base;
    private final Context context;
    private final String user;

    /**
     * @param address of the API server
     * @param user on whose behalf it is asked; empty: as whom the client is known there
     */
    KubeApi(HttpClient http, String address, Context context, String user) {
        this.http = requireNonNull(http, "http");
        this.base = requireNonNull(address, "address");
        this.context = requireNonNull(context, "context");
        this.user = requireNonNull(user, "user");
    }

    static String encode(String text) {
        return URLEncoder.encode(text, UTF_8);
    }

    /** @return the body of a 200; fails with a {@link RefusedException}, or otherwise if there was no answer */
    Future<byte[]> get(String path, String accept) {
        return answered(request(path).header("Accept", accept));
    }

    /** The same, read. */
    Future<JsonNode> read(String path, String accept) {
        return get(path, accept).map(body -> {
            try {
                return WatchLine.JSON.readTree(body);
            } catch (IOException e) {
                throw new IllegalStateException("the API server's answer is no JSON: " + e.getMessage(), e);
            }
        });
    }

    /** Sends a change. */
    Future<byte[]> send(String method, String path, String contentType, String body) {
        return answered(request(path).header("Accept", JSON_TYPE).method(method, contentType, body));
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder request = http.newHttpRequestBuilder().uri(base + path);
        if (!user.isEmpty()) {
            request.header("Impersonate-User", user);
        }
        return request;
    }

    private Future<byte[]> answered(HttpRequest.Builder request) {
        CompletableFuture<HttpResponse<byte[]>> sent;
        try {
            sent = http.sendAsync(request.build(), byte[].class);
        } catch (RuntimeException e) {
            return Future.failedFuture(e); // The client has been closed.
        }
        return Future.fromCompletionStage(sent, context).compose(response -> {
            byte[] body = response.body() == null ? new byte[0] : response.body();
            return response.isSuccessful()
                    ? Future.succeededFuture(body)
                    : Future.failedFuture(RefusedException.of(response.code(), body));
        });
    }

    /** What a watch tells, on the context. */
    interface WatchHandler {

        /** The API server has agreed; what happens comes. */
        void opened();

        /** In the order in which they came. No more come until the watch is told to {@linkplain Watching#more go on}. */
        void lines(List<WatchLine> lines);

        /** Nothing more comes; null: because its time is over. */
        void ended(@Nullable Throwable cause);
    }

    /**
     * Begins to watch; reads only as much as it is asked for, so that what nobody has room for stays with the API server.
     *
     * @param seconds after which it ends
     */
    Watching watch(String path, String accept, long seconds, WatchHandler handler) {
        Watching watching = new Watching(handler);
        watching.begin(
                request(path).header("Accept", accept).timeout(seconds + HEAD_SECONDS, TimeUnit.SECONDS), seconds);
        return watching;
    }

    /** A watch that has begun. */
    final class Watching {

        private final WatchHandler handler;
        /** Used by the client's threads, one at a time. */
        private final LineSplitter splitter = new LineSplitter();

        // On the context.
        private @Nullable AsyncBody body;
        private long deadline = -1;
        private boolean over;

        private Watching(WatchHandler handler) {
            this.handler = handler;
        }

        private void begin(HttpRequest.Builder request, long seconds) {
            CompletableFuture<HttpResponse<AsyncBody>> opened;
            try {
                opened = http.consumeBytes(request.build(), (pieces, from) -> {
                    List<WatchLine> lines = new ArrayList<>();
                    splitter.take(pieces, line -> lines.add(WatchLine.parse(line)));
                    context.runOnContext(here -> deliver(lines));
                });
            } catch (RuntimeException e) {
                context.runOnContext(here -> end(e)); // The client has been closed.
                return;
            }
            // A peer that is gone without a word is noticed by the end that does not come.
            deadline = context.owner()
                    .setTimer(
                            TimeUnit.SECONDS.toMillis(HEAD_SECONDS),
                            late -> end(new IOException("no answer within " + HEAD_SECONDS + " s")));
            Future.fromCompletionStage(opened, context)
                    .onSuccess(response -> opened(response, seconds))
                    .onFailure(this::end);
        }

        private void opened(HttpResponse<AsyncBody> response, long seconds) {
            AsyncBody content = response.body();
            if (over) {
                content.cancel();
                return;
            }
            context.owner().cancelTimer(deadline);
            if (!response.isSuccessful()) {
                content.cancel();
                end(RefusedException.of(response.code(), new byte[0]));
                return;
            }
            body = content;
            deadline = context.owner()
                    .setTimer(
                            TimeUnit.SECONDS.toMillis(seconds + HEAD_SECONDS),
                            late -> end(new IOException("it did not end after " + seconds + " s as it should have")));
            handler.opened();
            // Behind the lines that came before it, which wait there for their turn too. A future of Vert.x would not
            // wait: asked for on the context, the last lines and the end come within the asking.
            var unused = content.done().whenComplete((done, cause) -> context.runOnContext(here -> end(cause)));
            content.consume();
        }

        private void deliver(List<WatchLine> lines) {
            if (over) {
                return;
            }
            if (lines.isEmpty()) {
                more(); // A piece of a line.
            } else {
                handler.lines(lines);
            }
        }

        /** Asks for more. */
        void more() {
            AsyncBody content = body;
            if (!over && content != null) {
                content.consume();
            }
        }

        private void end(@Nullable Throwable cause) {
            if (!over) {
                cancel();
                handler.ended(cause);
            }
        }

        /** Ends it; nothing is told any more. */
        void cancel() {
            over = true;
            context.owner().cancelTimer(deadline);
            AsyncBody content = body;
            if (content != null) {
                content.cancel();
            }
        }
    }
}
