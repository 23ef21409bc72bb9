/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** The options of {@code serve}: one table, from which parsing, help, documentation and the log line derive. */
@NullMarked
package dev.sluice.server.config;

import org.jspecify.annotations.NullMarked;
