/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** What a stop leaves undelivered, on disk until a later start has delivered it. See {@code docs/dead-letters.md}. */
@NullMarked
package dev.sluice.dispatcher.spool;

import org.jspecify.annotations.NullMarked;
