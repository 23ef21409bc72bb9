/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.github;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The part of a payload in which attributes of events stand: values at most three fields deep. The rest, which may be
 * megabytes, is looked at for being JSON and not kept.
 */
final class Payload {

    private static final JsonFactory JSON = new JsonFactory();
    private static final int DEEPEST = 3;
    private static final String PAGES = "pages";

    /** Of a wiki, by one push. */
    private static final int MOST_PAGES = 100;

    private final Map<String, Object> fields;
    private final List<Map<String, Object>> pages;

    private Payload(Map<String, Object> fields, List<Map<String, Object>> pages) {
        this.fields = fields;
        this.pages = pages;
    }

    /** @throws IOException if it is no JSON object; the message says where, and nothing of what stands there */
    static Payload read(byte[] json) throws IOException {
        List<Map<String, Object>> pages = new ArrayList<>();
        try (JsonParser parser = JSON.createParser(json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new IOException("it is not a JSON object");
            }
            Map<String, Object> fields = object(parser, 1, pages);
            if (parser.nextToken() != null) {
                throw new IOException("there is more behind the JSON object");
            }
            return new Payload(fields, pages);
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            String where = e.getLocation() == null
                    ? ""
                    : " at line " + e.getLocation().getLineNr() + ", column "
                            + e.getLocation().getColumnNr();
            throw new IOException("it is not JSON" + where, e);
        }
    }

    private static Map<String, Object> object(JsonParser parser, int depth, List<Map<String, Object>> pages)
            throws IOException {
        Map<String, Object> fields = new HashMap<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            JsonToken value = parser.nextToken();
            if (value == JsonToken.START_OBJECT && depth < DEEPEST) {
                fields.put(name, object(parser, depth + 1, pages));
            } else if (value == JsonToken.START_ARRAY && depth == 1 && name.equals(PAGES)) {
                pages(parser, pages);
            } else if (value == JsonToken.VALUE_STRING) {
                fields.put(name, parser.getText());
            } else if (value == JsonToken.VALUE_NUMBER_INT) {
                fields.put(name, parser.getNumberValue());
            } else if (value == JsonToken.VALUE_TRUE || value == JsonToken.VALUE_FALSE) {
                fields.put(name, value == JsonToken.VALUE_TRUE);
            } else {
                parser.skipChildren();
            }
        }
        return fields;
    }

    private static void pages(JsonParser parser, List<Map<String, Object>> pages) throws IOException {
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            if (token == JsonToken.START_OBJECT && pages.size() < MOST_PAGES) {
                pages.add(object(parser, DEEPEST, pages));
            } else {
                parser.skipChildren();
            }
        }
    }

    /** A String, a Boolean, or a whole number; null if there is none of these. */
    @Nullable
    Object at(List<String> path) {
        Object at = fields;
        for (String step : path) {
            if (!(at instanceof Map<?, ?> object)) {
                return null;
            }
            at = object.get(step);
        }
        return at instanceof Map ? null : at;
    }

    List<Map<String, Object>> pages() {
        return pages;
    }
}
