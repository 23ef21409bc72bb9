/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** PingSource: events by the clock. */
@NullMarked
package dev.sluice.sources.ping;

import org.jspecify.annotations.NullMarked;
