/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.match;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class TextTableTest {

    private final TextTable table = new TextTable();

    @Test
    void texts_are_told_apart_wherever_they_differ() {
        // Given
        List<String> texts = texts();
        List<Bucket> buckets = new ArrayList<>();
        for (String text : texts) {
            buckets.add(new Leaf());
            table.put(text, buckets.get(buckets.size() - 1));
        }

        // Then
        for (int i = 0; i < texts.size(); i++) {
            assertThat(table.get(texts.get(i))).as(texts.get(i)).isSameAs(buckets.get(i));
            assertThat(table.get(texts.get(i) + "+")).isNull();
        }
    }

    @Test
    void what_is_removed_is_not_found_and_the_others_are() {
        // Given
        List<String> texts = texts();
        Bucket bucket = new Leaf();
        for (String text : texts) {
            table.put(text, bucket);
        }

        // When
        for (int i = 0; i < texts.size(); i += 2) {
            table.remove(texts.get(i));
        }

        // Then
        for (int i = 0; i < texts.size(); i++) {
            assertThat(table.get(texts.get(i))).as(texts.get(i)).isSameAs(i % 2 == 0 ? null : bucket);
        }
        for (int i = 1; i < texts.size(); i += 2) {
            table.remove(texts.get(i));
        }
        assertThat(table.isEmpty()).isTrue();
    }

    @Test
    void texts_whose_hash_codes_were_made_to_collide_do_not_collide_here() {
        // Given
        int characters = 12;
        Set<Integer> theirs = new HashSet<>();
        Set<Integer> ours = new HashSet<>();

        // When
        for (int choice = 0; choice < 1 << characters; choice++) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < characters; i++) {
                text.append((choice >> i & 1) == 0 ? "Aa" : "BB");
            }
            theirs.add(text.toString().hashCode());
            ours.add(new PackedText(text.toString()).hash());
        }

        // Then
        assertThat(theirs).hasSize(1);
        assertThat(ours).hasSizeGreaterThan((1 << characters) - 10);
    }

    @Test
    void texts_that_are_packed_alike_do_not_collide_either() {
        // Given characters of two bytes, which run into each other
        Set<Integer> hashes = new HashSet<>();

        // When
        for (int i = 0; i < 0x100; i++) {
            String first = String.valueOf((char) (0x4100 | i)) + (char) (0x4200 | i);
            hashes.add(new PackedText(first).hash());
        }

        // Then
        assertThat(hashes).hasSize(0x100);
    }

    /** Of every length around those that matter, differing in the first, the last or any character, or in one byte of one. */
    private static List<String> texts() {
        Set<String> texts = new HashSet<>();
        texts.add("");
        for (int length = 1; length < 70; length++) {
            texts.add("a".repeat(length));
            texts.add("\u0000".repeat(length));
            texts.add("\u0161".repeat(length));
            for (int at = 0; at < length; at++) {
                for (char other : new char[] {'b', '\u0000', '\u0161', '\u0261', '\u65e5'}) {
                    StringBuilder text = new StringBuilder("a".repeat(length));
                    text.setCharAt(at, other);
                    texts.add(text.toString());
                }
            }
        }
        return List.copyOf(texts);
    }
}
