/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.config;

/** How a log line looks. */
public enum LogFormat {
    /** Time, level, message and {@code key=value} pairs, for people. */
    TEXT,
    /** One JSON object a line, for machines. */
    JSON
}
