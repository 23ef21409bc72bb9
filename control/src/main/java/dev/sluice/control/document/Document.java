/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.document;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;

/** One document of a file. */
public sealed interface Document {

    /** Its number in the file, from 1. */
    int number();

    /** A document that could be read. */
    record Parsed(int number, JsonNode tree, Positions positions) implements Document {
        public Parsed {
            requireNonNull(tree, "tree");
            requireNonNull(positions, "positions");
        }
    }

    /**
     * A document that could not. What it would have held is unknown.
     *
     * @param line of the file, from 1; 0 if unknown
     * @param rule what is wrong
     * @param remedy what would be right
     */
    record Broken(int number, int line, String rule, String remedy) implements Document {
        public Broken {
            requireNonNull(rule, "rule");
            requireNonNull(remedy, "remedy");
        }
    }
}
