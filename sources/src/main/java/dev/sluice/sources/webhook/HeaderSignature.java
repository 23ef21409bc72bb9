/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.webhook;

import dev.sluice.api.source.WebhookOutcome.Refuse;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One signature in one header: most senders do it like that.
 *
 * @param header that has it
 * @param prefix in front of it, such as {@code sha256=}; may be empty
 * @param timestampHeader the header with the time of signing, which is part of what is signed
 * @param keys any of them may have been used
 */
record HeaderSignature(
        String header,
        String prefix,
        Encoding encoding,
        SignedContent content,
        Optional<String> timestampHeader,
        ReplayWindow window,
        List<MacKey> keys)
        implements Verifier {

    HeaderSignature {
        keys = List.copyOf(keys);
    }

    @Override
    public @Nullable Refuse verify(Incoming request) {
        List<String> values = request.headers(header);
        Refuse refusal = Refusals.unlessSingle(header, values);
        if (refusal != null) {
            return refusal;
        }
        List<byte[]> signed = new ArrayList<>(4);
        refusal = content.addTo(signed, request);
        if (refusal != null) {
            return refusal;
        }
        String value = values.get(0);
        if (!value.startsWith(prefix)) {
            return Refusals.unauthorized(
                    "header \"" + header + "\" does not begin with \"" + prefix + "\"",
                    "send the signature as \"" + prefix + "\" and " + encoding.field());
        }
        if (!isSigned(signed, encoding.canonical(value.substring(prefix.length())))) {
            return Refusals.wrongSignature(
                    header, "sign the bytes of the body as they are sent, with the secret that both sides know");
        }
        if (timestampHeader.isEmpty()) {
            return null;
        }
        String timestamp = timestampHeader.get();
        List<String> times = request.headers(timestamp);
        refusal = Refusals.unlessSingle(timestamp, times);
        return refusal != null
                ? refusal
                : window.verify("header \"" + timestamp + "\"", times.get(0), request.arrival());
    }

    private boolean isSigned(List<byte[]> signed, String given) {
        for (MacKey key : keys) {
            if (MacKey.isSame(encoding.encode(key.sign(signed)), given)) {
                return true;
            }
        }
        return false;
    }
}
