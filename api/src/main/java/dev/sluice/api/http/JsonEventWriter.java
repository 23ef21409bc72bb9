/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.http;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import dev.sluice.api.event.CanonicalText;
import dev.sluice.api.event.Timestamps;
import io.cloudevents.CloudEvent;
import io.cloudevents.CloudEventData;
import io.cloudevents.SpecVersion;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Writes the JSON event format. JSON data is put in as the bytes that it is, and not written anew. */
final class JsonEventWriter {

    private static final int ROOM_FOR_ATTRIBUTES = 512;

    private JsonEventWriter() {}

    static Buffer write(CloudEvent event, Set<String> omittedExtensions) {
        CloudEventData data = event.getData();
        byte[] bytes = data == null ? null : data.toBytes();
        Buffer out = Buffer.buffer(ROOM_FOR_ATTRIBUTES + (bytes == null ? 0 : bytes.length));
        try (OutputStream stream = new BufferStream(out);
                JsonGenerator json = JsonEvents.JACKSON.createGenerator(stream)) {
            json.writeStartObject();
            boolean old = event.getSpecVersion() == SpecVersion.V03;
            json.writeStringField("specversion", old ? "0.3" : "1.0");
            json.writeStringField("id", event.getId());
            json.writeStringField("source", event.getSource().toString());
            json.writeStringField("type", event.getType());
            writeIfSet(json, "subject", event.getSubject());
            if (event.getTime() != null) {
                json.writeStringField("time", Timestamps.format(event.getTime()));
            }
            writeIfSet(json, "datacontenttype", event.getDataContentType());
            if (event.getDataSchema() != null) {
                json.writeStringField(
                        old ? "schemaurl" : "dataschema", event.getDataSchema().toString());
            }
            for (String name : event.getExtensionNames()) {
                Object value = event.getExtension(name);
                if (value != null && !omittedExtensions.contains(name)) {
                    json.writeFieldName(name);
                    writeValue(json, value);
                }
            }
            if (bytes != null) {
                writeData(json, stream, bytes, event.getDataContentType(), old);
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory", e);
        }
        return out;
    }

    private static void writeIfSet(JsonGenerator json, String name, @Nullable String value) throws IOException {
        if (value != null) {
            json.writeStringField(name, value);
        }
    }

    private static void writeValue(JsonGenerator json, Object value) throws IOException {
        if (value instanceof Boolean flag) {
            json.writeBoolean(flag);
        } else if (value instanceof Integer number) {
            json.writeNumber(number);
        } else {
            json.writeString(CanonicalText.of(value));
        }
    }

    /**
     * Bytes that are declared as JSON, and are, become the JSON value; text becomes a string; everything else, and data
     * that declares nothing, is Base64 (JSON event format 3.1.1; 0.3: 3.1). Each of the three reads back as the same bytes,
     * but for blanks before and behind a JSON value, which mean nothing there and which its reader does not see.
     */
    private static void writeData(
            JsonGenerator json, OutputStream stream, byte[] bytes, @Nullable String mediaType, boolean old)
            throws IOException {
        boolean readable = mediaType != null && Utf8.isValid(bytes, 0, bytes.length);
        boolean declaredJson = mediaType != null && MediaType.isJson(mediaType);
        boolean declaredText = mediaType != null && !declaredJson && MediaType.isUtf8Text(mediaType);
        if (readable && declaredJson && isJson(bytes)) {
            json.writeFieldName("data");
            // Writes the colon; the value goes past the generator, which would copy it through a String.
            json.writeRawValue("");
            json.flush();
            stream.write(bytes);
        } else if (readable && declaredText) {
            json.writeStringField("data", new String(bytes, StandardCharsets.UTF_8));
        } else {
            if (old) {
                json.writeStringField("datacontentencoding", "base64");
            }
            json.writeStringField(
                    old ? "data" : "data_base64", Base64.getEncoder().encodeToString(bytes));
        }
    }

    /** Whether valid UTF-8 is one JSON value that may stand inside another: nothing before it, nothing behind it. */
    private static boolean isJson(byte[] bytes) throws IOException {
        for (int i = 0; i < Math.min(4, bytes.length); i++) {
            if (bytes[i] == 0 || bytes[i] == (byte) 0xEF) {
                // Jackson would take these for UTF-16 or skip them as a byte order mark.
                return false;
            }
        }
        try (JsonParser parser = JsonEvents.JACKSON.createParser(bytes)) {
            if (parser.nextToken() == null) {
                return false;
            }
            parser.skipChildren();
            return parser.nextToken() == null;
        } catch (JsonProcessingException e) {
            return false;
        }
    }

    /** Appends to a Vert.x buffer. */
    private static final class BufferStream extends OutputStream {

        private final Buffer out;

        BufferStream(Buffer out) {
            this.out = out;
        }

        @Override
        public void write(int b) {
            out.appendByte((byte) b);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            out.appendBytes(bytes, offset, length);
        }
    }
}
