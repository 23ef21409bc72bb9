/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** From the text of a file to documents with positions. */
@NullMarked
package dev.sluice.control.document;

import org.jspecify.annotations.NullMarked;
