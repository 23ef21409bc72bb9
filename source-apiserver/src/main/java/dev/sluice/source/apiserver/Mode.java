/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.source.apiserver;

/** What an event says of its object. */
enum Mode {
    /** Which it is. */
    REFERENCE("Reference", "ref"),
    /** All of it. */
    RESOURCE("Resource", "resource");

    private final String text;
    private final String inType;

    Mode(String text, String inType) {
        this.text = text;
        this.inType = inType;
    }

    /** As {@code spec.mode} has it. */
    String text() {
        return text;
    }

    /** The CloudEvents {@code type} of a change, as Knative has it. */
    String type(Verb verb) {
        return "dev.knative.apiserver." + inType + "." + verb.text();
    }
}
