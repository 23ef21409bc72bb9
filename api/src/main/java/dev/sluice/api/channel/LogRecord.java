/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.channel;

/**
 * An event at its place in a {@link LogChannel}. A log keeps its records by its own rules, whoever reads them: {@link
 * #charge} and {@link #release} do nothing here, and the reader accounts for the memory that it holds.
 */
public interface LogRecord extends ChannelRecord {

    /** What the record takes in memory while somebody holds it, in bytes, 1 or more. Constant. */
    int bytes();

    @Override
    default void charge(long bytes) {}

    @Override
    default void release() {}
}
