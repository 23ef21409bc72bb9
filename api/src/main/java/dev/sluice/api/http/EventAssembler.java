/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.http;

import dev.sluice.api.event.ExtensionEdit;
import dev.sluice.api.event.Extensions;
import dev.sluice.api.event.Timestamps;
import io.cloudevents.CloudEvent;
import io.cloudevents.CloudEventData;
import io.cloudevents.SpecVersion;
import io.cloudevents.core.data.BytesCloudEventData;
import io.cloudevents.core.v03.CloudEventV03;
import io.cloudevents.core.v1.CloudEventV1;
import java.net.URI;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Collects the attributes of one event in whatever order they come, checks each against the specification, and builds the
 * event. It calls the constructors of the SDK's events, since its builders would check, copy and validate a second time.
 */
public final class EventAssembler {

    private static final int LONGEST_QUOTE = 100;

    /** What stands before the name of an attribute in a header, for the words of an error; null for JSON members. */
    private final @Nullable String headerPrefix;

    private @Nullable String specversion;
    private @Nullable String id;
    private @Nullable String source;
    private @Nullable String type;
    private @Nullable String subject;
    private @Nullable String time;
    private @Nullable String dataContentType;
    private final Map<String, Object> extensions = new HashMap<>();

    private EventAssembler(@Nullable String headerPrefix) {
        this.headerPrefix = headerPrefix;
    }

    static EventAssembler ofHeaders() {
        return new EventAssembler("ce-");
    }

    static EventAssembler ofMembers() {
        return new EventAssembler(null);
    }

    /** For the headers of a record, whose values are text as it is (CloudEvents Kafka binding 3.2.3). */
    public static EventAssembler ofRecordHeaders() {
        return new EventAssembler("ce_");
    }

    /** Whether an attribute may have this name: lower-case letters and digits, at least one. */
    public static boolean isName(String attribute) {
        return AttributeNames.isValid(attribute);
    }

    /**
     * Takes an attribute whose value came as text.
     *
     * @param name that {@link #isName} holds for
     */
    public void put(String name, String value) throws MalformedEventException {
        if (!isText(value)) {
            throw malformed(
                    name,
                    value,
                    "which holds a control character, half of a surrogate pair or a noncharacter",
                    "take that character out; attribute values are printable text (CloudEvents 3.1, String)");
        }
        boolean first;
        switch (name) {
            case "specversion" -> {
                first = specversion == null;
                specversion = value;
            }
            case "id" -> {
                first = id == null;
                id = value;
            }
            case "source" -> {
                first = source == null;
                source = value;
            }
            case "type" -> {
                first = type == null;
                type = value;
            }
            case "subject" -> {
                first = subject == null;
                subject = value;
            }
            case "time" -> {
                first = time == null;
                time = value;
            }
            case "datacontenttype" -> {
                first = dataContentType == null;
                dataContentType = value;
            }
            default -> first = extensions.put(name, value) == null;
        }
        if (!first) {
            throw twice(name);
        }
    }

    /** Takes an extension whose JSON value was a boolean or an integer. */
    void putTyped(String name, Object value) throws MalformedEventException {
        if (isCore(name)) {
            throw malformed(
                    name,
                    value.toString(),
                    "which is not a JSON string",
                    "write it as \"" + name + "\": \"" + value + "\"");
        }
        if (extensions.put(name, value) != null) {
            throw twice(name);
        }
    }

    boolean isCore(String name) {
        return switch (name) {
            case "specversion", "id", "source", "type", "subject", "time", "datacontenttype" -> true;
            // An extension in the other specversion, and there a JSON string as well.
            case "dataschema", "schemaurl" -> true;
            default -> false;
        };
    }

    @Nullable
    String dataContentType() {
        return dataContentType;
    }

    void implyDataContentType(String mediaType) {
        dataContentType = mediaType;
    }

    /** Takes an attribute out again that is no attribute of the event but says how its data is written. */
    @Nullable
    Object take(String name) {
        return extensions.remove(name);
    }

    SpecVersion specVersion() throws MalformedEventException {
        if (specversion == null) {
            throw missing("specversion", "\"1.0\", or \"0.3\" for events of that version");
        }
        return switch (specversion) {
            case "1.0" -> SpecVersion.V1;
            case "0.3" -> SpecVersion.V03;
            default ->
                throw malformed(
                        "specversion",
                        specversion,
                        "which is no version that is known here",
                        "send \"1.0\" or \"0.3\"");
        };
    }

    /**
     * Builds the event, which is then immutable; the array is its own from now on.
     *
     * @param bytes of the data; null if there is none
     */
    public CloudEvent build(byte @Nullable [] bytes, ExtensionEdit edit) throws MalformedEventException {
        SpecVersion version = specVersion();
        String eventId = required("id", id, "a text that no other event of this source has");
        String eventSource = required("source", source, "a URI reference such as \"/orders\"");
        String eventType = required("type", type, "a text such as \"com.example.order.placed\"");
        URI sourceUri = uri("source", eventSource);
        if (subject != null && subject.isEmpty()) {
            throw empty("subject");
        }
        if (dataContentType != null && !MediaType.isValid(dataContentType)) {
            throw malformed(
                    "datacontenttype",
                    dataContentType,
                    "which is not a media type",
                    "write type/subtype as in \"application/json\" (RFC 2046)");
        }
        OffsetDateTime when = time == null ? null : timestamp("time", time);
        URI schema = schema(version);
        Object expiry = extensions.get("expirytime");
        if (expiry != null) {
            timestamp("expirytime", expiry.toString());
        }
        edit.apply(extensions);
        Map<String, Object> kept = Extensions.compact(extensions);
        CloudEventData data = bytes == null ? null : BytesCloudEventData.wrap(bytes);
        return version == SpecVersion.V03
                ? new CloudEventV03(eventId, sourceUri, eventType, when, schema, dataContentType, subject, data, kept)
                : new CloudEventV1(eventId, sourceUri, eventType, dataContentType, schema, subject, when, data, kept);
    }

    private @Nullable URI schema(SpecVersion version) throws MalformedEventException {
        String name = version == SpecVersion.V03 ? "schemaurl" : "dataschema";
        Object text = extensions.remove(name);
        if (text == null) {
            return null;
        }
        URI uri = uri(name, (String) text);
        if (version == SpecVersion.V1 && !uri.isAbsolute()) {
            throw malformed(
                    name,
                    uri.toString(),
                    "which is not an absolute URI",
                    "write it with its scheme, as in \"https://…\"");
        }
        return uri;
    }

    private String required(String name, @Nullable String value, String example) throws MalformedEventException {
        if (value == null) {
            throw missing(name, example);
        }
        if (value.isEmpty()) {
            throw empty(name);
        }
        return value;
    }

    private URI uri(String name, String text) throws MalformedEventException {
        if (text.isEmpty()) {
            throw empty(name);
        }
        URI uri = Uris.reference(text);
        if (uri == null) {
            throw malformed(
                    name,
                    text,
                    "which is not a URI reference",
                    "ce-".equals(headerPrefix)
                            ? "write it as RFC 3986 says; in a header each percent sign of it becomes %25"
                                    + " (CloudEvents HTTP binding 3.1.3.2)"
                            : "write it as RFC 3986 says; a space, for one, becomes %20");
        }
        return uri;
    }

    private OffsetDateTime timestamp(String name, String text) throws MalformedEventException {
        OffsetDateTime timestamp = Timestamps.parse(text);
        if (timestamp == null) {
            throw malformed(
                    name, text, "which is not an RFC 3339 timestamp", "write it as in \"2026-01-31T12:00:00Z\"");
        }
        return timestamp;
    }

    /** Whether the text holds only what the CloudEvents type String allows. */
    public static boolean isText(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= ' ' && c < 0x7F) {
                continue;
            }
            if (c <= 0x9F || (c >= 0xFDD0 && c <= 0xFDEF)) {
                return false;
            }
            int codePoint = c;
            if (Character.isSurrogate(c)) {
                codePoint = text.codePointAt(i);
                if (codePoint == c) {
                    return false;
                }
                i++;
            }
            if ((codePoint & 0xFFFE) == 0xFFFE) {
                return false;
            }
        }
        return true;
    }

    private MalformedEventException missing(String name, String example) {
        return new MalformedEventException(
                "attribute \"" + name + "\" is missing", "add " + place(name) + " with " + example);
    }

    private MalformedEventException empty(String name) {
        return new MalformedEventException(
                "attribute \"" + name + "\" has the value \"\", and must not be empty",
                "give " + place(name) + " a value" + (isRequired(name) ? "" : ", or leave it out"));
    }

    private MalformedEventException twice(String name) {
        return new MalformedEventException(
                "attribute \"" + name + "\" is there more than once",
                "send "
                        + (headerPrefix != null && name.equals("datacontenttype")
                                ? "header \"content-type\""
                                : place(name))
                        + " once");
    }

    private static boolean isRequired(String name) {
        return switch (name) {
            case "specversion", "id", "source", "type" -> true;
            default -> false;
        };
    }

    private String place(String name) {
        return headerPrefix != null ? "a header \"" + headerPrefix + name + "\"" : "a member \"" + name + "\"";
    }

    static MalformedEventException malformed(String name, String value, String rule, String remedy) {
        return new MalformedEventException(
                "attribute \"" + name + "\" has the value " + quoted(value) + ", " + rule, remedy);
    }

    /** The text for an error message: shortened, and with nothing in it that could spoil a log line. */
    static String quoted(String text) {
        StringBuilder out = new StringBuilder().append('"');
        for (int i = 0; i < text.length(); i++) {
            if (i == LONGEST_QUOTE) {
                out.append('…');
                break;
            }
            char c = text.charAt(i);
            if (c < ' ' || (c >= 0x7F && c <= 0x9F) || Character.isSurrogate(c)) {
                out.append("\\u").append(Character.forDigit(c >> 12, 16));
                out.append(Character.forDigit(c >> 8 & 0xF, 16));
                out.append(Character.forDigit(c >> 4 & 0xF, 16));
                out.append(Character.forDigit(c & 0xF, 16));
            } else {
                out.append(c);
            }
        }
        return out.append('"').toString();
    }
}
