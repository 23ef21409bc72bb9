/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import static java.util.Objects.requireNonNull;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Questions of one kind to a Kafka, so that a thousand Triggers that begin at once cost a few requests. Each is answered by
 * a request that is sent after it was asked. Those with the same key that come while one is under way share the next one,
 * and those with different keys share a request as far as it holds them. Any thread.
 */
final class Lookups<K, V> {

    /** Sends one request and answers a future for each of its keys. Must not block. */
    @FunctionalInterface
    interface Request<K, V> {
        Map<K, Future<V>> send(Set<K> keys);
    }

    private final int keysPerRequest;
    private final int requestsAtOnce;
    private final Request<K, V> request;

    // Guarded by this.
    private final Map<K, Promise<V>> waiting = new LinkedHashMap<>();
    private final Set<K> underWay = new HashSet<>();
    private int requests;

    Lookups(int keysPerRequest, int requestsAtOnce, Request<K, V> request) {
        this.keysPerRequest = keysPerRequest;
        this.requestsAtOnce = requestsAtOnce;
        this.request = request;
    }

    Future<V> ask(K key) {
        Future<V> answer;
        synchronized (this) {
            answer = waiting.computeIfAbsent(key, first -> Promise.promise()).future();
        }
        sendWaiting();
        return answer;
    }

    private void sendWaiting() {
        for (Map<K, Promise<V>> next = take(); !next.isEmpty(); next = take()) {
            send(next);
        }
    }

    private synchronized Map<K, Promise<V>> take() {
        Map<K, Promise<V>> taken = new HashMap<>();
        if (requests == requestsAtOnce) {
            return taken;
        }
        Iterator<Map.Entry<K, Promise<V>>> those = waiting.entrySet().iterator();
        while (those.hasNext() && taken.size() < keysPerRequest) {
            Map.Entry<K, Promise<V>> next = those.next();
            if (underWay.add(next.getKey())) {
                taken.put(next.getKey(), next.getValue());
                those.remove();
            }
        }
        requests += taken.isEmpty() ? 0 : 1;
        return taken;
    }

    private void send(Map<K, Promise<V>> taken) {
        Map<K, Future<V>> answers = new HashMap<>();
        try {
            answers.putAll(request.send(Set.copyOf(taken.keySet())));
        } catch (RuntimeException | Error e) {
            // As of a client that is closed, or for want of memory.
            taken.keySet().forEach(key -> answers.put(key, Future.failedFuture(e)));
        }
        // Each as soon as it is known, whatever the others of its request wait for.
        taken.forEach((key, promise) -> requireNonNull(answers.get(key), "answer")
                .onComplete(answer -> {
                    synchronized (this) {
                        underWay.remove(key);
                    }
                    promise.handle(answer);
                    // Somebody may have asked this again, and the others of the request may take long.
                    sendWaiting();
                }));
        Future.join(List.copyOf(answers.values())).onComplete(all -> {
            synchronized (this) {
                requests--;
            }
            sendWaiting();
        });
    }
}
