/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** Puts routing tables in force on the parts that carry events. */
@NullMarked
package dev.sluice.server.plane;

import org.jspecify.annotations.NullMarked;
