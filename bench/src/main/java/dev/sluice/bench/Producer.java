/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.bench;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;

/** The event of 1 KiB that every load posts, in binary mode, over a number of connections of its own. */
final class Producer {

    static final String TYPE = "dev.sluice.bench";

    private static final int EVENT_BYTES = 1024;

    private final HttpClientAgent client;
    private final String url;
    private final Buffer body = Buffer.buffer("x".repeat(EVENT_BYTES));

    Producer(Vertx vertx, String url, int connections) {
        this.url = url;
        client = vertx.createHttpClient(
                new HttpClientOptions().setKeepAlive(true),
                new PoolOptions().setHttp1MaxSize(connections).setMaxWaitQueueSize(100_000));
    }

    /** What a load posts next. Asked for on one thread, or one event loop, at a time. */
    interface Events {

        /** Each with the time of its posting as its id, for a {@link Sink#timed}. */
        Events TIMED = producer -> producer.request(Long.toString(System.nanoTime()));

        RequestOptions next(Producer producer);
    }

    /** A request that can be posted any number of times. */
    RequestOptions request(String id) {
        return request(id, TYPE);
    }

    RequestOptions request(String id, String type) {
        return new RequestOptions()
                .setAbsoluteURI(url)
                .setMethod(HttpMethod.POST)
                .putHeader("ce-specversion", "1.0")
                .putHeader("ce-id", id)
                .putHeader("ce-source", "/bench/load")
                .putHeader("ce-type", type)
                .putHeader("content-type", "application/octet-stream");
    }

    /** @param answered told whether the event was accepted */
    void post(RequestOptions request, Answered answered) {
        client.request(request)
                .compose(sending -> sending.send(body))
                .compose(response -> response.end().map(response.statusCode()))
                .onComplete(answer -> answered.told(answer.succeeded() && answer.result() / 100 == 2));
    }

    interface Answered {
        void told(boolean accepted);
    }
}
