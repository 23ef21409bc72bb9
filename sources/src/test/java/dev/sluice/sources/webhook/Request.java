/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.webhook;

import dev.sluice.api.source.WebhookRequest;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/** A request that a test puts together. */
final class Request {

    private final MultiMap headers = MultiMap.caseInsensitiveMultiMap();
    private final byte[] body;
    private String method = "POST";
    private String target = "/default/hook";
    private Instant arrival = Instant.parse("2026-01-31T12:00:00Z");

    private Request(byte[] body) {
        this.body = body;
    }

    static Request of(String body) {
        return new Request(body.getBytes(StandardCharsets.UTF_8));
    }

    static Request of(byte[] body) {
        return new Request(body);
    }

    Request header(String name, String value) {
        headers.add(name, value);
        return this;
    }

    Request form() {
        return header("content-type", "application/x-www-form-urlencoded; charset=utf-8");
    }

    Request method(String other) {
        method = other;
        return this;
    }

    Request query(String query) {
        target = "/default/hook?" + query;
        return this;
    }

    Request at(long seconds) {
        arrival = Instant.ofEpochSecond(seconds);
        return this;
    }

    WebhookRequest build() {
        MultiMap parameters = MultiMap.caseInsensitiveMultiMap();
        int mark = target.indexOf('?');
        if (mark >= 0) {
            for (String parameter : target.substring(mark + 1).split("&")) {
                int equals = parameter.indexOf('=');
                parameters.add(
                        parameter.substring(0, equals),
                        URLDecoder.decode(parameter.substring(equals + 1), StandardCharsets.UTF_8));
            }
        }
        return new WebhookRequest(method, target, headers, parameters, Buffer.buffer(body), arrival);
    }

    Incoming incoming() {
        return new Incoming(build());
    }
}
