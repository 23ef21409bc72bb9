/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/**
 * A real Kubernetes API server for tests, with its etcd and with {@code kubectl}, which can be killed, frozen and started
 * again on its data. See {@link dev.sluice.testkit.kube.KubernetesFixture}.
 */
@NullMarked
package dev.sluice.testkit.kube;

import org.jspecify.annotations.NullMarked;
