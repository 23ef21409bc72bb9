/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.StreamReadConstraints;

/** How both halves of the JSON event format use Jackson's streaming core. */
final class JsonEvents {

    /** Deeper data is refused; no parser down the line should meet it. Jackson's own recursion does not grow with it. */
    static final int DEEPEST = 500;

    /**
     * Numbers, names and strings inside data are never converted, so their length is bounded by the body alone. Names are
     * not interned: the JVM's table would keep whatever anyone sends.
     */
    static final JsonFactory JACKSON = new JsonFactoryBuilder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(DEEPEST)
                    .maxNumberLength(Integer.MAX_VALUE)
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNameLength(Integer.MAX_VALUE)
                    .build())
            .build();

    private JsonEvents() {}
}
