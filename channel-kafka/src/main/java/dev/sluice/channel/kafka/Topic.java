/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import org.apache.kafka.common.Uuid;

/**
 * A topic as it was found.
 *
 * @param id changes when it is deleted and created again
 * @param maxMessageBytes the largest batch that it takes, a batch of one record included
 */
record Topic(String name, Uuid id, int partitions, int maxMessageBytes) {}
