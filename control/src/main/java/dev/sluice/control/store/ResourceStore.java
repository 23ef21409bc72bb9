/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.store;

import java.util.function.Consumer;

/** Where resources come from. */
public interface ResourceStore extends AutoCloseable {

    /**
     * Begins to watch. The listener gets the first snapshot as soon as everything has been seen once, and then one for
     * each change. It is called on the store's own thread, never twice at a time, and must not block.
     *
     * @throws IllegalStateException if called a second time
     */
    void start(Consumer<Resources> listener);

    /** Stops; the listener is not called any more once this has returned. Idempotent. */
    @Override
    void close();
}
