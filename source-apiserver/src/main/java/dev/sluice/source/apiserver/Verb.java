/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.source.apiserver;

/** What happened to an object. */
enum Verb {
    ADD("add"),
    UPDATE("update"),
    DELETE("delete");

    private final String text;

    Verb(String text) {
        this.text = text;
    }

    String text() {
        return text;
    }
}
