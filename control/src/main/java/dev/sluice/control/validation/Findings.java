/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.validation;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Collects what is wrong with one document, and keeps the values of Secrets out of it. */
final class Findings {

    /** A set, because a value that is read twice is wrong once. */
    private final Set<Finding> findings = new LinkedHashSet<>();

    private boolean secret;

    /** From here on values are hidden, wherever in the document they stand: they may be in the wrong place. */
    void hideValues() {
        secret = true;
    }

    void add(Finding finding) {
        if (secret && !finding.value().isEmpty()) {
            // A remedy may repeat the value in the form that it should have.
            findings.add(new Finding(
                    finding.pointer(), "[hidden]", finding.rule(), "write it as a string", finding.severity()));
        } else {
            findings.add(finding);
        }
    }

    boolean hasErrors() {
        for (Finding finding : findings) {
            if (finding.severity() == Severity.ERROR) {
                return true;
            }
        }
        return false;
    }

    List<Finding> all() {
        return List.copyOf(findings);
    }
}
