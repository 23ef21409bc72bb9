/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.source;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What stands in the Secrets that a source refers to. Prints none of it.
 *
 * <p>A value of several lines is several secrets that are valid at once, so that one can be rotated without a moment at
 * which nothing is valid: the new one is put above the old, and the old is taken out once nobody uses it. Line ends and
 * empty lines don't count, since editors and {@code echo} leave one.
 */
public final class SecretValues {

    private static final SecretValues NONE = new SecretValues(Map.of());

    private final Map<SecretRef, String> values;

    public SecretValues(Map<SecretRef, String> values) {
        this.values = Map.copyOf(values);
    }

    public static SecretValues none() {
        return NONE;
    }

    /**
     * All that are valid, the newest first; at least one.
     *
     * @throws IllegalArgumentException if there is nothing in it
     */
    public List<String> all(SecretRef ref) {
        List<String> lines = new ArrayList<>();
        whole(ref).lines().forEach(line -> {
            if (!line.isBlank()) {
                lines.add(line);
            }
        });
        if (lines.isEmpty()) {
            throw new IllegalArgumentException("Secret " + ref + " is empty; write the secret into it");
        }
        return List.copyOf(lines);
    }

    /** The newest. */
    public String newest(SecretRef ref) {
        return all(ref).get(0);
    }

    /** As it stands, for what has several lines by itself, such as a certificate. */
    public String whole(SecretRef ref) {
        String value = values.get(ref);
        if (value == null) {
            throw new IllegalArgumentException("Secret " + ref + " was not asked for by the definition");
        }
        return value;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SecretValues same && values.equals(same.values);
    }

    @Override
    public int hashCode() {
        return values.hashCode();
    }

    @Override
    public String toString() {
        return values.keySet() + "=[hidden]";
    }
}
