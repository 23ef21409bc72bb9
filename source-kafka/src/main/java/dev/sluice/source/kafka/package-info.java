/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** KafkaSource: the records of topics as events. See {@code docs/sources/kafka.md}. */
@NullMarked
package dev.sluice.source.kafka;

import org.jspecify.annotations.NullMarked;
