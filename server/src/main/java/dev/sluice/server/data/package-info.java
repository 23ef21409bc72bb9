/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** The folder where the process keeps what has to outlive it. */
@NullMarked
package dev.sluice.server.data;

import org.jspecify.annotations.NullMarked;
