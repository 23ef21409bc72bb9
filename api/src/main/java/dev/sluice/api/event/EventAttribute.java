/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.event;

import static java.util.Objects.requireNonNull;

import io.cloudevents.CloudEvent;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One context attribute by name, resolved once and then read from any number of events of version 1.0 or 0.3. Immutable
 * and safe for any thread; reading never throws.
 *
 * <p>The one answer, for everything that looks at attributes, to what the value of an attribute is:
 *
 * <ul>
 *   <li>an attribute that is not set is absent, {@code subject} and {@code time} included;
 *   <li>{@code dataschema} and {@code schemaurl}, its name in 0.3, are the same attribute;
 *   <li>every other name is an extension;
 *   <li>the text of a value is its {@link CanonicalText}, the same that goes over the wire. A timestamp keeps the offset it
 *       came with and loses the zeros at the end of its fraction.
 * </ul>
 */
public final class EventAttribute {

    private enum Place {
        ID,
        SOURCE,
        TYPE,
        SUBJECT,
        TIME,
        DATA_SCHEMA,
        DATA_CONTENT_TYPE,
        SPEC_VERSION,
        EXTENSION
    }

    /** Most filters name one of these, and share it. */
    private static final Map<String, EventAttribute> CONTEXT_ATTRIBUTES = new HashMap<>();

    static {
        for (String name : List.of(
                "id",
                "source",
                "type",
                "subject",
                "time",
                "dataschema",
                "schemaurl",
                "datacontenttype",
                "specversion")) {
            CONTEXT_ATTRIBUTES.put(name, new EventAttribute(name));
        }
    }

    private final String name;
    private final Place place;

    private EventAttribute(String name) {
        this.name = name;
        this.place = switch (name) {
            case "id" -> Place.ID;
            case "source" -> Place.SOURCE;
            case "type" -> Place.TYPE;
            case "subject" -> Place.SUBJECT;
            case "time" -> Place.TIME;
            case "dataschema", "schemaurl" -> Place.DATA_SCHEMA;
            case "datacontenttype" -> Place.DATA_CONTENT_TYPE;
            case "specversion" -> Place.SPEC_VERSION;
            default -> Place.EXTENSION;
        };
    }

    /**
     * @param name lower-case ASCII letters and digits, at least one (CloudEvents 1.0, Naming Conventions)
     * @throws IllegalArgumentException if no event can have an attribute of that name
     */
    public static EventAttribute named(String name) {
        requireNonNull(name, "name");
        EventAttribute contextAttribute = CONTEXT_ATTRIBUTES.get(name);
        if (contextAttribute != null) {
            return contextAttribute;
        }
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))) {
                throw new IllegalArgumentException(
                        "attribute name \"" + name + "\" must consist of lower-case letters and digits");
            }
        }
        if (name.isEmpty()) {
            throw new IllegalArgumentException("attribute name \"\" must have at least one letter or digit");
        }
        return new EventAttribute(name);
    }

    public String name() {
        return name;
    }

    /** Whether it is an extension attribute, so that an event that has it lists its name among those of its extensions. */
    public boolean isExtension() {
        return place == Place.EXTENSION;
    }

    /** The canonical string form of the value, or null if the event does not have the attribute. */
    public @Nullable String textIn(CloudEvent event) {
        Object value = rawValueIn(event);
        return value == null ? null : CanonicalText.of(value);
    }

    /**
     * The value as CloudEvents SQL sees it (CESQL 1.0, 3.2): an {@link Integer}, a {@link Boolean}, or for every other
     * type, and for a number that is no 32-bit integer, its canonical string form; null if the event does not have the
     * attribute.
     */
    public @Nullable Object valueIn(CloudEvent event) {
        Object value = rawValueIn(event);
        if (value == null || value instanceof String || value instanceof Integer || value instanceof Boolean) {
            return value;
        }
        if (value instanceof Long || value instanceof Short || value instanceof Byte) {
            long number = ((Number) value).longValue();
            if (number == (int) number) {
                return (int) number;
            }
        }
        return CanonicalText.of(value);
    }

    public boolean isPresentIn(CloudEvent event) {
        return rawValueIn(event) != null;
    }

    private @Nullable Object rawValueIn(CloudEvent event) {
        return switch (place) {
            case ID -> event.getId();
            case SOURCE -> event.getSource();
            case TYPE -> event.getType();
            case SUBJECT -> event.getSubject();
            case TIME -> event.getTime();
            case DATA_SCHEMA -> event.getDataSchema();
            case DATA_CONTENT_TYPE -> event.getDataContentType();
            case SPEC_VERSION -> event.getSpecVersion();
            case EXTENSION -> event.getExtension(name);
        };
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof EventAttribute that && name.equals(that.name);
    }

    @Override
    public int hashCode() {
        return name.hashCode();
    }

    @Override
    public String toString() {
        return name;
    }
}
