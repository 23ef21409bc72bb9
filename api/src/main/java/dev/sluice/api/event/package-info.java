/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** What an event says about itself, read in one way by filters, indexes and ordering. */
@NullMarked
package dev.sluice.api.event;

import org.jspecify.annotations.NullMarked;
