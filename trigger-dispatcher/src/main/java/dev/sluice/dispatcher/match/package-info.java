/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** Which triggers an event matches. */
@NullMarked
package dev.sluice.dispatcher.match;

import org.jspecify.annotations.NullMarked;
