/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.http;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.sluice.api.event.ExtensionEdit;
import io.cloudevents.CloudEvent;
import io.cloudevents.SpecVersion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the JSON event format and the JSON batch format. The value of {@code data} is checked to be JSON and then cut out
 * of the body as the bytes that it is, so numbers, white space and the order of keys arrive as they were sent.
 */
final class JsonEventReader {

    private static final String JSON = "application/json";

    private final byte[] body;
    private final JsonParser parser;
    private final ExtensionEdit edit;

    /** The event in hand. */
    private EventAssembler event = EventAssembler.ofMembers();

    /** Where the value of {@code data} stands in the body; no data if {@code dataEnd} is 0. */
    private int dataStart;

    private int dataEnd;
    private byte @Nullable [] dataBase64;
    private @Nullable Set<String> unset;

    private JsonEventReader(byte[] body, JsonParser parser, ExtensionEdit edit) {
        this.body = body;
        this.parser = parser;
        this.edit = edit;
    }

    static CloudEvent readOne(byte[] body, ExtensionEdit edit) throws MalformedEventException {
        return read(body, edit, JsonEventReader::one);
    }

    static List<CloudEvent> readBatch(byte[] body, ExtensionEdit edit) throws MalformedEventException {
        return read(body, edit, JsonEventReader::batch);
    }

    private interface Form<T> {
        T read(JsonEventReader reader) throws IOException, MalformedEventException;
    }

    private static <T> T read(byte[] sent, ExtensionEdit edit, Form<T> form) throws MalformedEventException {
        byte[] body = withoutByteOrderMark(sent);
        if (!Utf8.isValid(body, 0, body.length) || isWideText(body)) {
            throw new MalformedEventException("the body is not UTF-8", "send JSON in UTF-8 (RFC 8259 8.1)");
        }
        try (JsonParser parser = JsonEvents.JACKSON.createParser(body)) {
            T read = form.read(new JsonEventReader(body, parser, edit));
            if (parser.nextToken() != null) {
                throw new MalformedEventException(
                        "the body goes on after the end of its JSON value, at byte "
                                + parser.currentTokenLocation().getByteOffset(),
                        "send one JSON value and nothing behind it");
            }
            return read;
        } catch (JsonProcessingException e) {
            throw notJson(e);
        } catch (IOException e) {
            throw new UncheckedIOException("reading from memory", e);
        }
    }

    private static byte[] withoutByteOrderMark(byte[] body) {
        boolean marked = body.length >= 3 && body[0] == (byte) 0xEF && body[1] == (byte) 0xBB && body[2] == (byte) 0xBF;
        return marked ? Arrays.copyOfRange(body, 3, body.length) : body;
    }

    /** Jackson would guess UTF-16 and UTF-32 from zero bytes at the start, and then report no byte offsets. */
    private static boolean isWideText(byte[] body) {
        for (int i = 0; i < Math.min(4, body.length); i++) {
            if (body[i] == 0) {
                return true;
            }
        }
        return false;
    }

    private static MalformedEventException notJson(JsonProcessingException e) {
        String reason = e.getOriginalMessage();
        int line = reason.indexOf('\n');
        String where = e.getLocation() == null
                ? ""
                : " at line " + e.getLocation().getLineNr() + ", column "
                        + e.getLocation().getColumnNr();
        return new MalformedEventException(
                "the body is not valid JSON" + where + ": " + (line < 0 ? reason : reason.substring(0, line)),
                "send JSON as in RFC 8259, nested no deeper than " + JsonEvents.DEEPEST + " levels");
    }

    private CloudEvent one() throws IOException, MalformedEventException {
        JsonToken first = parser.nextToken();
        if (first != JsonToken.START_OBJECT) {
            throw new MalformedEventException(
                    "the body is " + describe(first) + ", not a JSON object",
                    first == JsonToken.START_ARRAY
                            ? "send several events with content-type application/cloudevents-batch+json"
                            : "send one event as a JSON object (CloudEvents JSON format 3)");
        }
        return object();
    }

    private List<CloudEvent> batch() throws IOException, MalformedEventException {
        JsonToken first = parser.nextToken();
        if (first != JsonToken.START_ARRAY) {
            throw new MalformedEventException(
                    "the body is " + describe(first) + ", not a JSON array",
                    first == JsonToken.START_OBJECT
                            ? "send a single event with content-type application/cloudevents+json"
                            : "send the events as a JSON array (CloudEvents JSON format 4)");
        }
        List<CloudEvent> events = new ArrayList<>();
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            try {
                if (token != JsonToken.START_OBJECT) {
                    throw new MalformedEventException(
                            "it is " + describe(token) + ", not a JSON object", "send each event as a JSON object");
                }
                CloudEvent read = object();
                if (!events.isEmpty() && events.get(0).getSpecVersion() != read.getSpecVersion()) {
                    throw new MalformedEventException(
                            "attribute \"specversion\" has the value \"" + read.getSpecVersion()
                                    + "\", and the events before it \""
                                    + events.get(0).getSpecVersion() + "\"",
                            "send events of one specversion in a batch (CloudEvents HTTP binding 3.3.2)");
                }
                events.add(read);
            } catch (MalformedEventException e) {
                throw new MalformedEventException(
                        "event " + (events.size() + 1) + " of the batch: " + e.getMessage(), e.remedy());
            }
        }
        return events;
    }

    /** Reads the object whose opening brace was read. */
    private CloudEvent object() throws IOException, MalformedEventException {
        event = EventAssembler.ofMembers();
        dataStart = 0;
        dataEnd = 0;
        dataBase64 = null;
        unset = null;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            member(parser.currentName());
        }
        return event.build(data(), edit);
    }

    private void member(String name) throws IOException, MalformedEventException {
        JsonToken value = parser.nextToken();
        if (name.equals("data")) {
            if (dataEnd != 0) {
                throw twice(name);
            }
            dataStart = (int) parser.currentTokenLocation().getByteOffset();
            parser.skipChildren();
            parser.finishToken();
            dataEnd = (int) parser.currentLocation().getByteOffset();
            return;
        }
        if (name.equals("data_base64")) {
            base64Member(value);
            return;
        }
        if (!AttributeNames.isValid(name)) {
            throw new MalformedEventException(
                    "attribute " + EventAssembler.quoted(name) + " has a name that no attribute can have",
                    "use lower-case letters and digits only (CloudEvents 3.1, Attribute Naming Convention)");
        }
        if (value == JsonToken.VALUE_NULL) {
            if (unset == null) {
                unset = new HashSet<>();
            }
            if (!unset.add(name)) {
                throw twice(name);
            }
            return;
        }
        switch (value) {
            case VALUE_STRING -> event.put(name, parser.getText());
            case VALUE_TRUE -> event.putTyped(name, true);
            case VALUE_FALSE -> event.putTyped(name, false);
            case VALUE_NUMBER_INT -> event.putTyped(name, int32(name));
            case VALUE_NUMBER_FLOAT ->
                throw EventAssembler.malformed(
                        name,
                        parser.getText(),
                        "which is not an integer",
                        "write a number with a fraction as a JSON string");
            default ->
                throw new MalformedEventException(
                        "attribute \"" + name + "\" is " + describe(value) + ", which no attribute can be",
                        "write a string, an integer or a boolean; what has structure belongs into \"data\"");
        }
        if (unset != null && unset.contains(name)) {
            throw twice(name);
        }
    }

    private Integer int32(String name) throws IOException, MalformedEventException {
        // Of a number with a million digits only the length is looked at.
        if (parser.getTextLength() <= "-2147483648".length()) {
            long number = parser.getLongValue();
            if (number >= Integer.MIN_VALUE && number <= Integer.MAX_VALUE) {
                return (int) number;
            }
        }
        throw EventAssembler.malformed(
                name,
                parser.getText(),
                "which does not fit into 32 bits",
                "write it as a JSON string (CloudEvents 3.1, Integer)");
    }

    private void base64Member(JsonToken value) throws IOException, MalformedEventException {
        if (dataBase64 != null) {
            throw twice("data_base64");
        }
        if (value != JsonToken.VALUE_STRING) {
            throw new MalformedEventException(
                    "member \"data_base64\" is " + describe(value) + ", not a JSON string",
                    "write the bytes in Base64, or leave the member out");
        }
        dataBase64 = base64("data_base64", parser.getText());
    }

    private static byte[] base64(String member, String text) throws MalformedEventException {
        try {
            return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw new MalformedEventException(
                    "member \"" + member + "\" has the value " + EventAssembler.quoted(text) + ", which is not Base64",
                    "write it with the alphabet of RFC 4648 section 4, without line breaks");
        }
    }

    /** The data as the bytes that the binary content mode would carry (JSON event format 3.1.2; 0.3: 3.1). */
    private byte @Nullable [] data() throws IOException, MalformedEventException {
        boolean old = event.specVersion() == SpecVersion.V03;
        Object encoding = old ? event.take("datacontentencoding") : null;
        if (dataBase64 != null) {
            if (old) {
                throw new MalformedEventException(
                        "member \"data_base64\" is not part of specversion 0.3",
                        "write the Base64 text as \"data\" with \"datacontentencoding\": \"base64\"");
            }
            if (dataEnd != 0) {
                throw new MalformedEventException(
                        "members \"data\" and \"data_base64\" are both there", "send one of them");
            }
            return dataBase64;
        }
        if (encoding != null && !"base64".equalsIgnoreCase(encoding.toString())) {
            throw EventAssembler.malformed(
                    "datacontentencoding", encoding.toString(), "which is no encoding known here", "use \"base64\"");
        }
        if (dataEnd == 0) {
            return null;
        }
        boolean text = body[dataStart] == '"';
        if (encoding != null) {
            if (!text) {
                throw new MalformedEventException(
                        "member \"data\" is not a JSON string, though \"datacontentencoding\" is \"base64\"",
                        "write the bytes in Base64, or leave \"datacontentencoding\" out");
            }
            return base64("data", unquoted());
        }
        String mediaType = event.dataContentType();
        if (mediaType == null) {
            // What is implicit here has to be said in every other binding (JSON event format 3.1.2), and events leave
            // in
            // other bindings than they came in.
            event.implyDataContentType(JSON);
            return Arrays.copyOfRange(body, dataStart, dataEnd);
        }
        if (MediaType.isJson(mediaType)) {
            return Arrays.copyOfRange(body, dataStart, dataEnd);
        }
        if (text) {
            return encoded(unquoted(), mediaType);
        }
        if (body[dataStart] == 'n') {
            return null;
        }
        throw new MalformedEventException(
                "member \"data\" is not a JSON string, though \"datacontenttype\" is "
                        + EventAssembler.quoted(mediaType),
                "write the content as a JSON string or as \"data_base64\", or declare it as " + JSON);
    }

    private String unquoted() throws IOException {
        try (JsonParser string = JsonEvents.JACKSON.createParser(body, dataStart, dataEnd - dataStart)) {
            string.nextToken();
            return string.getText();
        }
    }

    private static byte[] encoded(String text, String mediaType) throws MalformedEventException {
        Charset charset = MediaType.charset(mediaType);
        if (charset == null || !charset.canEncode()) {
            throw EventAssembler.malformed(
                    "datacontenttype",
                    mediaType,
                    "whose charset is not known here",
                    "use charset=utf-8, or send the bytes as \"data_base64\"");
        }
        try {
            ByteBuffer bytes = charset.newEncoder().encode(CharBuffer.wrap(text));
            byte[] exact = new byte[bytes.remaining()];
            bytes.get(exact);
            return exact;
        } catch (CharacterCodingException e) {
            throw new MalformedEventException(
                    "member \"data\" holds a character that " + charset.name() + " does not have",
                    "use charset=" + StandardCharsets.UTF_8.name() + ", or send the bytes as \"data_base64\"");
        }
    }

    private static MalformedEventException twice(String name) {
        return new MalformedEventException("member \"" + name + "\" is there more than once", "send it once");
    }

    private static String describe(@Nullable JsonToken token) {
        if (token == null) {
            return "empty";
        }
        return switch (token) {
            case START_OBJECT -> "a JSON object";
            case START_ARRAY -> "a JSON array";
            case VALUE_STRING -> "a JSON string";
            case VALUE_NULL -> "null";
            case VALUE_TRUE, VALUE_FALSE -> "a JSON boolean";
            default -> token.isNumeric() ? "a JSON number" : "no JSON value";
        };
    }
}
