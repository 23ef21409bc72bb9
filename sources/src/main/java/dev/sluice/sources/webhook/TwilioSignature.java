/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.webhook;

import dev.sluice.api.source.WebhookOutcome.Refuse;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * {@code X-Twilio-Signature}: SHA-1 over the URL that Twilio was given, with its query, and behind it each field of the
 * form, sorted, name and value without anything between them. Of a body that is no form, its SHA-256 is in the query
 * parameter {@code bodySHA256} and so in the URL.
 *
 * <p>Twilio signs the URL with the default port of its scheme or without, depending on the product; either will do.
 */
record TwilioSignature(String publicUrl, List<MacKey> keys) implements Verifier {

    static final String HEADER = "X-Twilio-Signature";

    private static final String BODY_HASH = "bodySHA256";

    TwilioSignature {
        keys = List.copyOf(keys);
    }

    @Override
    public @Nullable Refuse verify(Incoming request) {
        List<String> values = request.headers(HEADER);
        Refuse refusal = Refusals.unlessSingle(HEADER, values);
        if (refusal != null) {
            return refusal;
        }
        List<byte[]> fields = new ArrayList<>();
        // Which of the two it is says what is signed, and not the type alone, which is not.
        if (request.isForm() && request.parameters(BODY_HASH).isEmpty()) {
            try {
                addForm(request.form(), fields);
            } catch (UnmappableException e) {
                return e.refusal();
            }
        } else {
            refusal = verifyBody(request);
            if (refusal != null) {
                return refusal;
            }
        }
        for (String url : urls(publicUrl)) {
            List<byte[]> signed = new ArrayList<>(fields.size() + 1);
            signed.add(SignedContent.urlOf(url, request).getBytes(StandardCharsets.UTF_8));
            signed.addAll(fields);
            for (MacKey key : keys) {
                if (MacKey.isSame(Encoding.BASE64.encode(key.sign(signed)), values.get(0))) {
                    return null;
                }
            }
        }
        return Refusals.wrongSignature(
                HEADER,
                "see that spec.publicUrl is the URL that Twilio was given, and the secret the primary auth token");
    }

    private static void addForm(Map<String, List<String>> form, List<byte[]> fields) {
        new TreeMap<>(form).forEach((name, values) -> {
            for (String value : new TreeSet<>(values)) {
                fields.add(name.getBytes(StandardCharsets.UTF_8));
                fields.add(value.getBytes(StandardCharsets.UTF_8));
            }
        });
    }

    private static @Nullable Refuse verifyBody(Incoming request) {
        List<String> hashes = request.parameters(BODY_HASH);
        if (hashes.isEmpty() && request.body().length == 0) {
            return null;
        }
        if (hashes.size() == 1
                && MacKey.isSame(Encoding.HEX.encode(sha256(request.body())), Encoding.HEX.canonical(hashes.get(0)))) {
            return null;
        }
        return Refusals.unauthorized(
                hashes.isEmpty()
                        ? "the body is no form, and query parameter \"" + BODY_HASH + "\" is missing"
                        : "query parameter \"" + BODY_HASH + "\" is not the SHA-256 of the body",
                "send the body as it was signed");
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JVM has no SHA-256", e);
        }
    }

    /** As it is written, and with the default port of its scheme there if it is not, or not if it is. */
    private static List<String> urls(String url) {
        URI uri = URI.create(url);
        int standard = "https".equalsIgnoreCase(uri.getScheme()) ? 443 : 80;
        int authority = url.indexOf("://") + 3;
        int end = authority + uri.getRawAuthority().length();
        if (uri.getPort() < 0) {
            return List.of(url, url.substring(0, end) + ":" + standard + url.substring(end));
        }
        String suffix = ":" + uri.getPort();
        return uri.getPort() == standard
                ? List.of(url, url.substring(0, end - suffix.length()) + url.substring(end))
                : List.of(url);
    }
}
