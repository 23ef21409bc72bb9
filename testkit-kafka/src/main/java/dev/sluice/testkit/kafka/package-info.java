/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/**
 * A real Kafka for tests: forked JVMs that can be killed, frozen and started again on their data, or containers where there
 * is an engine for them. See {@link dev.sluice.testkit.kafka.KafkaFixture}.
 */
@NullMarked
package dev.sluice.testkit.kafka;

import org.jspecify.annotations.NullMarked;
