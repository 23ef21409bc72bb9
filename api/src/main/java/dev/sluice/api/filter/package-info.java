/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** The filter dialects of Knative Eventing and what each of them means. */
@NullMarked
package dev.sluice.api.filter;

import org.jspecify.annotations.NullMarked;
