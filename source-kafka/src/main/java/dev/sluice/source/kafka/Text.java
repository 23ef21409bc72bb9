/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.source.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.api.http.EventAssembler;
import java.util.Arrays;

/** Bytes that are text mostly. */
final class Text {

    private static final char REPLACEMENT = '\uFFFD';

    private Text() {}

    /**
     * The text, if the bytes are UTF-8 of what an attribute may hold; else the bytes themselves, which are Base64 on the wire,
     * so that nothing is lost and no receiver takes offence.
     */
    static Object orBytes(byte[] bytes) {
        String text = new String(bytes, UTF_8);
        boolean faithful = text.indexOf(REPLACEMENT) < 0 || Arrays.equals(text.getBytes(UTF_8), bytes);
        return faithful && EventAssembler.isText(text) ? text : bytes;
    }
}
