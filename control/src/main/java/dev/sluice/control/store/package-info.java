/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** What reconcilers see of the resources, wherever they come from. */
@NullMarked
package dev.sluice.control.store;

import org.jspecify.annotations.NullMarked;
