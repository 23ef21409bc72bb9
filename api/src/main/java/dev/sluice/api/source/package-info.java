/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/**
 * What a source is: the SPI of kinds of sources, and the table of those that are in force.
 *
 * <p>{@link dev.sluice.api.source.SourceKind} is where to begin for who writes one.
 */
@NullMarked
package dev.sluice.api.source;

import org.jspecify.annotations.NullMarked;
