/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.folder;

import dev.sluice.control.store.ResourceKey;
import dev.sluice.control.validation.Problem;
import dev.sluice.control.validation.Severity;
import io.fabric8.kubernetes.api.model.HasMetadata;

/**
 * A valid resource as one document of one file has it, before it is decided whether it is taken.
 *
 * @param specDigest equal for equal specs, in whatever order they are written
 * @param contentDigest the same for everything of the resource that counts
 * @param file as the user named it
 */
record Offer(
        ResourceKey key,
        HasMetadata resource,
        String specDigest,
        String contentDigest,
        String file,
        int document,
        FieldLines lines) {

    String place() {
        return file + ":" + lines.of("/metadata/name") + " (document " + document + ")";
    }

    Problem problem(String pointer, String field, String value, String rule, String remedy) {
        return new Problem(
                file, document, lines.of(pointer), key.toString(), field, value, rule, remedy, Severity.ERROR);
    }
}
