/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.document;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Takes a file apart into documents. A document with broken syntax costs none of the others of its file. Everything is
 * bounded: size, nesting, and what aliases may expand to.
 */
public final class DocumentReader {

    /** Files above this are refused, in bytes: a thousand Triggers are well under one. */
    public static final long LARGEST = 8L << 20;

    /** Of one document: what it is read into takes some hundred bytes for each, however short they are. */
    static final int MOST_VALUES = 100_000;

    static final String TOO_MANY_VALUES = "has more than " + MOST_VALUES + " values";
    static final String SPLIT = "split it into several documents";

    private DocumentReader() {}

    /**
     * @param json whether the text is JSON rather than YAML
     * @return the documents that hold anything
     */
    public static List<Document> read(byte[] bytes, boolean json) {
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            return List.of(notText());
        }
        if (text.indexOf('\0') >= 0) {
            return List.of(notText());
        }
        if (text.startsWith("\ufeff")) {
            text = text.substring(1);
        }
        return json ? JsonDocuments.read(text) : yaml(text);
    }

    private static Document notText() {
        return new Document.Broken(
                0, 0, "is not UTF-8 text", "write YAML or JSON in UTF-8, or keep other files out of the folder");
    }

    /**
     * YAML allows a line that begins with {@code ---} nowhere but between documents, so the text can be cut there first,
     * and broken syntax before such a line does not reach beyond it.
     */
    private static List<Document> yaml(String text) {
        List<Document> documents = new ArrayList<>();
        int number = 1;
        int start = 0;
        int startLine = 1;
        int line = 1;
        boolean begun = false;
        int at = 0;
        while (at <= text.length()) {
            int end = text.indexOf('\n', at);
            int next = end < 0 ? text.length() + 1 : end + 1;
            boolean last = next > text.length();
            boolean marker = isMarker(text, at);
            if (marker || last) {
                String chunk = text.substring(start, marker ? at : text.length());
                boolean holdsSomething = holdsSomething(chunk);
                if (holdsSomething) {
                    documents.add(YamlDocument.read(number, startLine, chunk));
                }
                if (marker) {
                    // What stands before the first marker counts as a document only if there is something in it.
                    if (begun || holdsSomething) {
                        number++;
                    }
                    begun = true;
                    start = at + 3;
                    startLine = line;
                    if (last && holdsSomething(text.substring(start))) {
                        documents.add(YamlDocument.read(number, startLine, text.substring(start)));
                    }
                }
            }
            line++;
            at = next;
        }
        return documents;
    }

    private static boolean isMarker(String text, int at) {
        if (!text.startsWith("---", at)) {
            return false;
        }
        return at + 3 == text.length() || Character.isWhitespace(text.charAt(at + 3));
    }

    /** Whether there is anything but blank lines, comments, directives and the end mark of a document. */
    private static boolean holdsSomething(String chunk) {
        int at = 0;
        while (at < chunk.length()) {
            int end = chunk.indexOf('\n', at);
            String line = chunk.substring(at, end < 0 ? chunk.length() : end).strip();
            if (!line.isEmpty() && line.charAt(0) != '#' && line.charAt(0) != '%' && !line.equals("...")) {
                return true;
            }
            at = end < 0 ? chunk.length() : end + 1;
        }
        return false;
    }
}
