/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.junit.jupiter.api.Test;

final class SecretFormatTest {

    private static final String CERTIFICATE = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    private static final String KEY = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";

    @Test
    void plaintext_needs_nothing_else() {
        assertThat(read(Map.of("protocol", "PLAINTEXT"))).isEqualTo(Map.of("security.protocol", "PLAINTEXT"));
    }

    @Test
    void ssl_has_the_authority_and_the_client_certificate_as_pem() {
        Map<String, String> properties =
                read(Map.of("protocol", "SSL", "ca.crt", CERTIFICATE, "user.crt", CERTIFICATE, "user.key", KEY));

        assertThat(properties)
                .isEqualTo(Map.of(
                        "security.protocol",
                        "SSL",
                        "ssl.truststore.type",
                        "PEM",
                        "ssl.truststore.certificates",
                        CERTIFICATE.strip(),
                        "ssl.keystore.type",
                        "PEM",
                        "ssl.keystore.certificate.chain",
                        CERTIFICATE.strip(),
                        "ssl.keystore.key",
                        KEY.strip()));
        assertThat(AdminClientConfig.configNames()).containsAll(properties.keySet());
    }

    @Test
    void ssl_without_a_client_certificate_has_to_say_so() {
        assertThatThrownBy(() -> read(Map.of("protocol", "SSL"))).hasMessageContaining("user.skip");
        assertThat(read(Map.of("protocol", "SSL", "user.skip", "true"))).isEqualTo(Map.of("security.protocol", "SSL"));
    }

    @Test
    void sasl_is_plain_unless_it_says_otherwise() {
        assertThat(read(Map.of("protocol", "SASL_PLAINTEXT", "user", "me", "password", "p")))
                .containsEntry("sasl.mechanism", "PLAIN")
                .containsEntry(
                        "sasl.jaas.config",
                        "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"me\" password=\"p\";");
    }

    @Test
    void scram_has_its_own_login_module() {
        for (String mechanism : new String[] {"SCRAM-SHA-256", "SCRAM-SHA-512"}) {
            assertThat(read(Map.of("protocol", "SASL_SSL", "sasl.mechanism", mechanism, "user", "me", "password", "p")))
                    .containsEntry("sasl.mechanism", mechanism)
                    .hasEntrySatisfying(
                            "sasl.jaas.config", config -> assertThat(config).contains("ScramLoginModule"));
        }
    }

    @Test
    void quotes_and_backslashes_in_a_password_stay_what_they_are() {
        assertThat(read(Map.of("protocol", "SASL_SSL", "user", "me", "password", "a\"b\\c; d")))
                .hasEntrySatisfying(
                        "sasl.jaas.config", config -> assertThat(config).endsWith("password=\"a\\\"b\\\\c; d\";"));
    }

    @Test
    void older_secrets_without_a_protocol_are_understood() {
        assertThat(read(Map.of("saslType", "SCRAM-SHA-512", "username", "me", "password", "p", "tls.enabled", "true")))
                .containsEntry("security.protocol", "SASL_SSL")
                .containsEntry("sasl.mechanism", "SCRAM-SHA-512");
        assertThat(read(Map.of("sasltype", "PLAIN", "username", "me", "password", "p")))
                .containsEntry("security.protocol", "SASL_PLAINTEXT");
        assertThat(read(Map.of("ca.crt", CERTIFICATE, "user.crt", CERTIFICATE, "user.key", KEY)))
                .containsEntry("security.protocol", "SSL");
    }

    @Test
    void everything_that_is_wrong_is_said_at_once_without_a_value() {
        Map<String, String> secret = new HashMap<>();
        secret.put("protocol", "SASL_SSL");
        secret.put("sasl.mechanism", "OAUTHBEARER-hunter1");
        secret.put("password", "hunter2");
        secret.put("ca.crt", "hunter3");
        secret.put("user.crt", CERTIFICATE);
        secret.put("user.key", "-----BEGIN RSA PRIVATE KEY-----\nhunter4\n-----END RSA PRIVATE KEY-----");

        assertThatThrownBy(() -> read(secret))
                .hasMessageContaining("Secret login:")
                .hasMessageContaining("sasl.mechanism is none of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512")
                .hasMessageContaining("user is missing")
                .hasMessageContaining("ca.crt holds no PEM block CERTIFICATE")
                .hasMessageContaining("user.key holds no PEM block PRIVATE KEY, write the key as PKCS#8")
                .message()
                .doesNotContain("hunter");
        assertThatThrownBy(() -> read(Map.of("protocol", "ssl"))).hasMessageContaining("protocol is none of PLAINTEXT");
        assertThatThrownBy(() -> read(Map.of("password", "hunter2"))).hasMessageContaining("protocol is missing");
    }

    @Test
    void values_from_elsewhere_are_called_as_they_are_there() {
        assertThatThrownBy(() -> SecretFormat.clientProperties(
                        "spec.net",
                        Map.of("protocol", "SASL_SSL", "user.crt", CERTIFICATE),
                        Map.of("user", "sasl.user", "user.key", "tls.key", "user.crt", "tls.cert")))
                .hasMessage("spec.net: tls.key is missing beside tls.cert, add it; sasl.user is missing, add it;"
                        + " password is missing, add it");
    }

    private static Map<String, String> read(Map<String, String> secret) {
        return SecretFormat.clientProperties("login", secret);
    }
}
