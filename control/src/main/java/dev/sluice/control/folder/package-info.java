/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** Resources from files: read, checked, watched, and given an identity that lasts. */
@NullMarked
package dev.sluice.control.folder;

import org.jspecify.annotations.NullMarked;
