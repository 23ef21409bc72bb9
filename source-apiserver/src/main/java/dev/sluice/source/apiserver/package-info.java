/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** ApiServerSource: what happens to the objects of a Kubernetes API server, as events. */
@NullMarked
package dev.sluice.source.apiserver;

import org.jspecify.annotations.NullMarked;
