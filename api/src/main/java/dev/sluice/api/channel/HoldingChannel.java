/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.channel;

import io.vertx.core.Context;
import io.vertx.core.Future;

/**
 * A channel that keeps a record until it is {@linkplain ChannelRecord#release released}, and forgets it then. It has one
 * reader, which is handed each record once; there are no positions and nothing can be read again while it is held.
 */
public interface HoldingChannel extends Channel {

    /**
     * Starts the one shared read of this channel. Records that were appended before and not released are handed over
     * first, so a reader that takes the place of a closed one misses nothing.
     *
     * @param context the context on which {@code handler} is called, and on which the reader's methods must be called
     * @return fails with a {@link ChannelException} of kind {@link ChannelException.Kind#ALREADY_READ} while another
     *     reader is open
     */
    Future<ChannelReader> subscribe(Context context, RecordHandler handler);
}
