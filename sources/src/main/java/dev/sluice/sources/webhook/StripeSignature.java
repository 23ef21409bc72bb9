/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.webhook;

import dev.sluice.api.source.WebhookOutcome.Refuse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code Stripe-Signature: t=SECONDS,v1=HEX[,v1=HEX]…}: SHA-256 over {@code SECONDS.BODY}, one {@code v1} for each secret
 * that is valid at Stripe. Schemes other than {@code v1} are ignored, as Stripe asks for.
 */
record StripeSignature(ReplayWindow window, List<MacKey> keys) implements Verifier {

    static final String HEADER = "Stripe-Signature";

    StripeSignature {
        keys = List.copyOf(keys);
    }

    @Override
    public @Nullable Refuse verify(Incoming request) {
        List<String> values = request.headers(HEADER);
        Refuse refusal = Refusals.unlessSingle(HEADER, values);
        if (refusal != null) {
            return refusal;
        }
        String time = null;
        List<String> signatures = new ArrayList<>(2);
        for (String element : values.get(0).split(",", -1)) {
            String item = element.strip();
            if (item.startsWith("t=")) {
                if (time != null) {
                    return malformed("has several times");
                }
                time = item.substring(2);
            } else if (item.startsWith("v1=")) {
                signatures.add(item.substring(3));
            }
        }
        if (time == null || signatures.isEmpty()) {
            return malformed(time == null ? "has no time \"t=\"" : "has no signature \"v1=\"");
        }
        List<byte[]> signed =
                List.of(time.getBytes(StandardCharsets.UTF_8), ".".getBytes(StandardCharsets.UTF_8), request.body());
        for (MacKey key : keys) {
            String expected = Encoding.HEX.encode(key.sign(signed));
            for (String signature : signatures) {
                if (MacKey.isSame(expected, signature)) {
                    return window.verify("the time in header \"" + HEADER + "\"", time, request.arrival());
                }
            }
        }
        return Refusals.wrongSignature(
                HEADER, "use the signing secret of this very endpoint, which begins with whsec_");
    }

    private static Refuse malformed(String error) {
        return Refusals.unauthorized(
                "header \"" + HEADER + "\" " + error, "send it as \"t=SECONDS,v1=SIGNATURE\", as Stripe does");
    }
}
