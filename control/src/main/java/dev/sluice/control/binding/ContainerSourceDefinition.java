/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.binding;

/** A ContainerSource that can be run. Its template is the cluster's to understand, and stays in the resource. */
public record ContainerSourceDefinition() implements WorkloadDefinition {}
