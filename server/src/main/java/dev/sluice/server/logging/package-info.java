/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** How log lines look and where they go. */
@NullMarked
package dev.sluice.server.logging;

import org.jspecify.annotations.NullMarked;
