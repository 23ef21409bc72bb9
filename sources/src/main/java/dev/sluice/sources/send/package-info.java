/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** How events get from a source to its sink. */
@NullMarked
package dev.sluice.sources.send;

import org.jspecify.annotations.NullMarked;
