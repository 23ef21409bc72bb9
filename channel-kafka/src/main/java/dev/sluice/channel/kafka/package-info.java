/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** A channel that keeps its events in a Kafka topic per Broker. See {@code docs/kafka.md}. */
@NullMarked
package dev.sluice.channel.kafka;

import org.jspecify.annotations.NullMarked;
