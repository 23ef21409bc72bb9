/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.document;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads the JSON documents of a file, one after the other. */
final class JsonDocuments {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final Map<String, Integer> lines = new HashMap<>();

    private int left = DocumentReader.MOST_VALUES;

    private JsonDocuments() {}

    private static final class TooManyValues extends RuntimeException {

        private static final long serialVersionUID = 1L;

        TooManyValues() {
            super(DocumentReader.TOO_MANY_VALUES, null, false, false);
        }
    }

    static List<Document> read(String text) {
        JsonFactory factory = JsonFactory.builder()
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .streamReadConstraints(
                        StreamReadConstraints.builder().maxNestingDepth(64).build())
                .build();
        List<Document> documents = new ArrayList<>();
        try (JsonParser parser = factory.createParser(text)) {
            try {
                while (parser.nextToken() != null) {
                    JsonDocuments document = new JsonDocuments();
                    JsonNode tree = document.value(parser, "");
                    documents.add(new Document.Parsed(documents.size() + 1, tree, document::line));
                }
            } catch (TooManyValues e) {
                int line = parser.currentTokenLocation().getLineNr();
                documents.add(new Document.Broken(
                        documents.size() + 1, line, DocumentReader.TOO_MANY_VALUES, DocumentReader.SPLIT));
            } catch (JsonProcessingException e) {
                documents.add(broken(documents.size() + 1, e));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("reading from memory failed", e);
        }
        return documents;
    }

    /** In words of our own: the parser's quote the text, which could be part of a Secret. */
    private static Document broken(int number, JsonProcessingException e) {
        int line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
        String column = line <= 0 ? "" : ", column " + e.getLocation().getColumnNr();
        if (e instanceof StreamConstraintsException) {
            return new Document.Broken(
                    number, Math.max(0, line), "is nested too deeply or holds too long a value", "write it flatter");
        }
        return e.getOriginalMessage().startsWith("Duplicate field")
                ? new Document.Broken(number, line, "has a key twice" + column, "remove one of the two")
                : new Document.Broken(number, Math.max(0, line), "is not JSON" + column, "mend the syntax");
    }

    private JsonNode value(JsonParser parser, String pointer) throws IOException {
        if (--left < 0) {
            throw new TooManyValues();
        }
        lines.putIfAbsent(pointer, parser.currentTokenLocation().getLineNr());
        switch (parser.currentToken()) {
            case START_OBJECT -> {
                ObjectNode object = NODES.objectNode();
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    String name = parser.currentName();
                    String child = pointer + "/" + name.replace("~", "~0").replace("/", "~1");
                    lines.put(child, parser.currentTokenLocation().getLineNr());
                    parser.nextToken();
                    object.set(name, value(parser, child));
                }
                return object;
            }
            case START_ARRAY -> {
                ArrayNode array = NODES.arrayNode();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    array.add(value(parser, pointer + "/" + array.size()));
                }
                return array;
            }
            case VALUE_NULL -> {
                return NODES.nullNode();
            }
            case VALUE_TRUE, VALUE_FALSE -> {
                return NODES.booleanNode(parser.getBooleanValue());
            }
            case VALUE_NUMBER_INT -> {
                return NODES.numberNode(parser.getBigIntegerValue());
            }
            case VALUE_NUMBER_FLOAT -> {
                return NODES.numberNode(parser.getDoubleValue());
            }
            default -> {
                return NODES.textNode(parser.getText());
            }
        }
    }

    private int line(String pointer) {
        String at = pointer;
        while (true) {
            Integer line = lines.get(at);
            if (line != null || at.isEmpty()) {
                return line == null ? 0 : line;
            }
            at = at.substring(0, at.lastIndexOf('/'));
        }
    }
}
