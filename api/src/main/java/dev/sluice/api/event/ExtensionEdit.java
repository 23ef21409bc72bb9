/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.event;

import java.util.Map;

/**
 * A change to the extension attributes of an event. Applied while an event is read, it saves building the event twice;
 * {@link Extensions#edit} applies it to an event that stands.
 */
@FunctionalInterface
public interface ExtensionEdit {

    /** Leaves the extensions as they are. */
    ExtensionEdit NONE = extensions -> {};

    /**
     * @param extensions the event's extensions by name, to be changed in place; values are of the types that the
     *     CloudEvents SDK uses: String, Boolean, Integer, URI, OffsetDateTime or byte[], never null
     */
    void apply(Map<String, Object> extensions);
}
