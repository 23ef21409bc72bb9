/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.bench;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A thousand signed webhooks of 1 KiB a second, for a minute: how many of those that were answered with 202 never arrive, and
 * what the process spends on each. Once to a sink of another process, and once the whole way: source, Broker, Trigger,
 * subscriber.
 */
public final class Webhooks {

    private static final int PER_SECOND = Integer.getInteger("sluice.bench.webhooks", 1_000);
    private static final long MEASURE_NANOS =
            TimeUnit.MILLISECONDS.toNanos(Long.getLong("sluice.bench.measure", 60_000));
    private static final long WARM_UP_NANOS = TimeUnit.SECONDS.toNanos(20);
    private static final long LONGEST_WAIT_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final int CONNECTIONS = 64;
    private static final String SECRET = "correct horse battery staple";
    private static final String ID = "X-GitHub-Delivery";

    private Webhooks() {}

    /** @param args none */
    public static void main(String[] args) throws Exception {
        Vertx vertx = Vertx.vertx();
        System.out.println("way  webhooks/s  CPU us per webhook  accepted  refused  lost  twice");
        measure(vertx, "to a sink", false);
        measure(vertx, "through a broker", true);
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    private static void measure(Vertx vertx, String way, boolean throughBroker) throws Exception {
        Arrivals arrivals = Arrivals.listen(vertx);
        try (SluiceUnderTest sluice = SluiceUnderTest.start(
                folder -> Files.writeString(folder.resolve("bench.yaml"), resources(arrivals.url(), throughBroker)))) {
            Load load = new Load(vertx, sluice.webhookUrl("bench"));
            load.run("w", WARM_UP_NANOS);
            load.awaitAnswers();
            long acceptedBefore = load.accepted.size();
            long refusedBefore = load.refused.get();
            long cpuBefore = sluice.process().cpuMicros();
            long start = System.nanoTime();
            load.run("m", MEASURE_NANOS);
            double seconds = (System.nanoTime() - start) / 1e9;
            load.awaitAnswers();
            arrivals.await(load.accepted);
            long accepted = load.accepted.size() - acceptedBefore;
            double cpu = (sluice.process().cpuMicros() - cpuBefore) / (double) accepted;
            load.accepted.removeAll(arrivals.ids);
            System.out.printf(
                    Locale.ROOT,
                    "%s  %.0f  %.1f  %d  %d  %d  %d%n",
                    way,
                    accepted / seconds,
                    cpu,
                    accepted,
                    load.refused.get() - refusedBefore,
                    load.accepted.size(),
                    arrivals.twice.get());
        }
    }

    private static String resources(String sink, boolean throughBroker) {
        String source = """
                apiVersion: v1
                kind: Secret
                metadata: {name: bench}
                stringData: {secret: %s}
                ---
                apiVersion: sources.sluice.dev/v1alpha1
                kind: WebhookSource
                metadata: {name: bench}
                spec:
                  verification:
                    recipe: github
                    secrets: [{secretKeyRef: {name: bench, key: secret}}]
                  event:
                    type: {literal: %s}
                    subject: {jsonata: repository.name}
                  sink: %s
                ---
                """;
        if (!throughBroker) {
            return source.formatted(SECRET, Producer.TYPE, "{uri: \"" + sink + "\"}");
        }
        return source.formatted(
                        SECRET,
                        Producer.TYPE,
                        "{ref: {apiVersion: eventing.knative.dev/v1, kind: Broker, name: bench}}")
                + SluiceUnderTest.broker("bench")
                + SluiceUnderTest.trigger("bench", "bench", Producer.TYPE, sink);
    }

    /** What a sender of webhooks does, but for trying again. */
    private static final class Load {

        private final HttpClientAgent client;
        private final Context context;
        private final RequestOptions request;
        private final Buffer body;
        private final Set<String> accepted = ConcurrentHashMap.newKeySet();
        private final AtomicLong refused = new AtomicLong();
        private long sent;

        Load(Vertx vertx, String url) throws GeneralSecurityException {
            context = vertx.getOrCreateContext();
            client = vertx.createHttpClient(
                    new HttpClientOptions().setKeepAlive(true),
                    new PoolOptions().setHttp1MaxSize(CONNECTIONS).setMaxWaitQueueSize(100_000));
            String head = "{\"repository\":{\"name\":\"sluice\"},\"padding\":\"";
            byte[] bytes = (head + "x".repeat(1024 - head.length() - 2) + "\"}").getBytes(StandardCharsets.UTF_8);
            body = Buffer.buffer(bytes);
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(SECRET.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            request = new RequestOptions()
                    .setAbsoluteURI(url)
                    .setMethod(HttpMethod.POST)
                    .putHeader("content-type", "application/json")
                    .putHeader("X-Hub-Signature-256", "sha256=" + HexFormat.of().formatHex(mac.doFinal(bytes)));
        }

        /** Sends at the rate, whatever becomes of it. */
        void run(String name, long nanos) {
            long start = System.nanoTime();
            long interval = TimeUnit.SECONDS.toNanos(1) / PER_SECOND;
            for (long due = 0; due < nanos; due += interval) {
                long early = start + due - System.nanoTime();
                if (early > 0) {
                    LockSupport.parkNanos(early);
                }
                String id = name + sent++;
                context.runOnContext(turn -> post(id));
            }
        }

        private void post(String id) {
            client.request(new RequestOptions(request).putHeader(ID, id))
                    .compose(sending -> sending.send(body))
                    .compose(response -> response.end().map(response.statusCode()))
                    .onComplete(answer -> {
                        if (answer.succeeded() && answer.result() == 202) {
                            accepted.add(id);
                        } else {
                            refused.incrementAndGet();
                        }
                    });
        }

        void awaitAnswers() throws InterruptedException {
            long limit = System.nanoTime() + LONGEST_WAIT_NANOS;
            while (accepted.size() + refused.get() < sent && System.nanoTime() - limit < 0) {
                Thread.sleep(20);
            }
        }
    }

    /** The ids of the events that came. */
    private static final class Arrivals {

        private final Set<String> ids = ConcurrentHashMap.newKeySet();
        private final AtomicLong twice = new AtomicLong();
        private int port;

        static Arrivals listen(Vertx vertx) throws IOException {
            Arrivals arrivals = new Arrivals();
            arrivals.port = vertx.createHttpServer()
                    .requestHandler(request -> {
                        if (!arrivals.ids.add(request.getHeader("ce-id"))) {
                            arrivals.twice.incrementAndGet();
                        }
                        request.response().setStatusCode(200).end();
                    })
                    .listen(0, "127.0.0.1")
                    .toCompletionStage()
                    .toCompletableFuture()
                    .join()
                    .actualPort();
            return arrivals;
        }

        String url() {
            return "http://127.0.0.1:" + port + "/";
        }

        void await(Set<String> all) throws InterruptedException {
            long limit = System.nanoTime() + LONGEST_WAIT_NANOS;
            while (!ids.containsAll(all) && System.nanoTime() - limit < 0) {
                Thread.sleep(100);
            }
        }
    }
}
