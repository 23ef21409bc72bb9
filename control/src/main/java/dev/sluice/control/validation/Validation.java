/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.validation;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.routing.ResourceName;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.List;
import java.util.Optional;

/**
 * What became of one document.
 *
 * @param kind as it is written; empty if the document does not say
 * @param name namespace and name; empty if the document does not say; not checked where there are findings
 * @param resource empty if the document is of a kind that is not ours, or has errors
 * @param findings everything that is wrong with it
 */
public record Validation(
        String kind, Optional<ResourceName> name, Optional<HasMetadata> resource, List<Finding> findings) {

    public Validation {
        requireNonNull(kind, "kind");
        requireNonNull(name, "name");
        requireNonNull(resource, "resource");
        findings = List.copyOf(findings);
    }

    public boolean hasErrors() {
        for (Finding finding : findings) {
            if (finding.severity() == Severity.ERROR) {
                return true;
            }
        }
        return false;
    }

    /** Kind and name as problems show them, as far as they are known. */
    public String label() {
        return name.map(known -> kind + " " + known).orElse(kind);
    }
}
