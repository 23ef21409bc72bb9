/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.match;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * The attributes and texts that one round of filters and events is made of: so few that they meet often, chosen from those
 * that an index could get wrong.
 */
final class Vocabulary {

    /** Names that the specifications give a meaning; all others are extensions. */
    private static final List<String> CONTEXT = List.of(
            "type", "source", "id", "subject", "time", "dataschema", "schemaurl", "datacontenttype", "specversion");

    private static final List<String> TEXTS = List.of(
            "",
            "a",
            "ab",
            "abc",
            "abcd",
            "abd",
            "b",
            "ba",
            "cab",
            "aa",
            "aaa",
            "aaaa",
            "AaAa",
            "BBBB",
            "AaBB",
            "true",
            "TRUE",
            "false",
            "0",
            "1",
            "5",
            "05",
            "+5",
            "-3",
            "-03",
            "2147483648",
            "1.0",
            "0.3",
            "2026-02-28T12:00:00.5Z",
            "2026-02-28T12:00:00Z",
            "a%b",
            "a_b",
            "it's",
            "back\\slash",
            "a\u0000",
            "A\u0001",
            "\u0141",
            "abcdefgh",
            "abcdefghi",
            "abcdefghijklmnopqrstuvwxyz012345",
            "abcdefghijklmnopqrstuvwxyz0123456",
            "abcdefghijklmnopqrstuvwxyz0123457",
            "abcdefghijklmnopqrstuvwxyz01234\u0161",
            "Z\u00fcrich",
            "\u65e5\u672c",
            "\u65e5",
            "\ud83d\ude80",
            "\ud83d",
            " ");

    private final Random random;
    private final List<String> attributes;
    private final List<String> texts;

    private Vocabulary(Random random, List<String> attributes, List<String> texts) {
        this.random = random;
        this.attributes = attributes;
        this.texts = texts;
    }

    static Vocabulary of(Random random) {
        List<String> attributes = new ArrayList<>(CONTEXT);
        // Often a few; at times so many that events are asked for their names.
        int extensions = random.nextInt(4) == 0 ? 30 : 4;
        for (int i = 0; i < extensions; i++) {
            attributes.add("x" + i);
        }
        Collections.shuffle(attributes, random);
        List<String> texts = new ArrayList<>(TEXTS);
        Collections.shuffle(texts, random);
        return new Vocabulary(
                random,
                attributes.subList(0, 1 + random.nextInt(attributes.size())),
                texts.subList(0, 1 + random.nextInt(texts.size())));
    }

    String attribute() {
        return attributes.get(random.nextInt(attributes.size()));
    }

    List<String> attributes() {
        return attributes;
    }

    static boolean isExtension(String attribute) {
        return !CONTEXT.contains(attribute);
    }

    String text() {
        return texts.get(random.nextInt(texts.size()));
    }

    String textNotEmpty() {
        String text = text();
        return text.isEmpty() ? "x" : text;
    }

    @Override
    public String toString() {
        return attributes + " " + texts;
    }
}
