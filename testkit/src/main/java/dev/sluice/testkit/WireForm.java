/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.testkit;

import io.cloudevents.CloudEvent;
import io.cloudevents.CloudEventData;
import io.vertx.core.buffer.Buffer;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What of an event survives a trip over the wire: its specversion, every attribute and extension in its canonical string
 * form (CloudEvents 1.0, type system), and the bytes of its data. Types of extensions do not survive, since HTTP headers
 * carry strings only, and neither does the difference between no data and data of no bytes; so two events are the same to
 * a subscriber exactly when their wire forms are equal.
 *
 * @param specVersion {@code 1.0} or {@code 0.3}
 * @param attributes all but the specversion, extensions included
 */
public record WireForm(String specVersion, SortedMap<String, String> attributes, Buffer data) {

    public WireForm {
        attributes = Collections.unmodifiableSortedMap(new TreeMap<>(attributes));
    }

    public static WireForm of(CloudEvent event) {
        SortedMap<String, String> attributes = new TreeMap<>();
        for (String name : event.getAttributeNames()) {
            Object value = event.getAttribute(name);
            if (value != null && !name.equals("specversion")) {
                attributes.put(name, canonical(value));
            }
        }
        for (String name : event.getExtensionNames()) {
            attributes.put(name, canonical(event.getExtension(name)));
        }
        CloudEventData data = event.getData();
        return new WireForm(
                event.getSpecVersion().toString(),
                attributes,
                data == null ? Buffer.buffer() : Buffer.buffer(data.toBytes()));
    }

    /** The same event without one attribute, for those that a broker adds on the way. */
    public WireForm without(String attribute) {
        SortedMap<String, String> rest = new TreeMap<>(attributes);
        rest.remove(attribute);
        return new WireForm(specVersion, rest, data);
    }

    private static String canonical(Object value) {
        if (value instanceof byte[] bytes) {
            return Base64.getEncoder().encodeToString(bytes);
        }
        if (value instanceof OffsetDateTime time) {
            return DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(time);
        }
        return value.toString();
    }
}
