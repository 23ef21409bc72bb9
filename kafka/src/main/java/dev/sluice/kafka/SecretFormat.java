/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.kafka;

import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.common.config.SaslConfigs;
import org.apache.kafka.common.config.SslConfigs;
import org.jspecify.annotations.Nullable;

/**
 * Reads the Secrets that Knative's Kafka Broker reads: {@code protocol}, {@code sasl.mechanism}, {@code user}, {@code
 * password}, {@code ca.crt}, {@code user.crt}, {@code user.key}, {@code user.skip}, and the older {@code saslType}, {@code
 * username} and {@code tls.enabled}. Errors name keys and rules and never a value.
 */
public final class SecretFormat {

    private static final List<String> PROTOCOLS = List.of("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL");
    private static final List<String> MECHANISMS = List.of("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512");

    private final String where;
    private final Map<String, String> secret;
    /** What keys are called in messages, where that is something else. */
    private final Map<String, String> names;

    private final List<String> problems = new ArrayList<>();
    private final Map<String, String> properties = new HashMap<>();

    private SecretFormat(String where, Map<String, String> secret, Map<String, String> names) {
        this.where = where;
        this.secret = secret;
        this.names = names;
    }

    /**
     * @param name of the Secret, for the error
     * @return the properties of Kafka's clients
     * @throws IllegalArgumentException with everything that is wrong
     */
    public static Map<String, String> clientProperties(String name, Map<String, String> secret) {
        return clientProperties("Secret " + name, secret, Map.of());
    }

    /**
     * The same of values that were brought together from elsewhere.
     *
     * @param where they stand, for the error
     * @param names what the keys are called there; those that are missing here have their own
     */
    public static Map<String, String> clientProperties(
            String where, Map<String, String> values, Map<String, String> names) {
        return new SecretFormat(where, values, names).read();
    }

    private Map<String, String> read() {
        String protocol = protocol();
        if (protocol != null) {
            properties.put(CommonClientConfigs.SECURITY_PROTOCOL_CONFIG, protocol);
            if (protocol.endsWith("SSL")) {
                tls(protocol.equals("SSL"));
            }
            if (protocol.startsWith("SASL")) {
                sasl();
            }
        }
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(where + ": " + String.join("; ", problems));
        }
        return properties;
    }

    private @Nullable String protocol() {
        String protocol = value("protocol");
        if (protocol != null) {
            return oneOf("protocol", protocol, PROTOCOLS);
        }
        // Secrets from before there was the key.
        boolean sasl = mechanismText() != null || value("username") != null;
        boolean tls = "true".equals(value("tls.enabled")) || value("ca.crt") != null || value("user.crt") != null;
        if (!sasl && !tls) {
            problems.add("protocol is missing, write one of " + String.join(", ", PROTOCOLS));
            return null;
        }
        return (sasl ? "SASL_" : "") + (tls ? "SSL" : "PLAINTEXT");
    }

    private void tls(boolean wantsClientCertificate) {
        String authority = value("ca.crt");
        if (authority != null && isPem("ca.crt", authority, "CERTIFICATE")) {
            properties.put(SslConfigs.SSL_TRUSTSTORE_TYPE_CONFIG, "PEM");
            properties.put(SslConfigs.SSL_TRUSTSTORE_CERTIFICATES_CONFIG, authority);
        }
        String certificate = value("user.crt");
        String key = value("user.key");
        if ("true".equals(value("user.skip"))) {
            return;
        }
        if (certificate == null && key == null) {
            if (wantsClientCertificate) {
                problems.add(
                        "user.crt and user.key are missing, add them, or user.skip: \"true\" if the Kafka asks for no"
                                + " client certificate");
            }
            return;
        }
        if (certificate == null || key == null) {
            problems.add(shown(key == null ? "user.key" : "user.crt") + " is missing beside "
                    + shown(key == null ? "user.crt" : "user.key") + ", add it");
            return;
        }
        // Both are looked at, so that all that is wrong is said.
        boolean certificateIsPem = isPem("user.crt", certificate, "CERTIFICATE");
        boolean keyIsPem = isPem("user.key", key, "PRIVATE KEY");
        if (certificateIsPem && keyIsPem) {
            properties.put(SslConfigs.SSL_KEYSTORE_TYPE_CONFIG, "PEM");
            properties.put(SslConfigs.SSL_KEYSTORE_CERTIFICATE_CHAIN_CONFIG, certificate);
            properties.put(SslConfigs.SSL_KEYSTORE_KEY_CONFIG, key);
        }
    }

    private void sasl() {
        String text = mechanismText();
        String mechanism = text == null ? "PLAIN" : oneOf("sasl.mechanism", text, MECHANISMS);
        String user = value("user") == null ? value("username") : value("user");
        String password = value("password");
        if (user == null) {
            problems.add(shown("user") + " is missing, add it");
        }
        if (password == null) {
            problems.add(shown("password") + " is missing, add it");
        }
        if (mechanism == null || user == null || password == null) {
            return;
        }
        String module = mechanism.equals("PLAIN")
                ? "org.apache.kafka.common.security.plain.PlainLoginModule"
                : "org.apache.kafka.common.security.scram.ScramLoginModule";
        properties.put(SaslConfigs.SASL_MECHANISM, mechanism);
        properties.put(
                SaslConfigs.SASL_JAAS_CONFIG,
                module + " required username=" + quoted(user) + " password=" + quoted(password) + ";");
    }

    private @Nullable String mechanismText() {
        for (String key : List.of("sasl.mechanism", "saslType", "sasltype")) {
            String text = value(key);
            if (text != null) {
                return text;
            }
        }
        return null;
    }

    private @Nullable String oneOf(String key, String text, List<String> allowed) {
        if (allowed.contains(text)) {
            return text;
        }
        problems.add(shown(key) + " is none of " + String.join(", ", allowed) + ", write one of them");
        return null;
    }

    private boolean isPem(String key, String text, String label) {
        int begin = text.indexOf("-----BEGIN " + label + "-----");
        int end = text.indexOf("-----END " + label + "-----");
        if (begin >= 0 && end > begin) {
            String body = text.substring(begin + ("-----BEGIN " + label + "-----").length(), end);
            try {
                Base64.getMimeDecoder().decode(body);
                return true;
            } catch (IllegalArgumentException e) {
                // Falls through to the problem: what the parser says could quote the key.
            }
        }
        problems.add(shown(key) + " holds no PEM block " + label
                + (key.equals("user.key") ? ", write the key as PKCS#8 (openssl pkcs8 -topk8 -nocrypt)" : ""));
        return false;
    }

    /** As the parser of JAAS takes a text: anything may stand in quotes but a quote and a backslash. */
    private static String quoted(String text) {
        return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }

    private String shown(String key) {
        return names.getOrDefault(key, key);
    }

    private @Nullable String value(String key) {
        String text = secret.get(key);
        return text == null || text.isBlank() ? null : text.strip();
    }
}
