/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** The port on which webhooks come in. */
@NullMarked
package dev.sluice.sources.listen;

import org.jspecify.annotations.NullMarked;
