/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** What is known of Triggers and sources only by the processes that deliver events or run sources, and how others hear of it. */
@NullMarked
package dev.sluice.control.observation;

import org.jspecify.annotations.NullMarked;
