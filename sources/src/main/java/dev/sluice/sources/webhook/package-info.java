/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** WebhookSource: any HTTP request that proves where it comes from becomes a CloudEvent. */
@NullMarked
package dev.sluice.sources.webhook;

import org.jspecify.annotations.NullMarked;
