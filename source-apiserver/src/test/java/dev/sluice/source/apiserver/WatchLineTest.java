/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.source.apiserver;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class WatchLineTest {

    private static final String OBJECT = """
            {"kind":"Pod", "spec":{"metadata":{"name":"inner"},"list":[1,{"a":"}"}]},  "metadata":{"name":"ü","namespace":"shop",\
            "uid":"u","resourceVersion":"7","creationTimestamp":"2026-01-31T12:00:00Z","labels":{"a":"b"},"ownerReferences":[\
            {"apiVersion":"v1","kind":"Node"},{"apiVersion":"apps/v1","kind":"ReplicaSet","controller":true}]}, "code":3}""";

    @Test
    void the_object_is_the_bytes_that_came_and_its_metadata_is_read() throws IOException {
        // When
        WatchLine line = WatchLine.parse(("{\"type\":\"ADDED\", \"object\": " + OBJECT + " }").getBytes(UTF_8));

        // Then
        assertThat(line.type()).isEqualTo("ADDED");
        assertThat(new String(line.object(), UTF_8)).isEqualTo(OBJECT);
        assertThat(line.code()).isZero();
        assertThat(line.identity())
                .isEqualTo(new Identity(
                        "shop", "ü", "u", "7", Instant.parse("2026-01-31T12:00:00Z"), "apps/v1", "ReplicaSet", false));
    }

    @Test
    void an_error_has_its_code() throws IOException {
        // When
        WatchLine line = WatchLine.parse(
                "{\"object\":{\"kind\":\"Status\",\"code\":410,\"message\":\"too old\"},\"type\":\"ERROR\"}"
                        .getBytes(UTF_8));

        // Then
        assertThat(line.code()).isEqualTo(410);
        assertThat(RefusedException.of(line.code(), line.object()).isGone()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "{}", "{\"type\":\"ADDED\"}", "{\"type\":\"ADDED\",\"object\":7}", "{\"type\":"})
    void what_is_no_event_of_a_watch_is_refused(String line) {
        // Then
        assertThatIOException().isThrownBy(() -> WatchLine.parse(line.getBytes(UTF_8)));
    }

    @Test
    void lines_are_the_same_however_they_are_cut() throws IOException {
        // Given
        String large = "x".repeat(10_000);
        byte[] text = ("one\n\n" + large + "\nthree\nrest").getBytes(UTF_8);
        for (int size : new int[] {1, 2, 3, 1000, text.length}) {
            LineSplitter splitter = new LineSplitter();
            List<String> lines = new ArrayList<>();

            // When
            for (int at = 0; at < text.length; at += size) {
                splitter.take(
                        List.of(ByteBuffer.wrap(text, at, Math.min(size, text.length - at))),
                        line -> lines.add(new String(line, UTF_8)));
            }

            // Then
            assertThat(lines).containsExactly("one", large, "three");
        }
    }

    @ParameterizedTest
    @CsvSource({"10,9,true", "9,10,false", "10,10,false", "11,10,true", "a,b,true", "a,a,false", "10,010,true"})
    void versions_are_compared_as_numbers_where_they_are_numbers(String one, String other, boolean newer) {
        // Then
        assertThat(ResourceVersions.isNewer(one, other)).isEqualTo(newer);
    }
}
