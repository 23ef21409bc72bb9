/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.inmemory;

import io.cloudevents.CloudEvent;
import io.cloudevents.CloudEventData;
import io.cloudevents.core.data.BytesCloudEventData;
import java.net.URI;
import java.time.OffsetDateTime;
import org.jspecify.annotations.Nullable;

/**
 * What an event costs on the heap while a channel holds it: an estimate from above that {@code EventFootprintTest} holds
 * against a heap filled with real ones. All sizes are in bytes, for a 64-bit JVM with compressed references.
 */
final class EventFootprint {

    /**
     * The objects that every event has, empty as they may be. Measured by filling a heap (JDK 17 and 25): {@link
     * HeldRecord} 56, the SDK's event 64, its data's wrapper 16, the map of extensions and its table about 100.
     */
    private static final long EVENT = 240;

    /** A {@code String} is 24 and its array 16, then come the characters, both rounded up to 8. */
    private static final long STRING = 48;

    /** A {@code java.net.URI} is 80 and keeps its parts as strings of their own, beside the whole. */
    private static final long URI_PARTS = 80 + 4 * STRING;

    /** {@code OffsetDateTime} and the date, time and date-time inside it. */
    private static final long TIME = 96;

    /** An entry in the map of extensions, with its part of the table; the name is counted by itself. */
    private static final long EXTENSION = 48;

    /** The header of an array, and the rounding. */
    private static final long ARRAY = 24;

    private EventFootprint() {}

    static long of(CloudEvent event) {
        long bytes = EVENT
                + string(event.getId())
                + string(event.getType())
                + uri(event.getSource())
                + string(event.getSubject())
                + string(event.getDataContentType())
                + uri(event.getDataSchema())
                + (event.getTime() == null ? 0 : TIME)
                + data(event.getData());
        for (String name : event.getExtensionNames()) {
            bytes += EXTENSION + string(name) + value(event.getExtension(name));
        }
        return bytes;
    }

    private static long string(@Nullable String text) {
        // Two bytes for each character: looking which of them would do with one costs more than it could save.
        return text == null ? 0 : STRING + 2L * text.length();
    }

    private static long uri(@Nullable URI uri) {
        // Its text is there twice, whole and in parts.
        return uri == null ? 0 : URI_PARTS + 4L * uri.toString().length();
    }

    private static long value(@Nullable Object value) {
        if (value instanceof String text) {
            return string(text);
        }
        if (value instanceof byte[] bytes) {
            return ARRAY + bytes.length;
        }
        if (value instanceof URI uri) {
            return uri(uri);
        }
        return value instanceof OffsetDateTime ? TIME : ARRAY;
    }

    private static long data(@Nullable CloudEventData data) {
        if (data == null) {
            return 0;
        }
        // Other kinds of data may be lazy or encode on each call, and only their bytes are known.
        return ARRAY + (data instanceof BytesCloudEventData ? 0 : 256) + data.toBytes().length;
    }
}
