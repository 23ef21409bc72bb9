/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.send;

import io.vertx.core.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/** Says where no event may be sent, by the address that a connection really has. For any thread. */
@FunctionalInterface
public interface SinkGuard {

    /** Refuses nothing. */
    SinkGuard NONE = (remote, local, path) -> null;

    /**
     * @param path of the request
     * @return why nothing may be sent, or null if it may
     */
    @Nullable
    String refusal(@Nullable SocketAddress remote, @Nullable SocketAddress local, String path);
}
