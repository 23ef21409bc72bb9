/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** Why the Triggers of a Broker match an event or do not. */
@NullMarked
package dev.sluice.control.explain;

import org.jspecify.annotations.NullMarked;
