/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.github;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** Checks the signature that GitHub puts over the raw bytes of a request. Takes as long for a wrong one as for a right one. */
final class HubSignature {

    private final String algorithm;
    private final String prefix;
    private final int length;
    private final List<SecretKeySpec> keys;

    private HubSignature(String algorithm, String prefix, int length, List<String> secrets) {
        this.algorithm = algorithm;
        this.prefix = prefix;
        this.length = length;
        keys = secrets.stream()
                .map(secret -> new SecretKeySpec(secret.getBytes(UTF_8), algorithm))
                .toList();
    }

    /** Of the header {@code X-Hub-Signature-256}. */
    static HubSignature sha256(List<String> secrets) {
        return new HubSignature("HmacSHA256", "sha256=", 32, secrets);
    }

    /** Of the header {@code X-Hub-Signature}. */
    static HubSignature sha1(List<String> secrets) {
        return new HubSignature("HmacSHA1", "sha1=", 20, secrets);
    }

    /** Whether it is the signature of these bytes by one of the secrets. */
    boolean isOf(byte[] bytes, String signature) {
        byte[] given = digest(signature);
        if (given == null) {
            return false;
        }
        boolean right = false;
        for (SecretKeySpec key : keys) {
            right |= MessageDigest.isEqual(hmac(key, bytes), given);
        }
        return right;
    }

    /** Null if it has not the form of a signature. */
    private byte @Nullable [] digest(String signature) {
        if (!signature.startsWith(prefix) || signature.length() != prefix.length() + 2 * length) {
            return null;
        }
        try {
            return HexFormat.of().parseHex(signature, prefix.length(), signature.length());
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private byte[] hmac(SecretKeySpec key, byte[] bytes) {
        try {
            Mac mac = Mac.getInstance(algorithm);
            mac.init(key);
            return mac.doFinal(bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has " + algorithm, e);
        }
    }
}
