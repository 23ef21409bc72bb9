/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.document;

/** Where in a file the parts of a document stand. */
@FunctionalInterface
public interface Positions {

    /**
     * The line, from 1, of the field that the JSON pointer names, or of the nearest one around it that exists; 0 if
     * unknown.
     */
    int line(String pointer);
}
