/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.webhook;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;

/**
 * The scheme of a sender for which there is no recipe.
 *
 * @param secretEncoding how the bytes of the key are written in the Secret; empty if they are those of its text
 */
record HmacScheme(
        String header,
        Algorithm algorithm,
        Encoding encoding,
        String prefix,
        SignedContent content,
        Optional<String> timestampHeader,
        Optional<Encoding> secretEncoding) {

    /** Hash functions that senders sign with. */
    enum Algorithm {
        SHA1("sha1", "HmacSHA1"),
        SHA256("sha256", "HmacSHA256"),
        SHA384("sha384", "HmacSHA384"),
        SHA512("sha512", "HmacSHA512");

        private final String field;
        private final String jdkName;

        Algorithm(String field, String jdkName) {
            this.field = field;
            this.jdkName = jdkName;
        }

        /** The value in a resource. */
        String field() {
            return field;
        }

        String jdkName() {
            return jdkName;
        }

        static Algorithm of(String field) {
            for (Algorithm algorithm : values()) {
                if (algorithm.field.equals(field)) {
                    return algorithm;
                }
            }
            throw new IllegalArgumentException("no algorithm " + field);
        }

        static List<String> fields() {
            return List.of(SHA1.field, SHA256.field, SHA384.field, SHA512.field);
        }
    }

    HmacScheme {
        requireNonNull(header, "header");
        requireNonNull(algorithm, "algorithm");
        requireNonNull(encoding, "encoding");
        requireNonNull(prefix, "prefix");
        requireNonNull(content, "content");
        requireNonNull(timestampHeader, "timestampHeader");
        requireNonNull(secretEncoding, "secretEncoding");
    }

    /** @throws IllegalArgumentException if the secret is not written as it should be */
    MacKey key(String secret) {
        if (secretEncoding.isEmpty()) {
            return MacKey.ofText(algorithm.jdkName(), secret);
        }
        byte[] bytes = secretEncoding.get().decode(secret);
        if (bytes.length == 0) {
            throw new IllegalArgumentException("nothing is encoded");
        }
        return new MacKey(algorithm.jdkName(), bytes);
    }
}
