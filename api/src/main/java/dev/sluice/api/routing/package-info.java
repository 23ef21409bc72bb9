/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** What the data plane is told: brokers and triggers, resolved and validated, as immutable records. */
@NullMarked
package dev.sluice.api.routing;

import org.jspecify.annotations.NullMarked;
