/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.source.apiserver;

/**
 * The order of resource versions. They are numbers that grow with every write to the API server's store (which Kubernetes
 * promises from 1.35 on, and has kept to before); of one that is something else only equality can be told.
 */
final class ResourceVersions {

    private ResourceVersions() {}

    /** Whether the one was written after the other; true if they differ and that can't be told. */
    static boolean isNewer(String one, String other) {
        if (!isNumber(one) || !isNumber(other)) {
            return !one.equals(other);
        }
        return one.length() != other.length() ? one.length() > other.length() : one.compareTo(other) > 0;
    }

    private static boolean isNumber(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return false;
            }
        }
        return !text.isEmpty() && (text.charAt(0) != '0' || text.length() == 1);
    }
}
