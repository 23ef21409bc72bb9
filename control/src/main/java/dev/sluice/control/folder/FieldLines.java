/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.folder;

import dev.sluice.control.document.Positions;
import java.util.List;

/** The lines of the fields that a check may have to point at when the document itself is long gone. */
final class FieldLines {

    private static final List<String> POINTED_AT = List.of(
            "/metadata/name",
            "/metadata/annotations/eventing.knative.dev~1broker.class",
            "/metadata/annotations/sluice.dev~1channel",
            "/spec/broker",
            "/spec/brokerRef",
            "/spec/config");

    /** In the order of the fields: there may be ten thousand of these. */
    private final int[] lines = new int[POINTED_AT.size()];

    /** @param pointer to the resource in the document */
    FieldLines(Positions positions, String pointer) {
        for (int i = 0; i < lines.length; i++) {
            lines[i] = positions.line(pointer + POINTED_AT.get(i));
        }
    }

    /** The line, from 1, of one of these fields, by its JSON pointer from the resource; 0 if unknown. */
    int of(String pointer) {
        int index = POINTED_AT.indexOf(pointer);
        return index < 0 ? 0 : lines[index];
    }
}
