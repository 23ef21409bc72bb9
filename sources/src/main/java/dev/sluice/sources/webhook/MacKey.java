/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.webhook;

import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** A secret with which senders sign. Safe for any thread; prints nothing of itself. */
final class MacKey {

    private final String algorithm;
    private final SecretKeySpec key;
    /** Never used but to be cloned: looking up an algorithm and setting up a key for each request costs more than to sign. */
    private final Mac prototype;

    /**
     * @param algorithm as the JDK names it, such as {@code HmacSHA256}
     * @param secret at least one byte
     */
    MacKey(String algorithm, byte[] secret) {
        this.algorithm = algorithm;
        key = new SecretKeySpec(secret, algorithm);
        prototype = fresh();
    }

    static MacKey ofText(String algorithm, String secret) {
        return new MacKey(algorithm, secret.getBytes(StandardCharsets.UTF_8));
    }

    byte[] sign(List<byte[]> parts) {
        Mac mac = mac();
        for (byte[] part : parts) {
            mac.update(part);
        }
        return mac.doFinal();
    }

    private Mac mac() {
        try {
            return (Mac) prototype.clone();
        } catch (CloneNotSupportedException e) {
            // As with a provider that keeps keys in hardware.
            return fresh();
        }
    }

    private Mac fresh() {
        try {
            Mac mac = Mac.getInstance(algorithm);
            mac.init(key);
            return mac;
        } catch (NoSuchAlgorithmException | InvalidKeyException e) {
            throw new IllegalStateException("this JVM has no " + algorithm, e);
        }
    }

    /** Takes as long for a text that is nearly right as for one that is wrong from its first character. */
    static boolean isSame(String expected, String given) {
        return MessageDigest.isEqual(expected.getBytes(StandardCharsets.UTF_8), given.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public String toString() {
        return algorithm + " [hidden]";
    }
}
