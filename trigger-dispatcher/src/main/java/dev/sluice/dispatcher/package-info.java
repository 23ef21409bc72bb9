/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** The front door of the dispatcher: reads channels, matches triggers, delivers. */
@NullMarked
package dev.sluice.dispatcher;

import org.jspecify.annotations.NullMarked;
