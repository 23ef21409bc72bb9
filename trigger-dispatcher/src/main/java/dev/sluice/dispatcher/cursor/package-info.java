/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** How far each trigger is in each partition of a log, and how it moves between the shared read and one of its own. */
@NullMarked
package dev.sluice.dispatcher.cursor;

import org.jspecify.annotations.NullMarked;
