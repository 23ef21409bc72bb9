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
 * The longest class first, then those that wait for each other, then the rest by their length, so that none of them runs alone
 * at the end while the rest of the machine is idle. Named in {@code junit-platform.properties}.
 *
 * <p>The first class must not be one that takes a lock. The thread that has started all the others runs the first itself and waits
 * for its lock if another thread was quicker; once it has the lock, it waits for a worker to be idle, with all that want the
 * lock behind it, and that is when there is nothing else left.
 */
final class LongestFirst implements ClassOrderer {

    /** Those of half a minute and more on a machine with two cores; but for the first, the order among them matters little. */
    private static final List<Class<?>> LONG = List.of(
            KubernetesFaultsIT.class,
            LauncherIT.class,
            KubernetesDeploymentIT.class,
            OverloadIT.class,
            KubernetesSourcesIT.class,
            DocsIT.class,
            KubernetesIT.class,
            DeadLettersIT.class,
            KubernetesApiServerSourceIT.class,
            FaultsIT.class,
            KubernetesDefinitionsIT.class,
            SourcesIT.class,
            SpoolIT.class,
            CommandLineIT.class);

    @Override
    public void orderClasses(ClassOrdererContext context) {
        context.getClassDescriptors().sort(Comparator.comparingInt(LongestFirst::place));
    }

    private static int place(ClassDescriptor test) {
        int place = LONG.indexOf(test.getTestClass());
        if (place == 0) {
            return -2;
        }
        if (test.isAnnotated(ResourceLock.class)) {
            return -1;
        }
        return place < 0 ? LONG.size() : place;
    }
}
