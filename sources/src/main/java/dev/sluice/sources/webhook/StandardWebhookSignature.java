/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.webhook;

import dev.sluice.api.source.WebhookOutcome.Refuse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Standard Webhooks: {@code webhook-signature} has one or more {@code v1,BASE64} with spaces between them, each SHA-256 over
 * {@code ID.SECONDS.BODY}. Versions other than {@code v1} are ignored.
 */
record StandardWebhookSignature(ReplayWindow window, List<MacKey> keys) implements Verifier {

    static final String ID = "webhook-id";
    static final String TIMESTAMP = "webhook-timestamp";
    static final String SIGNATURE = "webhook-signature";
    static final String SECRET_PREFIX = "whsec_";

    private static final byte[] POINT = {'.'};

    StandardWebhookSignature {
        keys = List.copyOf(keys);
    }

    /** @throws IllegalArgumentException if the secret is not Base64, with or without {@code whsec_} in front */
    static MacKey key(String secret) {
        String encoded = secret.startsWith(SECRET_PREFIX) ? secret.substring(SECRET_PREFIX.length()) : secret;
        byte[] bytes = Base64.getDecoder().decode(encoded);
        if (bytes.length == 0) {
            throw new IllegalArgumentException("nothing is encoded");
        }
        return new MacKey("HmacSHA256", bytes);
    }

    @Override
    public @Nullable Refuse verify(Incoming request) {
        for (String header : List.of(ID, TIMESTAMP, SIGNATURE)) {
            Refuse refusal = Refusals.unlessSingle(header, request.headers(header));
            if (refusal != null) {
                return refusal;
            }
        }
        String time = only(request, TIMESTAMP);
        List<byte[]> signed = List.of(
                only(request, ID).getBytes(StandardCharsets.UTF_8),
                POINT,
                time.getBytes(StandardCharsets.UTF_8),
                POINT,
                request.body());
        String[] signatures = only(request, SIGNATURE).split(" ", -1);
        for (MacKey key : keys) {
            String expected = "v1," + Encoding.BASE64.encode(key.sign(signed));
            for (String signature : signatures) {
                if (MacKey.isSame(expected, signature)) {
                    return window.verify("header \"" + TIMESTAMP + "\"", time, request.arrival());
                }
            }
        }
        return Refusals.wrongSignature(
                SIGNATURE, "send \"v1,\" and the signature in Base64, made with the secret whsec_…");
    }

    private static String only(Incoming request, String header) {
        return request.headers(header).get(0);
    }
}
