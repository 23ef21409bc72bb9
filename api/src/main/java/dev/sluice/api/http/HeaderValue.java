/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.http;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Attribute values in HTTP headers: quoted strings and percent-coding (CloudEvents HTTP binding 3.1.3.2). */
final class HeaderValue {

    private static final byte[] HEX = "0123456789ABCDEF".getBytes(StandardCharsets.US_ASCII);

    private HeaderValue() {}

    /** Encodes space, double quote, percent and everything outside U+0021 to U+007E. */
    static String encode(String value) {
        for (int i = 0; i < value.length(); i++) {
            if (!isPlain(value.charAt(i))) {
                return encodeFrom(value, i);
            }
        }
        return value;
    }

    private static boolean isPlain(char c) {
        return c > ' ' && c < 0x7F && c != '"' && c != '%';
    }

    @SuppressWarnings("deprecation") // The one constructor that copies ASCII bytes without a decoder.
    private static String encodeFrom(String value, int from) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        byte[] out = new byte[from + 3 * (bytes.length - from)];
        int length = 0;
        for (byte b : bytes) {
            if (b > 0 && isPlain((char) b)) {
                out[length++] = b;
            } else {
                out[length++] = '%';
                out[length++] = HEX[(b >> 4) & 0xF];
                out[length++] = HEX[b & 0xF];
            }
        }
        return new String(out, 0, 0, length);
    }

    /**
     * Decodes one header value: a quoted string is unquoted, then percent-coding is undone once. Bytes beyond ASCII that
     * a sender from before percent-coding put there as they are count as UTF-8; a percent sign that no two hexadecimal
     * digits follow stands for itself.
     *
     * @return null if the bytes are not UTF-8
     */
    static @Nullable String decode(String header) {
        int length = header.length();
        for (int i = 0; i < length; i++) {
            char c = header.charAt(i);
            // A space is plain here: HTTP allows it inside a value, and nothing in it needs decoding.
            if (!isPlain(c) && c != ' ') {
                return decodeAll(header);
            }
        }
        return header;
    }

    private static @Nullable String decodeAll(String header) {
        String value = unquote(header);
        byte[] bytes = new byte[value.length()];
        int length = 0;
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c > 0xFF) {
                // HTTP header values are bytes; no message that was read from a connection holds this.
                return null;
            }
            int high;
            int low;
            if (c == '%'
                    && i + 2 < value.length()
                    && (high = hex(value.charAt(i + 1))) >= 0
                    && (low = hex(value.charAt(i + 2))) >= 0) {
                bytes[length++] = (byte) (high << 4 | low);
                i += 2;
            } else {
                bytes[length++] = (byte) c;
            }
        }
        return Utf8.isValid(bytes, 0, length) ? new String(bytes, 0, length, StandardCharsets.UTF_8) : null;
    }

    private static String unquote(String header) {
        int last = header.length() - 1;
        if (last < 1 || header.charAt(0) != '"' || header.charAt(last) != '"') {
            return header;
        }
        StringBuilder out = new StringBuilder(last);
        for (int i = 1; i < last; i++) {
            char c = header.charAt(i);
            if (c == '"') {
                // Not one quoted string from end to end, so the quotes are part of the value.
                return header;
            }
            if (c == '\\' && ++i == last) {
                return header;
            }
            out.append(header.charAt(i));
        }
        return out.toString();
    }

    private static int hex(char c) {
        if (c >= '0' && c <= '9') {
            return c - '0';
        }
        int lower = c | 0x20;
        return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
    }
}
