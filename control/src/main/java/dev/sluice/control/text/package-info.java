/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** How values and names are shown in errors. */
@NullMarked
package dev.sluice.control.text;

import org.jspecify.annotations.NullMarked;
