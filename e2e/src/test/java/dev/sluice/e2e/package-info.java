/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/**
 * Sluice as its users meet it: the real process, started as they start it and reached through its public doors, and the
 * rules that hold for the repository as a whole.
 */
@NullMarked
package dev.sluice.e2e;

import org.jspecify.annotations.NullMarked;
