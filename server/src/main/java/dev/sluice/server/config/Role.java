/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.config;

/** Which parts of Sluice a process runs. */
public enum Role {
    ALL,
    BROKER,
    DISPATCHER,
    SOURCES,
    CONTROL
}
