/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.bench;

import dev.sluice.testkit.kube.ApiRequest;
import dev.sluice.testkit.kube.Kubectl;
import dev.sluice.testkit.kube.KubernetesCluster;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The Kubernetes of a load run: a real API server and its etcd, with the definitions and the rights of {@code deploy}, so that
 * what each role asks for can be told by its account.
 */
final class KubernetesUnderTest implements AutoCloseable {

    private static final Path ROOT = Path.of(System.getProperty("sluice.bench.root", "."));
    private static final String SYSTEM = "sluice-system";

    private final Path folder;
    private final KubernetesCluster cluster;
    private final KubernetesClient client;

    private KubernetesUnderTest(Path folder, KubernetesCluster cluster) {
        this.folder = folder;
        this.cluster = cluster;
        client = new KubernetesClientBuilder()
                .withConfig(Config.fromKubeconfig(cluster.kubeconfig().toFile()))
                .build();
    }

    static KubernetesUnderTest start() throws IOException {
        Path folder = Files.createTempDirectory(Files.createDirectories(ROOT.resolve("bench/target")), "kubernetes");
        KubernetesCluster cluster;
        try {
            cluster = KubernetesCluster.start(folder);
        } catch (RuntimeException e) {
            System.err.println("no Kubernetes came up; its logs are in " + folder);
            throw e;
        }
        KubernetesUnderTest started = new KubernetesUnderTest(folder, cluster);
        try {
            cluster.installCrds(ROOT.resolve("deploy/crds"));
            cluster.kubectl().applyRights(ROOT.resolve("deploy/roles"));
            return started;
        } catch (RuntimeException | Error e) {
            started.close();
            throw e;
        }
    }

    /** Starts a process with the rights of its role. */
    SluiceUnderTest role(String role, String... options) throws IOException {
        return SluiceUnderTest.inCluster(cluster.kubeconfigOf(SYSTEM, account(role)), options);
    }

    static String account(String role) {
        return "sluice-" + role;
    }

    /** As an administrator. */
    KubernetesClient client() {
        return client;
    }

    Kubectl kubectl() {
        return cluster.kubectl();
    }

    /** What the roles have asked the API server for so far. */
    List<ApiRequest> requests() {
        return cluster.requests();
    }

    @Override
    public void close() {
        try {
            client.close();
        } finally {
            cluster.close();
            SluiceUnderTest.delete(folder);
        }
    }
}
