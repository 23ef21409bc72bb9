/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/**
 * A channel that keeps its events in a Kafka topic per Broker. See {@code docs/kafka.md}. {@link
 * dev.sluice.channel.kafka.KafkaChannel} is the way in for one Broker; what appends begins at {@link
 * dev.sluice.channel.kafka.ProducerLoop}, what reads at {@link dev.sluice.channel.kafka.GroupReader}.
 */
@NullMarked
package dev.sluice.channel.kafka;

import org.jspecify.annotations.NullMarked;
