/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Sources that are workloads of the cluster: what SinkBindings and ContainerSources ask for, and what that makes of a pod
 * template. Nothing in here talks to a cluster.
 */
@NullMarked
package dev.sluice.control.binding;

import org.jspecify.annotations.NullMarked;
