/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** A subscriber that shows people what it receives. */
@NullMarked
package dev.sluice.server.display;

import org.jspecify.annotations.NullMarked;
