/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** CloudEvents SQL v1.0: parser and evaluator. */
@NullMarked
package dev.sluice.api.cesql;

import org.jspecify.annotations.NullMarked;
