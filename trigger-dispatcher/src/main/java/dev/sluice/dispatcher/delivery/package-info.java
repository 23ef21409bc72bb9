/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** Everything between a match and its end: attempts, retries, replies, dead letters, for each trigger by itself. */
@NullMarked
package dev.sluice.dispatcher.delivery;

import org.jspecify.annotations.NullMarked;
