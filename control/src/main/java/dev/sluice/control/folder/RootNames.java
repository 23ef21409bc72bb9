/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.folder;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Shows files the way the user named them: {@code resources/shop.yaml}, not an absolute path. */
final class RootNames {

    private final Map<Path, Path> names = new LinkedHashMap<>();

    RootNames(List<Path> filesOrFolders) {
        for (Path root : filesOrFolders) {
            names.putIfAbsent(root.toAbsolutePath().normalize(), root);
        }
    }

    /** Absolute, in their order, each once. */
    List<Path> roots() {
        return List.copyOf(names.keySet());
    }

    String of(Path file) {
        for (Map.Entry<Path, Path> root : names.entrySet()) {
            if (file.equals(root.getKey())) {
                return root.getValue().toString();
            }
            if (file.startsWith(root.getKey())) {
                return root.getValue()
                        .resolve(root.getKey().relativize(file))
                        .normalize()
                        .toString();
            }
        }
        return file.toString();
    }
}
