/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.fabric8.kubernetes.client.http.Interceptor;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says once that the API server is away, and once that it is back. Seen where the connections are: the client watches again
 * by itself, as often as it takes, and tells nobody but its own log.
 */
final class Reachability implements Interceptor {

    private static final Logger LOG = LoggerFactory.getLogger(Reachability.class);

    private final AtomicBoolean away = new AtomicBoolean();
    private volatile boolean closed;

    /** What fails from now on fails because it is closed. */
    void close() {
        closed = true;
    }

    @Override
    public void after(HttpRequest request, HttpResponse<?> response, AsyncBody.Consumer<List<ByteBuffer>> consumer) {
        if (away.compareAndSet(true, false)) {
            LOG.atInfo().log("the Kubernetes API answers again");
        }
    }

    @Override
    public void afterConnectionFailure(HttpRequest request, Throwable failure) {
        if (!closed && away.compareAndSet(false, true)) {
            LOG.atWarn()
                    .addKeyValue("error", String.valueOf(failure))
                    .log("the Kubernetes API does not answer; what is known stays in force, and it is asked again");
        }
    }
}
