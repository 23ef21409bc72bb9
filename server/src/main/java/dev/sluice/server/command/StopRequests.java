/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.command;

import java.util.function.Consumer;

/** How the process is told to stop. */
@FunctionalInterface
public interface StopRequests {

    /**
     * Takes over what a request to stop does from now on; without it a signal ends the process at once.
     *
     * @param handler called for every request, with its name such as {@code SIGTERM}, on a thread of its own; must not
     *     block
     */
    void handle(Consumer<String> handler);
}
