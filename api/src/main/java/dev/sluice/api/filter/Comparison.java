/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.filter;

import dev.sluice.api.event.Shown;
import org.jspecify.annotations.Nullable;

/** How the dialects of maps compare an attribute with what they want, and how that is said. */
enum Comparison {
    EQUAL {
        @Override
        boolean holds(@Nullable String actual, String wanted) {
            return wanted.equals(actual);
        }

        @Override
        String wanted(String wanted) {
            return Shown.quoted(wanted);
        }

        @Override
        String met(String wanted) {
            return "";
        }
    },
    EQUAL_OR_PRESENT {
        @Override
        boolean holds(@Nullable String actual, String wanted) {
            return actual != null && !actual.isEmpty() && (wanted.isEmpty() || wanted.equals(actual));
        }

        @Override
        String wanted(String wanted) {
            return wanted.isEmpty() ? "any value that is not empty" : Shown.quoted(wanted);
        }

        @Override
        String met(String wanted) {
            return wanted.isEmpty() ? ", which is not empty" : "";
        }
    },
    START {
        @Override
        boolean holds(@Nullable String actual, String wanted) {
            return actual != null && actual.startsWith(wanted);
        }

        @Override
        String wanted(String wanted) {
            return "a value that starts with " + Shown.quoted(wanted);
        }

        @Override
        String met(String wanted) {
            return ", which starts with " + Shown.quoted(wanted);
        }
    },
    END {
        @Override
        boolean holds(@Nullable String actual, String wanted) {
            return actual != null && actual.endsWith(wanted);
        }

        @Override
        String wanted(String wanted) {
            return "a value that ends with " + Shown.quoted(wanted);
        }

        @Override
        String met(String wanted) {
            return ", which ends with " + Shown.quoted(wanted);
        }
    };

    /** @param actual null if the event does not have the attribute */
    abstract boolean holds(@Nullable String actual, String wanted);

    /** What would be right, to be read after "wanted". */
    abstract String wanted(String wanted);

    /** What makes it right, to be read after the value; empty where that says it all. */
    abstract String met(String wanted);
}
