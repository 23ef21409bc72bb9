/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** The {@code sluice} executable: wires the parts of a process together, and stops them. */
@NullMarked
package dev.sluice.server;

import org.jspecify.annotations.NullMarked;
