/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.display;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.sluice.server.http.Indented;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The data of an event for people: JSON indented, text as it is, anything else as the first bytes in hexadecimal. */
final class ReadableData {

    /** Enough to recognise an event by, and not so much that it scrolls the one before away. */
    private static final int MAX_CHARS = 16 * 1024;

    private static final int MAX_HEX_BYTES = 64;
    private static final int BYTES_PER_LINE = 16;

    private static final JsonFactory JSON = new JsonFactory();

    private ReadableData() {}

    static void append(@Nullable String contentType, byte[] data, StringBuilder text) {
        text.append("  data (").append(data.length).append(data.length == 1 ? " byte)\n" : " bytes)\n");
        if (data.length == 0) {
            return;
        }
        Optional<String> readable = utf8(data);
        if (readable.isEmpty()) {
            hex(data, text);
        } else if (isJson(contentType)) {
            lines(indented(data).orElse(readable.get()), text);
        } else {
            lines(readable.get(), text);
        }
    }

    private static boolean isJson(@Nullable String contentType) {
        if (contentType == null) {
            return true;
        }
        String type = contentType.toLowerCase(Locale.ROOT);
        int semicolon = type.indexOf(';');
        String bare = (semicolon < 0 ? type : type.substring(0, semicolon)).strip();
        return bare.endsWith("/json") || bare.endsWith("+json");
    }

    private static Optional<String> utf8(byte[] data) {
        try {
            String decoded = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(data))
                    .toString();
            return decoded.indexOf('\0') < 0 ? Optional.of(decoded) : Optional.empty();
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }

    /** Token by token, so that numbers stay as they were written: 1.10 is not 1.1. */
    private static Optional<String> indented(byte[] data) {
        var text = new StringWriter();
        try (JsonParser parser = JSON.createParser(data);
                JsonGenerator generator = JSON.createGenerator(text)) {
            generator.setPrettyPrinter(Indented.by("  "));
            while (parser.nextToken() != null) {
                JsonToken token = parser.currentToken();
                if (token == JsonToken.VALUE_NUMBER_INT || token == JsonToken.VALUE_NUMBER_FLOAT) {
                    generator.writeNumber(parser.getText());
                } else {
                    generator.copyCurrentEvent(parser);
                }
            }
        } catch (IOException e) {
            // It says that it is JSON, and is not: shown as it came.
            return Optional.empty();
        }
        return Optional.of(text.toString());
    }

    private static void lines(String value, StringBuilder text) {
        String shown = value.length() > MAX_CHARS ? value.substring(0, MAX_CHARS) : value;
        for (String line : shown.split("\\r?\\n", -1)) {
            text.append("    ");
            appendLine(line, text);
        }
        if (shown.length() < value.length()) {
            text.append("    … ").append(value.length() - shown.length()).append(" more characters\n");
        }
    }

    /** Nothing that an event holds may steer the terminal. */
    static void appendLine(String value, StringBuilder text) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            text.append(Character.isISOControl(c) && c != '\t' ? '�' : c);
        }
        text.append('\n');
    }

    private static void hex(byte[] data, StringBuilder text) {
        int shown = Math.min(data.length, MAX_HEX_BYTES);
        for (int start = 0; start < shown; start += BYTES_PER_LINE) {
            text.append("    ");
            for (int i = start; i < Math.min(start + BYTES_PER_LINE, shown); i++) {
                text.append(Character.forDigit((data[i] >> 4) & 0xf, 16))
                        .append(Character.forDigit(data[i] & 0xf, 16))
                        .append(' ');
            }
            text.setCharAt(text.length() - 1, '\n');
        }
        if (shown < data.length) {
            text.append("    … ").append(data.length - shown).append(" more bytes\n");
        }
    }
}
