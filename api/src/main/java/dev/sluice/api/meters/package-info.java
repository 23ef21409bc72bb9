/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** The names of every meter, in one place. */
@NullMarked
package dev.sluice.api.meters;

import org.jspecify.annotations.NullMarked;
