/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** Knative's resources as they are written, and the names and formats in them. */
@NullMarked
package dev.sluice.control.resource;

import org.jspecify.annotations.NullMarked;
