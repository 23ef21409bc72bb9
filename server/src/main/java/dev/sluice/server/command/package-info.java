/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** The command line: what all commands share, and those that need no server of their own. */
@NullMarked
package dev.sluice.server.command;

import org.jspecify.annotations.NullMarked;
