/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.source.kafka;

import dev.sluice.api.source.SecretRef;
import dev.sluice.api.source.SecretValues;
import dev.sluice.kafka.SecretFormat;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * How to get into the Kafka: {@code spec.net}. It says no secrets, since it only refers to them.
 *
 * @param sasl whether by password
 * @param tls whether over TLS
 */
record Access(
        boolean sasl,
        Optional<SecretRef> mechanism,
        Optional<SecretRef> user,
        Optional<SecretRef> password,
        boolean tls,
        Optional<SecretRef> authority,
        Optional<SecretRef> certificate,
        Optional<SecretRef> key) {

    /** Whoever comes may in. */
    static final Access OPEN = new Access(
            false,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            false,
            Optional.empty(),
            Optional.empty(),
            Optional.empty());

    /** Where in the resource stands what a Secret of a Broker holds under these keys. */
    private static final Map<String, String> NAMES = Map.of(
            "sasl.mechanism", "sasl.type",
            "user", "sasl.user",
            "password", "sasl.password",
            "ca.crt", "tls.caCert",
            "user.crt", "tls.cert",
            "user.key", "tls.key");

    /** Those that count: what is switched off is not asked for. */
    List<SecretRef> secrets() {
        List<SecretRef> secrets = new ArrayList<>();
        each((key, ref) -> secrets.add(ref));
        return List.copyOf(secrets);
    }

    private void each(BiConsumer<String, SecretRef> action) {
        if (sasl) {
            mechanism.ifPresent(ref -> action.accept("sasl.mechanism", ref));
            user.ifPresent(ref -> action.accept("user", ref));
            password.ifPresent(ref -> action.accept("password", ref));
        }
        if (tls) {
            authority.ifPresent(ref -> action.accept("ca.crt", ref));
            certificate.ifPresent(ref -> action.accept("user.crt", ref));
            key.ifPresent(ref -> action.accept("user.key", ref));
        }
    }

    /**
     * Properties of Kafka's clients; they hold passwords.
     *
     * @throws IllegalArgumentException if a secret can't be used; the message says which, and not what is in it
     */
    Map<String, String> clientProperties(SecretValues secrets) {
        if (!sasl && !tls) {
            return Map.of();
        }
        Map<String, String> values = new HashMap<>();
        each((key, ref) -> {
            // Several lines of a password are several that are valid; a certificate has several by itself.
            String newest = secrets.newest(ref);
            values.put(key, NAMES.getOrDefault(key, key).startsWith("tls.") ? secrets.whole(ref) : newest);
        });
        values.put("protocol", (sasl ? "SASL_" : "") + (tls ? "SSL" : "PLAINTEXT"));
        if (certificate.isEmpty()) {
            values.put("user.skip", "true");
        }
        return SecretFormat.clientProperties("spec.net", values, NAMES);
    }
}
