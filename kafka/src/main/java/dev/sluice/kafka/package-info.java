/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** What a channel on Kafka and a source from Kafka have in common: where a Kafka is, how to get in, how a record is an event. */
@NullMarked
package dev.sluice.kafka;

import org.jspecify.annotations.NullMarked;
