/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.source;

import static java.util.Objects.requireNonNull;

/** The CloudEvents attributes {@code type} and {@code source} of events that a source sends. */
public record EventDescription(String type, String source) {

    public EventDescription {
        requireNonNull(type, "type");
        requireNonNull(source, "source");
    }
}
