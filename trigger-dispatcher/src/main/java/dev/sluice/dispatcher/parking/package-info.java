/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** Where events are kept that could not be delivered and have no other place to go, until a person decides. */
@NullMarked
package dev.sluice.dispatcher.parking;

import org.jspecify.annotations.NullMarked;
