/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** From the filters of a Trigger as they are written to the filters of the data plane. */
@NullMarked
package dev.sluice.control.filter;

import org.jspecify.annotations.NullMarked;
