/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.http;

import dev.sluice.api.event.CanonicalText;
import dev.sluice.api.event.ExtensionEdit;
import dev.sluice.api.event.Timestamps;
import io.cloudevents.CloudEvent;
import io.cloudevents.CloudEventData;
import io.cloudevents.SpecVersion;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** CloudEvents 1.0 and 0.3 to and from HTTP messages. Pure functions, safe for any thread. */
public final class HttpBinding {

    private static final String EVENT_PREFIX = "application/cloudevents";
    private static final String JSON_EVENT = "application/cloudevents+json";
    private static final String JSON_BATCH = "application/cloudevents-batch+json";
    private static final CharSequence JSON_EVENT_WRITTEN =
            HttpHeaders.createOptimized("application/cloudevents+json; charset=utf-8");
    private static final CharSequence V1 = HttpHeaders.createOptimized("1.0");
    private static final CharSequence V03 = HttpHeaders.createOptimized("0.3");

    private HttpBinding() {}

    /**
     * What the headers of a message claim about it. Never reads a body. A message in an event format other than JSON is
     * {@link ContentMode#BINARY} if its headers carry the event as well, else {@link ContentMode#NONE}.
     */
    public static ContentMode modeOf(MultiMap headers) {
        ContentMode claimed = modeOf(headers.get(HttpHeaders.CONTENT_TYPE));
        if (claimed != ContentMode.NONE) {
            return claimed;
        }
        // One of the four is a claim, so that a sender who forgot another is told which, and not that it sent no event.
        return headers.contains(AttributeNames.SPECVERSION)
                        || headers.contains(AttributeNames.ID)
                        || headers.contains(AttributeNames.TYPE)
                        || headers.contains(AttributeNames.SOURCE)
                ? ContentMode.BINARY
                : ContentMode.NONE;
    }

    /** What the content type says by itself: that the body holds the event, or nothing, {@link ContentMode#NONE}. */
    private static ContentMode modeOf(@Nullable String contentType) {
        if (contentType == null || !MediaType.startsWith(contentType, EVENT_PREFIX)) {
            return ContentMode.NONE;
        }
        if (MediaType.is(contentType, JSON_EVENT)) {
            return ContentMode.STRUCTURED;
        }
        return MediaType.is(contentType, JSON_BATCH) ? ContentMode.BATCHED : ContentMode.NONE;
    }

    /**
     * Reads the events of a request or response. Data bytes are kept as they are, also those of a JSON value inside a
     * structured event; data of a structured event that declares no {@code datacontenttype} is given the implied
     * {@code application/json}. An empty body is no data.
     *
     * @return exactly one event unless the mode is {@link ContentMode#BATCHED}; a batch may be empty
     * @throws MalformedEventException if the mode is {@link ContentMode#NONE} or an event breaks the specification
     */
    public static List<CloudEvent> read(MultiMap headers, Buffer body) throws MalformedEventException {
        return read(headers, body, ExtensionEdit.NONE);
    }

    /**
     * Reads the events of a request or response as {@link #read(MultiMap, Buffer)} does, and changes the extensions of
     * each on the way.
     */
    public static List<CloudEvent> read(MultiMap headers, Buffer body, ExtensionEdit edit)
            throws MalformedEventException {
        return switch (modeOf(headers)) {
            case BINARY -> List.of(readBinary(headers, body, edit));
            case STRUCTURED -> {
                requireUtf8(headers);
                yield List.of(JsonEventReader.readOne(body.getBytes(), edit));
            }
            case BATCHED -> {
                requireUtf8(headers);
                yield JsonEventReader.readBatch(body.getBytes(), edit);
            }
            case NONE -> throw notAnEvent(headers);
        };
    }

    /**
     * What {@link #read} throws for headers that make no claim, {@link ContentMode#NONE}: for who answers before there is a
     * body to be read.
     */
    public static MalformedEventException notAnEvent(MultiMap headers) {
        String contentType = headers.get(HttpHeaders.CONTENT_TYPE);
        String found = contentType == null ? "no content-type" : "content-type " + EventAssembler.quoted(contentType);
        return new MalformedEventException(
                "the message is not a CloudEvent: it has " + found + " and no header \"ce-specversion\"",
                "send ce-specversion, ce-id, ce-source and ce-type as headers, or the event as " + JSON_EVENT
                        + ", or a batch as " + JSON_BATCH);
    }

    private static void requireUtf8(MultiMap headers) throws MalformedEventException {
        String contentType = headers.get(HttpHeaders.CONTENT_TYPE);
        if (contentType != null && !StandardCharsets.UTF_8.equals(MediaType.charset(contentType))) {
            throw new MalformedEventException(
                    "header \"content-type\" has the value " + EventAssembler.quoted(contentType)
                            + ", whose charset is not UTF-8",
                    "send JSON in UTF-8 (RFC 8259 8.1)");
        }
    }

    private static CloudEvent readBinary(MultiMap headers, Buffer body, ExtensionEdit edit)
            throws MalformedEventException {
        EventAssembler event = EventAssembler.ofHeaders();
        for (Map.Entry<String, String> entry : headers) {
            String header = entry.getKey();
            if (AttributeNames.isAttributeHeader(header)) {
                String name = AttributeNames.attributeOf(header);
                if (name == null) {
                    throw new MalformedEventException(
                            "header " + EventAssembler.quoted(header) + " names an attribute that can't be",
                            "behind \"ce-\" use letters and digits only (CloudEvents 3.1, Attribute Naming Convention)");
                }
                if (name.equals("data") || name.equals("datacontenttype")) {
                    throw reserved(name);
                }
                String value = HeaderValue.decode(entry.getValue());
                if (value == null) {
                    throw EventAssembler.malformed(
                            name,
                            entry.getValue(),
                            "which is not UTF-8 once percent-decoded",
                            "percent-encode the bytes of its UTF-8 form (CloudEvents HTTP binding 3.1.3.2)");
                }
                event.put(name, value);
            } else if (header.equalsIgnoreCase("content-type")) {
                event.put("datacontenttype", entry.getValue());
            }
        }
        if (event.specVersion() == SpecVersion.V03) {
            // It says how data is written inside JSON, and MUST be ignored where data is bytes (0.3,
            // datacontentencoding).
            event.take("datacontentencoding");
        }
        return event.build(body.length() == 0 ? null : body.getBytes(), edit);
    }

    private static MalformedEventException reserved(String name) {
        return name.equals("data")
                ? new MalformedEventException(
                        "header \"ce-data\" names an attribute that can't be: data is no attribute",
                        "send the data as the body")
                : new MalformedEventException(
                        "header \"ce-datacontenttype\" must not be there (CloudEvents HTTP binding 3.1.1)",
                        "send the type of the data as header \"content-type\"");
    }

    /**
     * Writes one event: puts its headers, {@code content-type} included, into {@code headers} and answers the body.
     *
     * <p>An event whose data is in the JSON event format or a batch of it is written in structured mode whatever the mode:
     * in binary mode the type of its data would say that the body is the event, so the receiver would take what is inside
     * for the event that was sent (CloudEvents HTTP binding 3).
     *
     * @param mode {@link ContentMode#BINARY} or {@link ContentMode#STRUCTURED}
     */
    public static Buffer write(CloudEvent event, ContentMode mode, MultiMap headers) {
        return write(event, mode, headers, Set.of());
    }

    /**
     * Writes one event as {@link #write(CloudEvent, ContentMode, MultiMap)} does, without some of its extensions.
     *
     * @param omittedExtensions names of extensions that the receiver must not see
     */
    public static Buffer write(CloudEvent event, ContentMode mode, MultiMap headers, Set<String> omittedExtensions) {
        return switch (mode) {
            case BINARY ->
                modeOf(event.getDataContentType()) == ContentMode.NONE
                        ? writeBinary(event, headers, omittedExtensions)
                        : writeStructured(event, headers, omittedExtensions);
            case STRUCTURED -> writeStructured(event, headers, omittedExtensions);
            case BATCHED, NONE -> throw new IllegalArgumentException("an event can't be written in mode " + mode);
        };
    }

    private static Buffer writeStructured(CloudEvent event, MultiMap headers, Set<String> omittedExtensions) {
        headers.set(HttpHeaders.CONTENT_TYPE, JSON_EVENT_WRITTEN);
        return JsonEventWriter.write(event, omittedExtensions);
    }

    private static Buffer writeBinary(CloudEvent event, MultiMap headers, Set<String> omittedExtensions) {
        boolean old = event.getSpecVersion() == SpecVersion.V03;
        headers.set(AttributeNames.SPECVERSION, old ? V03 : V1);
        headers.set(AttributeNames.ID, HeaderValue.encode(event.getId()));
        headers.set(AttributeNames.SOURCE, HeaderValue.encode(event.getSource().toString()));
        headers.set(AttributeNames.TYPE, HeaderValue.encode(event.getType()));
        if (event.getSubject() != null) {
            headers.set(AttributeNames.SUBJECT, HeaderValue.encode(event.getSubject()));
        }
        if (event.getTime() != null) {
            headers.set(AttributeNames.TIME, Timestamps.format(event.getTime()));
        }
        if (event.getDataSchema() != null) {
            headers.set(
                    old ? AttributeNames.SCHEMAURL : AttributeNames.DATASCHEMA,
                    HeaderValue.encode(event.getDataSchema().toString()));
        }
        if (event.getDataContentType() != null) {
            headers.set(HttpHeaders.CONTENT_TYPE, event.getDataContentType());
        }
        for (String name : event.getExtensionNames()) {
            Object value = event.getExtension(name);
            if (value != null && !omittedExtensions.contains(name)) {
                headers.set(AttributeNames.headerOf(name), HeaderValue.encode(CanonicalText.of(value)));
            }
        }
        CloudEventData data = event.getData();
        return data == null ? Buffer.buffer() : Buffer.buffer(data.toBytes());
    }
}
