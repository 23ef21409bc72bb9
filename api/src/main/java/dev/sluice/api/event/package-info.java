/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** What an event says about itself, and what the data plane adds to it, whatever carries it. */
@NullMarked
package dev.sluice.api.event;

import org.jspecify.annotations.NullMarked;
