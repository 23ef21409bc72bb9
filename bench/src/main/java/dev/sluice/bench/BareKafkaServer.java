/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.bench;

import static java.util.Objects.requireNonNull;

import io.vertx.core.AbstractVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * L12, the limit of any ingress on Vert.x that keeps in Kafka what it takes in: hands the bytes to a producer and answers 202
 * when they are acknowledged.
 */
public final class BareKafkaServer extends AbstractVerticle {

    private static final AtomicInteger PORT_IN_USE = new AtomicInteger();

    private final Producer<byte[], byte[]> producer;
    private final String topic;

    private BareKafkaServer(Producer<byte[], byte[]> producer, String topic) {
        this.producer = requireNonNull(producer, "producer");
        this.topic = topic;
    }

    /**
     * Says its port when it is ready.
     *
     * @param args Kafka's addresses and the topic
     */
    public static void main(String[] args) {
        Producer<byte[], byte[]> producer = BareKafkaProducer.connect(args[0], args[1]);
        DeploymentOptions options = new DeploymentOptions().setInstances(2);
        Vertx.vertx()
                .deployVerticle(() -> new BareKafkaServer(producer, args[1]), options)
                .onSuccess(id -> System.err.println("ready " + PORT_IN_USE.get()))
                .onFailure(failure -> {
                    System.err.println(failure.getMessage());
                    System.exit(1);
                });
    }

    @Override
    public void start(Promise<Void> started) {
        vertx.createHttpServer()
                .requestHandler(request -> request.body().onSuccess(body -> append(request, body)))
                // Any free port, and the same one for both instances.
                .listen(SocketAddress.sharedRandomPort(1, "127.0.0.1"))
                .<Void>map(server -> {
                    PORT_IN_USE.set(server.actualPort());
                    return null;
                })
                .onComplete(started);
    }

    private void append(HttpServerRequest request, Buffer body) {
        var unused = producer.send(
                new ProducerRecord<>(topic, body.getBytes()),
                (place, failure) -> context.runOnContext(turn -> answer(request, failure)));
    }

    private static void answer(HttpServerRequest request, @Nullable Exception failure) {
        request.response().setStatusCode(failure == null ? 202 : 503).end();
    }
}
