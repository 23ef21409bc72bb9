/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.config;

/** How the processes that read from one Kafka find out who reads what. */
public enum GroupProtocol {
    /** Kafka's older protocol, with sessions of 6 s. */
    CLASSIC,
    /** The newer one (KIP-848). */
    CONSUMER
}
