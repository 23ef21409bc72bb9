/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.source;

import static java.util.Objects.requireNonNull;

import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.time.Instant;

/**
 * A request to the webhook of a source, whole.
 *
 * @param method in capitals, such as {@code POST}; every method gets here
 * @param target path and query as they were written, such as {@code /default/orders?via=shop}
 * @param headers by name in any case; not to be changed
 * @param query the parameters of the query, decoded; not to be changed
 * @param body the raw bytes; not to be changed; no longer than the process allows
 * @param arrival when its headers had come
 */
public record WebhookRequest(
        String method, String target, MultiMap headers, MultiMap query, Buffer body, Instant arrival) {

    public WebhookRequest {
        requireNonNull(method, "method");
        requireNonNull(target, "target");
        requireNonNull(headers, "headers");
        requireNonNull(query, "query");
        requireNonNull(body, "body");
        requireNonNull(arrival, "arrival");
    }

    /** Without headers and body: they hold what nobody else is to read. */
    @Override
    public String toString() {
        return method + " " + body.length() + " bytes";
    }
}
