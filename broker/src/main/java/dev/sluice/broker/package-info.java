/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** The HTTP ingress: takes CloudEvents in, refuses what it can't keep, and appends the rest to the Broker's channel. */
@NullMarked
package dev.sluice.broker;

import org.jspecify.annotations.NullMarked;
