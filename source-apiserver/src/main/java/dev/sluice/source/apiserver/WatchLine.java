/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.source.apiserver;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.util.Arrays;

/**
 * A line of an answer to a watch. Of the object only {@code metadata} is read; the rest stays the bytes that it is.
 *
 * @param type as the Kubernetes API has it: {@code ADDED}, {@code MODIFIED}, {@code DELETED}, {@code BOOKMARK}, {@code ERROR}
 * @param object the bytes of the object as they came
 * @param identity of the object; of a bookmark the resource version alone
 * @param code of a {@code Status}, which is the object of an error; 0 for anything else
 */
record WatchLine(String type, byte[] object, Identity identity, int code) {

    static final ObjectMapper JSON = new ObjectMapper();

    /** @throws IOException if it is no such line */
    static WatchLine parse(byte[] line) throws IOException {
        String type = "";
        int start = -1;
        int end = -1;
        JsonNode metadata = MissingNode.getInstance();
        int code = 0;
        try (JsonParser parser = JSON.getFactory().createParser(line)) {
            expect(parser.nextToken() == JsonToken.START_OBJECT, line);
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String field = parser.currentName();
                JsonToken value = parser.nextToken();
                if (field.equals("type")) {
                    type = parser.getText();
                } else if (field.equals("object") && value == JsonToken.START_OBJECT) {
                    start = (int) parser.currentTokenLocation().getByteOffset();
                    while (parser.nextToken() == JsonToken.FIELD_NAME) {
                        String inner = parser.currentName();
                        JsonToken content = parser.nextToken();
                        if (inner.equals("metadata") && content == JsonToken.START_OBJECT) {
                            metadata = parser.readValueAsTree();
                        } else if (inner.equals("code") && content == JsonToken.VALUE_NUMBER_INT) {
                            code = parser.getIntValue();
                        } else {
                            parser.skipChildren();
                        }
                    }
                    end = (int) parser.currentLocation().getByteOffset();
                } else {
                    parser.skipChildren();
                }
            }
        }
        expect(!type.isEmpty() && start >= 0, line);
        return new WatchLine(
                type, Arrays.copyOfRange(line, start, end), Identity.of(metadata), type.equals("ERROR") ? code : 0);
    }

    private static void expect(boolean fine, byte[] line) throws IOException {
        if (!fine) {
            throw new IOException("no event of a watch: " + new String(line, 0, Math.min(line.length, 100), UTF_8));
        }
    }
}
