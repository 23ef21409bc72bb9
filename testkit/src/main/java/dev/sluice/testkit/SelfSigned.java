/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.testkit;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.concurrent.TimeUnit;

/**
 * A key and a certificate for {@code localhost} that is signed by itself, made by the JDK's {@code keytool}: the JDK has no
 * public class that makes one.
 *
 * @param keyStore in PKCS #12
 * @param pem the certificate, for those who should trust it
 */
record SelfSigned(Buffer keyStore, String password, String pem) {

    private static final String ALIAS = "subscriber";
    private static final String PASSWORD = "changeit";

    static SelfSigned create() {
        try {
            Path folder = Files.createTempDirectory("sluice-testkit");
            Path file = folder.resolve("key.p12");
            try {
                generate(file);
                byte[] bytes = Files.readAllBytes(file);
                KeyStore store = KeyStore.getInstance("PKCS12");
                store.load(new ByteArrayInputStream(bytes), PASSWORD.toCharArray());
                String base64 = Base64.getMimeEncoder(64, "\n".getBytes(US_ASCII))
                        .encodeToString(store.getCertificate(ALIAS).getEncoded());
                String pem = "-----BEGIN CERTIFICATE-----\n" + base64 + "\n-----END CERTIFICATE-----\n";
                return new SelfSigned(Buffer.buffer(bytes), PASSWORD, pem);
            } finally {
                Files.deleteIfExists(file);
                Files.delete(folder);
            }
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException("can't make a certificate", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private static void generate(Path file) throws IOException, InterruptedException {
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        ALIAS,
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "SAN=dns:localhost,ip:127.0.0.1",
                        "-validity",
                        "2",
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        PASSWORD,
                        "-keystore",
                        file.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (!keytool.waitFor(60, TimeUnit.SECONDS)) {
            keytool.destroyForcibly();
            throw new IOException("keytool did not end within 60 s");
        }
        if (keytool.exitValue() != 0) {
            throw new IOException("keytool ended with status " + keytool.exitValue());
        }
    }
}
