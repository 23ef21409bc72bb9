/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** One HTTP request to one destination: where it may go, what is read of the answer, and how it can end. */
@NullMarked
package dev.sluice.dispatcher.send;

import org.jspecify.annotations.NullMarked;
