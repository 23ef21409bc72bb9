/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** From resources to a routing table and statuses, and the loop that puts both in force. */
@NullMarked
package dev.sluice.control.reconcile;

import org.jspecify.annotations.NullMarked;
