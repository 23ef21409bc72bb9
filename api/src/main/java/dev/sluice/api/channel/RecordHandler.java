/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.channel;

/** Takes the records of one {@link ChannelReader}. Called on the context that the reader was opened with, never twice at once. */
@FunctionalInterface
public interface RecordHandler {

    /**
     * Takes one record, which is the handler's until it {@linkplain ChannelRecord#release releases} it. Must not block
     * and must not throw.
     */
    void handle(ChannelRecord record);
}
