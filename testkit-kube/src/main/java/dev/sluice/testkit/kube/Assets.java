/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.testkit.kube;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The programs that a cluster is made of.
 *
 * @param etcd what stores the objects
 * @param apiServer {@code kube-apiserver}
 * @param kubectl the newest of the machine
 */
record Assets(Path etcd, Path apiServer, Path kubectl) {

    static final String VARIABLE = "KUBEBUILDER_ASSETS";

    /** Whether they are there, and if not, what to do; empty if all is well. */
    static String missing() {
        String folder = System.getenv().getOrDefault(VARIABLE, "");
        if (folder.isEmpty()) {
            return VARIABLE + " is not set; let it name a folder with etcd, kube-apiserver and kubectl";
        }
        for (String program : new String[] {"etcd", "kube-apiserver", "kubectl"}) {
            if (!Files.isExecutable(Path.of(folder, program))) {
                return VARIABLE + "=" + folder + " has no program " + program;
            }
        }
        return "";
    }

    static Assets find() {
        String missing = missing();
        if (!missing.isEmpty()) {
            throw new IllegalStateException(missing);
        }
        Path folder = Path.of(System.getenv(VARIABLE)).toAbsolutePath();
        return new Assets(
                folder.resolve("etcd"),
                folder.resolve("kube-apiserver"),
                newest(onPath().orElse(folder.resolve("kubectl"))));
    }

    /** That of the machine, if it has one: what users have is newer than what came with an API server. */
    private static Optional<Path> onPath() {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .map(folder -> Path.of(folder, "kubectl"))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /**
     * Google Cloud's {@code kubectl} only chooses among those beside it, which are named {@code kubectl.1.33} and so on: by
     * the server's version, which it asks for first each time.
     */
    private static Path newest(Path kubectl) {
        String prefix = "kubectl.1.";
        try (Stream<Path> beside = Files.list(kubectl.toRealPath().getParent())) {
            return beside.filter(path -> path.getFileName().toString().matches("kubectl\\.1\\.[0-9]+"))
                    .max(Comparator.comparing(path ->
                            Integer.valueOf(path.getFileName().toString().substring(prefix.length()))))
                    .orElse(kubectl);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
