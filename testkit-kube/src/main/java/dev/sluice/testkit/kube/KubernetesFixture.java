/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.testkit.kube;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Gives a test class a real Kubernetes API server:
 *
 * <pre>{@code
 * @RegisterExtension
 * static final KubernetesFixture kubernetes = KubernetesFixture.shared();
 * }</pre>
 *
 * <p>A {@linkplain #shared() shared} one starts with the first class of a test run that asks for it and ends with the run.
 * Others use it at the same time: it is not to be killed, and each test takes a
 * {@linkplain KubernetesCluster#newNamespace namespace} of its own. Tests of outages take {@linkplain #own() one of their own},
 * which they may kill, stop and freeze; it is brought back after each of them.
 *
 * <p>Where the environment variable {@code KUBEBUILDER_ASSETS} does not name the programs, the class is skipped and says so.
 * Such classes have {@code Kubernetes} in their name: by that {@code .ci/run} knows that a skip has shown nothing.
 */
public final class KubernetesFixture implements ExecutionCondition, BeforeAllCallback, AfterEachCallback {

    private static final ExtensionContext.Namespace NAMESPACE =
            ExtensionContext.Namespace.create(KubernetesFixture.class);

    private final boolean shared;
    private @Nullable KubernetesCluster cluster;

    private KubernetesFixture(boolean shared) {
        this.shared = shared;
    }

    /** The one that all classes of the test run have in common. */
    public static KubernetesFixture shared() {
        return new KubernetesFixture(true);
    }

    /** One that only this class uses; it ends with the class. */
    public static KubernetesFixture own() {
        return new KubernetesFixture(false);
    }

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        String missing = Assets.missing();
        if (missing.isEmpty()) {
            return ConditionEvaluationResult.enabled("there is a Kubernetes API server");
        }
        if (context.getTestMethod().isEmpty()) {
            System.err.println("SKIPPED, and so not shown to work: " + context.getDisplayName() + "; " + missing);
        }
        return ConditionEvaluationResult.disabled(missing);
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        // A store is closed after the last test of its context, the root's with the JVM, and closes what is in it.
        ExtensionContext holder = shared ? context.getRoot() : context;
        String name = shared ? "shared" : context.getRequiredTestClass().getSimpleName();
        cluster = holder.getStore(NAMESPACE)
                .computeIfAbsent(name, key -> KubernetesCluster.start(folder(key)), KubernetesCluster.class);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        if (!shared) {
            cluster().restore();
        }
    }

    public KubernetesCluster cluster() {
        return requireNonNull(cluster, "asked for Kubernetes before the first test");
    }

    public Kubectl kubectl() {
        return cluster().kubectl();
    }

    private static Path folder(String name) {
        return Path.of("target", "kubernetes", ProcessHandle.current().pid() + "-" + name);
    }
}
