/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.webhook;

import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;

/** How bytes of a signature or of a secret are written. */
enum Encoding {
    HEX("hex"),
    BASE64("base64"),
    BASE64URL("base64url");

    private final String field;

    Encoding(String field) {
        this.field = field;
    }

    /** The value in a resource. */
    String field() {
        return field;
    }

    String encode(byte[] bytes) {
        return switch (this) {
            case HEX -> HexFormat.of().formatHex(bytes);
            case BASE64 -> Base64.getEncoder().encodeToString(bytes);
            case BASE64URL -> Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        };
    }

    /** @throws IllegalArgumentException if it is not so written */
    byte[] decode(String text) {
        return switch (this) {
            case HEX -> HexFormat.of().parseHex(text);
            case BASE64 -> Base64.getDecoder().decode(text);
            case BASE64URL -> Base64.getUrlDecoder().decode(text);
        };
    }

    /** The same as this encoding writes it, where there are several ways. */
    String canonical(String text) {
        return switch (this) {
            case HEX -> text.toLowerCase(Locale.ROOT);
            case BASE64 -> text;
            case BASE64URL -> text.endsWith("=") ? text.substring(0, text.indexOf('=')) : text;
        };
    }
}
