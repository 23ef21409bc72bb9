/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.event;

import static java.util.Objects.requireNonNull;

import io.cloudevents.CloudEvent;
import io.cloudevents.SpecVersion;
import io.cloudevents.core.v03.CloudEventV03;
import io.cloudevents.core.v1.CloudEventV1;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;

/**
 * Puts and takes away extension attributes of an event that stands. The answer is a new event of the same specversion
 * that shares everything else with the old one, data bytes included. Pure functions, safe for any thread.
 */
public final class Extensions {

    /** Above this many, looking one up in the compact map could be made slow by names chosen to collide. */
    private static final int COMPACT_UP_TO = 16;

    private Extensions() {}

    /**
     * @param name lower-case letters and digits
     * @param value a String, Boolean, Integer, URI, OffsetDateTime or byte[]
     */
    public static CloudEvent with(CloudEvent event, String name, Object value) {
        requireNonNull(value, "value");
        return edit(event, extensions -> extensions.put(name, value));
    }

    /** Answers {@code event} itself if it has no such extension. */
    public static CloudEvent without(CloudEvent event, String name) {
        return event.getExtension(name) == null ? event : edit(event, extensions -> extensions.remove(name));
    }

    /** Applies several changes for the price of one. */
    public static CloudEvent edit(CloudEvent event, ExtensionEdit edit) {
        Map<String, Object> extensions = new HashMap<>();
        for (String name : event.getExtensionNames()) {
            Object value = event.getExtension(name);
            if (value != null) {
                extensions.put(name, value);
            }
        }
        edit.apply(extensions);
        // The SDK's builders would check and copy again what was checked when the event was read.
        if (event.getSpecVersion() == SpecVersion.V03) {
            return new CloudEventV03(
                    event.getId(),
                    event.getSource(),
                    event.getType(),
                    event.getTime(),
                    event.getDataSchema(),
                    event.getDataContentType(),
                    event.getSubject(),
                    event.getData(),
                    compact(extensions));
        }
        return new CloudEventV1(
                event.getId(),
                event.getSource(),
                event.getType(),
                event.getDataContentType(),
                event.getDataSchema(),
                event.getSubject(),
                event.getTime(),
                event.getData(),
                compact(extensions));
    }

    /**
     * The same extensions as an immutable map that takes as little memory as can be, since events wait in channels by
     * the million. The argument belongs to the callee from then on.
     */
    public static Map<String, Object> compact(Map<String, Object> extensions) {
        return extensions.size() <= COMPACT_UP_TO ? Map.copyOf(extensions) : Collections.unmodifiableMap(extensions);
    }
}
