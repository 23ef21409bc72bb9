/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.testkit.kafka;

import java.nio.file.Path;

/**
 * A forked Kafka of one node that lets people in by password and by certificate as well:
 *
 * <ul>
 *   <li>{@link #saslServers()} speak SASL_PLAINTEXT with PLAIN ({@link #PLAIN_USER}) and SCRAM-SHA-256 and -512, whose
 *       users a test makes itself,
 *   <li>{@link #saslTlsServers()} speak SASL_SSL with the same, and show {@link #certificate()},
 *   <li>{@link #tlsServers()} speak SSL and want {@link #certificate()} of the client.
 * </ul>
 */
public final class SecuredKafka implements AutoCloseable {

    /** May come in by PLAIN. */
    public static final String PLAIN_USER = "plain-user";

    public static final String PLAIN_PASSWORD = "plain \\ \"secret\"";

    private final KafkaCluster cluster;
    private final Identity identity;
    private final int saslPort;
    private final int saslTlsPort;
    private final int tlsPort;

    private SecuredKafka(KafkaCluster cluster, Identity identity, int saslPort, int saslTlsPort, int tlsPort) {
        this.cluster = cluster;
        this.identity = identity;
        this.saslPort = saslPort;
        this.saslTlsPort = saslTlsPort;
        this.tlsPort = tlsPort;
    }

    /** @param folder where the node keeps its data, which is deleted at the end, its keys and its log, which stay */
    public static SecuredKafka start(Path folder) {
        Identity identity = Identity.create(folder);
        int saslPort = ForkedKafka.freePort();
        int saslTlsPort = ForkedKafka.freePort();
        int tlsPort = ForkedKafka.freePort();
        KafkaCluster cluster = ForkedKafka.start(
                1,
                folder,
                ",SASL://127.0.0.1:" + saslPort + ",SASLTLS://127.0.0.1:" + saslTlsPort + ",TLS://127.0.0.1:" + tlsPort,
                ",SASL:SASL_PLAINTEXT,SASLTLS:SASL_SSL,TLS:SSL",
                settings(identity));
        return new SecuredKafka(cluster, identity, saslPort, saslTlsPort, tlsPort);
    }

    private static String settings(Identity identity) {
        // Once for the quotes of JAAS, once for the properties file.
        String password =
                PLAIN_PASSWORD.replace("\\", "\\\\").replace("\"", "\\\"").replace("\\", "\\\\");
        return "sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512\n"
                + passwords("sasl", password)
                + passwords("sasltls", password)
                + keys("sasltls", identity)
                + keys("tls", identity)
                + """
                listener.name.tls.ssl.client.auth=required
                listener.name.tls.ssl.truststore.type=PEM
                listener.name.tls.ssl.truststore.certificates=%s
                """.formatted(identity.certificate().replace("\n", "\\n"));
    }

    private static String passwords(String listener, String plain) {
        return """
                listener.name.%1$s.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule \
                required user_%2$s="%3$s";
                listener.name.%1$s.scram-sha-256.sasl.jaas.config=\
                org.apache.kafka.common.security.scram.ScramLoginModule required;
                listener.name.%1$s.scram-sha-512.sasl.jaas.config=\
                org.apache.kafka.common.security.scram.ScramLoginModule required;
                """.formatted(listener, PLAIN_USER, plain);
    }

    private static String keys(String listener, Identity identity) {
        return """
                listener.name.%1$s.ssl.keystore.type=PKCS12
                listener.name.%1$s.ssl.keystore.location=%2$s
                listener.name.%1$s.ssl.keystore.password=%3$s
                """.formatted(listener, identity.keyStore(), Identity.PASSWORD);
    }

    /** Without any security, to look and to make users. */
    public String bootstrapServers() {
        return cluster.bootstrapServers();
    }

    public String saslServers() {
        return "127.0.0.1:" + saslPort;
    }

    public String saslTlsServers() {
        return "127.0.0.1:" + saslTlsPort;
    }

    public String tlsServers() {
        return "127.0.0.1:" + tlsPort;
    }

    /** PEM: what to trust, and what to show. */
    public String certificate() {
        return identity.certificate();
    }

    /** PEM, PKCS #8, of {@link #certificate()}. */
    public String key() {
        return identity.key();
    }

    @Override
    public void close() {
        cluster.close();
    }
}
