/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** Resources of a Kubernetes cluster: watched, and told what became of them. */
@NullMarked
package dev.sluice.control.kubernetes;

import org.jspecify.annotations.NullMarked;
