/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.reconcile;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** What stands in {@code data} of a Secret. */
final class SecretText {

    private SecretText() {}

    /**
     * Null if it is not Base64 of UTF-8 text. White space is looked over, as {@code base64} breaks its lines; any other mistake would
     * otherwise become a secret that nobody has, and every request would be refused without a word about why.
     */
    static @Nullable String decode(String base64) {
        StringBuilder dense = new StringBuilder(base64.length());
        for (int i = 0; i < base64.length(); i++) {
            char c = base64.charAt(i);
            if (!Character.isWhitespace(c)) {
                dense.append(c);
            }
        }
        try {
            // A new decoder reports what it can't read; that of String puts question marks there.
            return UTF_8.newDecoder()
                    .decode(ByteBuffer.wrap(Base64.getDecoder().decode(dense.toString())))
                    .toString();
        } catch (IllegalArgumentException | CharacterCodingException e) {
            return null;
        }
    }
}
