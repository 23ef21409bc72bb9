/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.github;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds the subject of an event in its payload; null where it has none. */
@FunctionalInterface
interface Subject {

    Subject NONE = payload -> null;

    /** The names of the pages of a wiki that were edited. */
    Subject PAGES = payload -> {
        List<String> names = new ArrayList<>();
        for (Map<String, Object> page : payload.pages()) {
            Object name = page.get("page_name");
            if (name instanceof String text) {
                names.add(text);
            }
        }
        return names.isEmpty() ? null : String.join(",", names);
    };

    @Nullable
    String of(Payload payload);

    static Subject at(String... path) {
        List<String> where = List.of(path);
        return payload -> {
            Object value = payload.at(where);
            return value == null ? null : value.toString();
        };
    }

    static Subject lastSegment(String... path) {
        Subject whole = at(path);
        return payload -> {
            String url = whole.of(payload);
            return url == null ? null : url.substring(url.lastIndexOf('/') + 1);
        };
    }
}
