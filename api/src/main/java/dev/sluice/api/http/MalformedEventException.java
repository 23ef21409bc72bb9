/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.http;

import static java.util.Objects.requireNonNull;

/** A message that claims to hold CloudEvents and breaks the specification. */
public final class MalformedEventException extends Exception {

    private static final long serialVersionUID = 1L;

    private final String remedy;

    /**
     * @param message names the attribute and its value and says which rule it breaks
     * @param remedy what would be right
     */
    public MalformedEventException(String message, String remedy) {
        super(message, null, false, false);
        this.remedy = requireNonNull(remedy, "remedy");
    }

    public String remedy() {
        return remedy;
    }
}
