/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** What the commands and the small HTTP listeners of this module share about HTTP and JSON. */
@NullMarked
package dev.sluice.server.http;

import org.jspecify.annotations.NullMarked;
