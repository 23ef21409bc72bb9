/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.github;

import java.util.List;

/** Where in a payload the subject and the extensions of an event stand. */
record EventMapping(Subject subject, List<Field> extensions) {

    /** @param path from the root of the payload; where it leads nowhere, there is no such extension */
    record Field(String extension, List<String> path) {}

    EventMapping {
        extensions = List.copyOf(extensions);
    }
}
