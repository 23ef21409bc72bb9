/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import dev.sluice.api.source.SecretValues;
import dev.sluice.api.source.SourceDefinition;
import dev.sluice.api.source.SourceName;
import io.vertx.core.Future;

/** How what a deleted source has set up outside is taken down. For any thread. */
@FunctionalInterface
public interface Takedown {

    /**
     * Takes it down for good, if it is there. Repeated until it succeeds, or for some minutes.
     *
     * @return fails within seconds if it may work another time; the message is for people
     */
    Future<Void> takeDown(SourceName name, SourceDefinition definition, SecretValues secrets);
}
