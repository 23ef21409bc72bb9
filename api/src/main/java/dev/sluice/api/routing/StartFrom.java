/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.routing;

import static java.util.Objects.requireNonNull;

import java.time.Instant;

/**
 * Which event of a channel that keeps its past a trigger begins with: the annotation {@code sluice.dev/start-from}. It counts
 * once, when the trigger is created.
 */
public sealed interface StartFrom {

    /** What needs no further word. */
    enum Place implements StartFrom {
        /**
         * Nobody has said it: where the channel finds that a trigger of this name has been before, under somebody else's
         * care; otherwise {@link #LATEST}.
         */
        DEFAULT,
        /** With the first record that is still kept. */
        EARLIEST,
        /** Behind the last record that there is when the trigger is created. */
        LATEST
    }

    /**
     * With the first record that was appended at this time or later, by the channel's clock. Where there is none yet, like
     * {@link Place#LATEST}.
     */
    record Time(Instant time) implements StartFrom {
        public Time {
            requireNonNull(time, "time");
        }
    }
}
