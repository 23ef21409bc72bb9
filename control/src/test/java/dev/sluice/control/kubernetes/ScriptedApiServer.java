/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/** Answers as a test has it, where a real API server does not do so at a wish, and keeps what it was asked. */
final class ScriptedApiServer implements AutoCloseable {

    /** @param target path and query */
    record Asked(String method, String target, String contentType, String body) {}

    /** @param body none if empty */
    record Answer(int code, String body) {}

    private final List<Asked> asked = new CopyOnWriteArrayList<>();
    private final HttpServer server;
    private final KubernetesClient client;

    private ScriptedApiServer(Function<Asked, Answer> script) throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            Asked question = new Asked(
                    exchange.getRequestMethod(),
                    exchange.getRequestURI().toString(),
                    String.valueOf(exchange.getRequestHeaders().getFirst("Content-Type")),
                    new String(exchange.getRequestBody().readAllBytes(), UTF_8));
            Answer answer = script.apply(question);
            asked.add(question);
            byte[] body = answer.body().getBytes(UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.sendResponseHeaders(answer.code(), body.length == 0 ? -1 : body.length);
            if (body.length > 0) {
                exchange.getResponseBody().write(body);
            }
            exchange.close();
        });
        server.start();
        client = new KubernetesClientBuilder()
                .withConfig(new ConfigBuilder()
                        .withMasterUrl("http://127.0.0.1:" + server.getAddress().getPort() + "/")
                        .withRequestRetryBackoffLimit(0)
                        // A watch is one answer to a plain request, after which it is asked for again.
                        .withOnlyHttpWatches(true)
                        .withWatchReconnectInterval(20)
                        .build())
                .build();
    }

    /** @param script is called for one request at a time */
    static ScriptedApiServer start(Function<Asked, Answer> script) throws IOException {
        return new ScriptedApiServer(script);
    }

    /** That tries nothing again. */
    KubernetesClient client() {
        return client;
    }

    /** In the order in which they came. */
    List<Asked> asked() {
        return List.copyOf(asked);
    }

    /** Nobody answers from then on. */
    void stop() {
        server.stop(0);
    }

    @Override
    public void close() {
        client.close();
        stop();
    }
}
