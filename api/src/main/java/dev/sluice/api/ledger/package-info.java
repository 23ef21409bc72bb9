/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** Where an event may end. */
@NullMarked
package dev.sluice.api.ledger;

import org.jspecify.annotations.NullMarked;
