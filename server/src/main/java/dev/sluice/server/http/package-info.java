/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** What the small HTTP listeners of this module share. */
@NullMarked
package dev.sluice.server.http;

import org.jspecify.annotations.NullMarked;
