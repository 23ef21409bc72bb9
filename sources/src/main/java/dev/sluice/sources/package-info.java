/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** Runs the sources that are in force: adapters, what they share, and their life. */
@NullMarked
package dev.sluice.sources;

import org.jspecify.annotations.NullMarked;
