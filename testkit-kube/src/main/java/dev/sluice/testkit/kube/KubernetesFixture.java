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
 * <p>All classes of a test run share one, which starts with the first of them and ends with the run. A test may kill, stop
 * or freeze it; afterwards it is brought back. What it stores stays, so each test takes a
 * {@linkplain KubernetesCluster#newNamespace namespace} of its own.
 *
 * <p>Where the environment variable {@code KUBEBUILDER_ASSETS} does not name the programs, the class is skipped and says so.
 * Such classes have {@code Kubernetes} in their name: by that {@code .ci/run} knows that a skip has shown nothing.
 */
public final class KubernetesFixture implements ExecutionCondition, BeforeAllCallback, AfterEachCallback {

    private static final ExtensionContext.Namespace NAMESPACE =
            ExtensionContext.Namespace.create(KubernetesFixture.class);

    private @Nullable KubernetesCluster cluster;

    private KubernetesFixture() {}

    public static KubernetesFixture shared() {
        return new KubernetesFixture();
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
        // The root's store is closed when the last test of the JVM has run, and closes what is in it.
        cluster = context.getRoot()
                .getStore(NAMESPACE)
                .computeIfAbsent("cluster", name -> KubernetesCluster.start(folder()), KubernetesCluster.class);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        cluster().restore();
    }

    public KubernetesCluster cluster() {
        return requireNonNull(cluster, "asked for Kubernetes before the first test");
    }

    public Kubectl kubectl() {
        return cluster().kubectl();
    }

    private static Path folder() {
        return Path.of("target", "kubernetes", Long.toString(ProcessHandle.current().pid()));
    }
}
