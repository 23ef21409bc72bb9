/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.filter;

import io.cloudevents.CloudEvent;

/**
 * A condition on the context attributes of an event. Immutable and safe for any thread. The variants are public, so that
 * an index can see which conditions it can look up.
 */
public sealed interface Filter {

    boolean matches(CloudEvent event);

    /** No filter: passes every event. */
    record Everything() implements Filter {
        @Override
        public boolean matches(CloudEvent event) {
            return true;
        }
    }
}
