/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.folder;

import dev.sluice.control.store.ResourceKey;
import dev.sluice.control.validation.Problem;
import dev.sluice.control.validation.Severity;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.Map;

/**
 * A valid resource as one document of one file has it, before it is decided whether it is taken.
 *
 * @param specDigest equal for equal specs, in whatever order they are written
 * @param contentDigest the same for everything of the resource that counts
 * @param file as the user named it
 * @param lines of the fields that a later check may have to point at, by JSON pointer
 */
record Offer(
        ResourceKey key,
        HasMetadata resource,
        String specDigest,
        String contentDigest,
        String file,
        int document,
        Map<String, Integer> lines) {

    Offer {
        lines = Map.copyOf(lines);
    }

    int line(String pointer) {
        return lines.getOrDefault(pointer, 0);
    }

    String place() {
        return file + ":" + line("/metadata/name") + " (document " + document + ")";
    }

    Problem problem(String pointer, String field, String value, String rule, String remedy) {
        return new Problem(file, document, line(pointer), key.toString(), field, value, rule, remedy, Severity.ERROR);
    }
}
