/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.testkit.kube;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Waits until an API server is ready: serves, and has what it starts with, such as its own cluster roles. */
final class Readiness {

    /** It is up within 6 s on a calm machine; on a busy one it takes many times that. */
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final HttpRequest request;
    private final Path certificate;

    /** @param certificate the file with what it identifies itself by, which it makes at its first start */
    Readiness(String url, String token, Path certificate) {
        request = HttpRequest.newBuilder(URI.create(url + "/readyz"))
                .header("Authorization", "Bearer " + token)
                .timeout(Duration.ofSeconds(5))
                .build();
        this.certificate = certificate;
    }

    /** @throws IllegalStateException if the server ended, or is not ready in time */
    void await(NativeProcess server) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        String last = "no answer";
        try {
            while (server.isAlive() && System.nanoTime() < deadline) {
                if (Files.exists(certificate)) {
                    try {
                        // A client for each question: the certificate may not have been written whole the time before.
                        HttpResponse<String> answer = HttpClient.newBuilder()
                                .sslContext(trusting(certificate))
                                .connectTimeout(Duration.ofSeconds(5))
                                .build()
                                .send(request, BodyHandlers.ofString());
                        if (answer.statusCode() == 200) {
                            return;
                        }
                        last = answer.statusCode() + " " + answer.body();
                    } catch (IOException | GeneralSecurityException e) {
                        last = e.toString();
                    }
                }
                TimeUnit.MILLISECONDS.sleep(100);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while " + server.name() + " was starting", e);
        }
        throw new IllegalStateException(
                server.name() + (server.isAlive() ? " is not ready (" + last + ")" : " ended by itself")
                        + "; its output is in " + server.log());
    }

    static SSLContext trusting(Path certificate) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (InputStream in = Files.newInputStream(certificate)) {
            int count = 0;
            for (Certificate each : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                store.setCertificateEntry("certificate-" + count++, each);
            }
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }
}
