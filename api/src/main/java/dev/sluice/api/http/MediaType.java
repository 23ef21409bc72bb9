/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.http;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Questions about media types (RFC 2046), asked of the text without taking it apart. Case does not matter. */
public final class MediaType {

    /**
     * Those that the JVM has, by all of their names in lower case; looked for when the first event names one. Asking the JVM
     * for a name that it does not know makes it search the class path for somebody who does, each time, and any sender may
     * make up names.
     */
    private static final class OtherCharsets {

        static final Map<String, Charset> BY_NAME = new HashMap<>();

        static {
            for (Charset charset : Charset.availableCharsets().values()) {
                BY_NAME.put(charset.name().toLowerCase(Locale.ROOT), charset);
                for (String alias : charset.aliases()) {
                    BY_NAME.putIfAbsent(alias.toLowerCase(Locale.ROOT), charset);
                }
            }
        }
    }

    private MediaType() {}

    /** Whether the text is {@code type/subtype}, with or without parameters, in printable ASCII. */
    public static boolean isValid(String mediaType) {
        int end = endOfName(mediaType);
        int slash = mediaType.indexOf('/');
        if (slash < 1 || slash + 1 >= end) {
            return false;
        }
        for (int i = 0; i < end; i++) {
            if (i != slash && !isToken(mediaType.charAt(i))) {
                return false;
            }
        }
        for (int i = end; i < mediaType.length(); i++) {
            char c = mediaType.charAt(i);
            if (c != '\t' && (c < ' ' || c > '~')) {
                return false;
            }
        }
        return true;
    }

    /** Whether the media type without its parameters is {@code name}. */
    static boolean is(String mediaType, String name) {
        return endOfName(mediaType) == name.length() && startsWith(mediaType, name);
    }

    static boolean startsWith(String mediaType, String lowerCasePrefix) {
        return mediaType.regionMatches(true, 0, lowerCasePrefix, 0, lowerCasePrefix.length());
    }

    /** Whether it declares JSON: its subtype is {@code json} or ends in {@code +json} (JSON event format 3.1.1). */
    static boolean isJson(String mediaType) {
        int end = endOfName(mediaType);
        return endsWith(mediaType, end, "/json") || endsWith(mediaType, end, "+json");
    }

    /** Whether data of this type is something that people read as text, and its bytes are UTF-8 if they are valid. */
    static boolean isUtf8Text(String mediaType) {
        int end = endOfName(mediaType);
        return (startsWith(mediaType, "text/") || endsWith(mediaType, end, "/xml") || endsWith(mediaType, end, "+xml"))
                && StandardCharsets.UTF_8.equals(charset(mediaType));
    }

    /** The charset that its parameter names, UTF-8 if there is no such parameter, null if the JVM knows none of that name. */
    static @Nullable Charset charset(String mediaType) {
        int at = mediaType.indexOf(';');
        while (at >= 0) {
            int next = mediaType.indexOf(';', at + 1);
            String parameter = mediaType
                    .substring(at + 1, next < 0 ? mediaType.length() : next)
                    .strip();
            if (parameter.regionMatches(true, 0, "charset=", 0, "charset=".length())) {
                String name = parameter.substring("charset=".length()).strip();
                if (name.length() >= 2 && name.startsWith("\"") && name.endsWith("\"")) {
                    name = name.substring(1, name.length() - 1);
                }
                return name.equalsIgnoreCase("utf-8") || name.equalsIgnoreCase("us-ascii")
                        ? StandardCharsets.UTF_8
                        : OtherCharsets.BY_NAME.get(name.toLowerCase(Locale.ROOT));
            }
            at = next;
        }
        return StandardCharsets.UTF_8;
    }

    private static int endOfName(String mediaType) {
        int end = mediaType.indexOf(';');
        if (end < 0) {
            end = mediaType.length();
        }
        while (end > 0 && (mediaType.charAt(end - 1) == ' ' || mediaType.charAt(end - 1) == '\t')) {
            end--;
        }
        return end;
    }

    private static boolean endsWith(String mediaType, int end, String lowerCaseSuffix) {
        int from = end - lowerCaseSuffix.length();
        return from > 0 && mediaType.regionMatches(true, from, lowerCaseSuffix, 0, lowerCaseSuffix.length());
    }

    private static boolean isToken(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
    }
}
