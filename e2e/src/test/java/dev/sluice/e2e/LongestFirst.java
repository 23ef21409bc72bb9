/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.ClassDescriptor;
import org.junit.jupiter.api.ClassOrderer;
import org.junit.jupiter.api.ClassOrdererContext;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * Classes that wait for each other come first, then the longest of the others, so that none of them runs alone at the end while
 * the rest of the machine is idle. Named in {@code junit-platform.properties}.
 */
final class LongestFirst implements ClassOrderer {

    /** Those of half a minute and more on a machine with two cores; the order among them matters little. */
    private static final List<Class<?>> LONG = List.of(
            KubernetesFaultsIT.class,
            KubernetesDeploymentIT.class,
            OverloadIT.class,
            KubernetesSourcesIT.class,
            DocsIT.class,
            KubernetesIT.class,
            DeadLettersIT.class,
            KubernetesApiServerSourceIT.class,
            FaultsIT.class,
            KubernetesDefinitionsIT.class,
            SpoolIT.class,
            CommandLineIT.class);

    @Override
    public void orderClasses(ClassOrdererContext context) {
        context.getClassDescriptors().sort(Comparator.comparingInt(LongestFirst::place));
    }

    private static int place(ClassDescriptor test) {
        if (test.isAnnotated(ResourceLock.class)) {
            return -1;
        }
        int place = LONG.indexOf(test.getTestClass());
        return place < 0 ? LONG.size() : place;
    }
}
