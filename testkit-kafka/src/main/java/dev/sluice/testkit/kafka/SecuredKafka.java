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
    private final int tlsPort;

    private SecuredKafka(KafkaCluster cluster, Identity identity, int saslPort, int tlsPort) {
        this.cluster = cluster;
        this.identity = identity;
        this.saslPort = saslPort;
        this.tlsPort = tlsPort;
    }

    /** @param folder where the node keeps its data, which is deleted at the end, its keys and its log, which stay */
    public static SecuredKafka start(Path folder) {
        Identity identity = Identity.create(folder);
        int saslPort = ForkedKafka.freePort();
        int tlsPort = ForkedKafka.freePort();
        KafkaCluster cluster = ForkedKafka.start(
                1,
                folder,
                ",SASL://127.0.0.1:" + saslPort + ",TLS://127.0.0.1:" + tlsPort,
                ",SASL:SASL_PLAINTEXT,TLS:SSL",
                settings(identity));
        return new SecuredKafka(cluster, identity, saslPort, tlsPort);
    }

    private static String settings(Identity identity) {
        return """
                sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
                listener.name.sasl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule \
                required user_%s="%s";
                listener.name.sasl.scram-sha-256.sasl.jaas.config=\
                org.apache.kafka.common.security.scram.ScramLoginModule required;
                listener.name.sasl.scram-sha-512.sasl.jaas.config=\
                org.apache.kafka.common.security.scram.ScramLoginModule required;
                listener.name.tls.ssl.client.auth=required
                listener.name.tls.ssl.keystore.type=PKCS12
                listener.name.tls.ssl.keystore.location=%s
                listener.name.tls.ssl.keystore.password=%s
                listener.name.tls.ssl.truststore.type=PEM
                listener.name.tls.ssl.truststore.certificates=%s
                """.formatted(
                PLAIN_USER,
                // Once for the quotes of JAAS, once for the properties file.
                PLAIN_PASSWORD.replace("\\", "\\\\").replace("\"", "\\\"").replace("\\", "\\\\"),
                identity.keyStore(),
                Identity.PASSWORD,
                identity.certificate().replace("\n", "\\n"));
    }

    /** Without any security, to look and to make users. */
    public String bootstrapServers() {
        return cluster.bootstrapServers();
    }

    public String saslServers() {
        return "127.0.0.1:" + saslPort;
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
