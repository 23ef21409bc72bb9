/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** The admin listener: health, metrics, the admin API and the display. */
@NullMarked
package dev.sluice.server.admin;

import org.jspecify.annotations.NullMarked;
