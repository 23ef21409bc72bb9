/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** Load runs over loopback, and bare programs that show what the same work costs without Sluice. */
@NullMarked
package dev.sluice.bench;

import org.jspecify.annotations.NullMarked;
