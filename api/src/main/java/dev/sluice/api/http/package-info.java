/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** The HTTP protocol binding of CloudEvents and its JSON format, as pure functions over headers and bytes. */
@NullMarked
package dev.sluice.api.http;

import org.jspecify.annotations.NullMarked;
