/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.webhook;

import dev.sluice.api.source.SourceKind;
import dev.sluice.api.source.WebhookRequest;
import dev.sluice.testkit.SourceKindContractTest;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.List;

final class WebhookSourceContractTest extends SourceKindContractTest {

    @Override
    protected SourceKind kind() {
        return new WebhookSourceKind();
    }

    @Override
    protected JsonObject goodSpec() {
        return new JsonObject("""
                {"publicUrl": "https://hooks.example.com/shop/hook",
                 "verification": {
                   "recipe": "hmac",
                   "secrets": [{"secretKeyRef": {"name": "hook", "key": "secret"}}],
                   "tolerance": "PT1M",
                   "hmac": {"header": "X-Signature", "signed": "{header:X-Time}.{url}.{body}", "timestampHeader": "X-Time"}},
                 "event": {
                   "type": {"header": "X-Topic", "prefix": "com.example."},
                   "id": {"jsonata": "delivery"},
                   "extensions": {"tenant": {"queryParameter": "tenant", "default": "none"}}},
                 "sink": {"uri": "http://localhost:8888/"}}
                """);
    }

    @Override
    protected WebhookRequest goodRequest() {
        String body = "{\"delivery\":\"d-1\"}";
        String time = Long.toString(NOON.getEpochSecond());
        String signed = time + ".https://hooks.example.com/shop/hook?tenant=acme." + body;
        return Request.of(body)
                .query("tenant=acme")
                .header("X-Topic", "order.paid")
                .header("X-Time", time)
                .header(
                        "X-Signature",
                        Encoding.HEX.encode(MacKey.ofText("HmacSHA256", SECRET)
                                .sign(List.of(signed.getBytes(StandardCharsets.UTF_8)))))
                .at(NOON.getEpochSecond())
                .build();
    }
}
