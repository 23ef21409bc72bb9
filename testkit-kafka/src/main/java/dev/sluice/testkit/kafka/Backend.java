/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.testkit.kafka;

import org.testcontainers.DockerClientFactory;

/** What a Kafka for tests can be made of. */
enum Backend {
    FORKED,
    TESTCONTAINERS;

    private static final String VARIABLE = "SLUICE_TEST_KAFKA";

    static Backend chosen(int nodes) {
        if (nodes > 1) {
            return FORKED;
        }
        String wanted = System.getenv().getOrDefault(VARIABLE, "");
        return switch (wanted) {
            case "forked" -> FORKED;
            case "testcontainers" -> TESTCONTAINERS;
            case "" -> DockerClientFactory.instance().isDockerAvailable() ? TESTCONTAINERS : FORKED;
            default ->
                throw new IllegalStateException(
                        VARIABLE + "=" + wanted + " is unknown; write forked or testcontainers, or leave it out");
        };
    }
}
