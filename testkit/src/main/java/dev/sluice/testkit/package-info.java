/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/**
 * What tests share: a catalogue of events, a scriptable HTTP subscriber, a ledger that counts every event, and the
 * contract suite that every channel passes.
 */
@NullMarked
package dev.sluice.testkit;

import org.jspecify.annotations.NullMarked;
