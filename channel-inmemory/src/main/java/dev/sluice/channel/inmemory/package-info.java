/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** A channel that keeps its events on the heap of this process, bounded by bytes. See {@code docs/channels.md}. */
@NullMarked
package dev.sluice.channel.inmemory;

import org.jspecify.annotations.NullMarked;
