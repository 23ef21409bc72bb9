/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.github;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.api.source.WebhookRequest;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Objects;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Requests as GitHub sends them, with payloads in its form that were written for these tests. */
final class Deliveries {

    static final String ID = "72d3162e-cc78-11e3-81ab-4c9367dc0958";
    static final Instant ARRIVAL = Instant.parse("2026-01-31T12:00:00Z");

    private Deliveries() {}

    static byte[] payload(String event) {
        try (InputStream in =
                Objects.requireNonNull(Deliveries.class.getResourceAsStream("/github/" + event + ".json"), event)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static WebhookRequest of(String event, String secret) {
        return signed(event, payload(event), secret);
    }

    static WebhookRequest signed(String event, byte[] body, String secret) {
        return request(headers(event).set("X-Hub-Signature-256", "sha256=" + hmac("HmacSHA256", secret, body)), body);
    }

    static MultiMap headers(String event) {
        return MultiMap.caseInsensitiveMultiMap()
                .set("User-Agent", "GitHub-Hookshot/044aadd")
                .set("Content-Type", "application/json")
                .set("X-GitHub-Event", event)
                .set("X-GitHub-Delivery", ID)
                .set("X-GitHub-Hook-ID", "109948940");
    }

    static WebhookRequest request(MultiMap headers, byte[] body) {
        return new WebhookRequest(
                "POST", "/default/kettle", headers, MultiMap.caseInsensitiveMultiMap(), Buffer.buffer(body), ARRIVAL);
    }

    static String hmac(String algorithm, String secret, byte[] body) {
        try {
            Mac mac = Mac.getInstance(algorithm);
            mac.init(new SecretKeySpec(secret.getBytes(UTF_8), algorithm));
            return HexFormat.of().formatHex(mac.doFinal(body));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
