/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.http;

import dev.sluice.api.event.ExtensionEdit;
import io.cloudevents.CloudEvent;
import io.vertx.core.MultiMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Headers of a request that go on with its event to whoever gets it, though they are no part of it: what traces, and what
 * Knative passes on ({@code knative-…}, {@code x-b3-…}, {@code x-request-id}). Channels keep events, so they travel in
 * an extension of this broker's own, which no subscriber sees and nobody can send.
 *
 * <pre>
 *   sluiceheaders = NAME=VALUE[&amp;NAME=VALUE]…     names in lower case and in their order; in values, what is no letter, digit
 *                                               or one of -._~,:;/ and space is percent-encoded
 * </pre>
 */
public final class PassedHeaders {

    /** The extension that they travel in. */
    public static final String EXTENSION = "sluiceheaders";

    /** Characters of it: as much as producers send that trace, many times over. Headers that do not fit are not passed on. */
    private static final int MOST = 8 * 1024;

    private static final Set<String> TRACING = Set.of("traceparent", "tracestate", "baggage", "x-request-id");
    private static final String B3 = "x-b3-";
    private static final String KNATIVE = "knative-";
    private static final String PLAIN = "-._~,:;/ ";

    private PassedHeaders() {}

    /** Puts on an event that enters what its request brought, and else nothing, whatever it says itself; then {@code more}. */
    public static ExtensionEdit onArrival(MultiMap headers, ExtensionEdit more) {
        String brought = of(headers, Map.of());
        return extensions -> {
            put(brought, extensions);
            more.apply(extensions);
        };
    }

    /**
     * Puts on a reply what its response brought, and as far as that does not trace, what traced the event that it answers;
     * then {@code more}.
     */
    public static ExtensionEdit onReply(MultiMap headers, CloudEvent original, ExtensionEdit more) {
        Map<String, String> traced = new TreeMap<>(decode(original.getExtension(EXTENSION)));
        traced.keySet().removeIf(name -> name.startsWith(KNATIVE));
        String brought = of(headers, traced);
        return extensions -> {
            put(brought, extensions);
            more.apply(extensions);
        };
    }

    private static void put(@Nullable String brought, Map<String, Object> extensions) {
        if (brought == null) {
            extensions.remove(EXTENSION);
        } else {
            extensions.put(EXTENSION, brought);
        }
    }

    /** Sets the headers of a request that an event goes out with; those that are set already stay. */
    public static void restore(CloudEvent event, MultiMap headers) {
        Object passed = event.getExtension(EXTENSION);
        if (passed != null) {
            decode(passed).forEach((name, value) -> {
                if (!headers.contains(name)) {
                    headers.set(name, value);
                }
            });
        }
    }

    private static @Nullable String of(MultiMap headers, Map<String, String> unlessThere) {
        Map<String, String> found = null;
        for (Map.Entry<String, String> header : headers) {
            String name = header.getKey();
            // Nearly all of an event's headers end here.
            if (mayPass(name)) {
                found = found == null ? new TreeMap<>(unlessThere) : found;
                // Of one that is there twice the last counts, as with an attribute.
                found.put(name.toLowerCase(Locale.ROOT), header.getValue());
            }
        }
        Map<String, String> all = found == null ? unlessThere : found;
        return all.isEmpty() ? null : encode(all);
    }

    private static boolean mayPass(String name) {
        if (name.isEmpty()) {
            return false;
        }
        return switch (name.charAt(0)) {
            case 't', 'T', 'b', 'B' -> TRACING.contains(name.toLowerCase(Locale.ROOT));
            case 'x', 'X' -> name.regionMatches(true, 0, B3, 0, B3.length()) || name.equalsIgnoreCase("x-request-id");
            case 'k', 'K' -> name.regionMatches(true, 0, KNATIVE, 0, KNATIVE.length());
            default -> false;
        };
    }

    private static @Nullable String encode(Map<String, String> all) {
        StringBuilder out = new StringBuilder();
        for (Map.Entry<String, String> header : all.entrySet()) {
            int before = out.length();
            if (before > 0) {
                out.append('&');
            }
            out.append(header.getKey()).append('=');
            for (int i = 0; i < header.getValue().length(); i++) {
                char c = header.getValue().charAt(i);
                if (isPlain(c)) {
                    out.append(c);
                } else {
                    // Header values are bytes, which Netty reads as ISO-8859-1.
                    out.append('%')
                            .append(Character.toUpperCase(Character.forDigit((c >> 4) & 0xF, 16)))
                            .append(Character.toUpperCase(Character.forDigit(c & 0xF, 16)));
                }
            }
            if (out.length() > MOST) {
                out.setLength(before);
            }
        }
        return out.isEmpty() ? null : out.toString();
    }

    private static boolean isPlain(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || PLAIN.indexOf(c) >= 0;
    }

    /** What is no such text is none: it was kept by somebody else, and must not bring an event down. */
    private static Map<String, String> decode(@Nullable Object passed) {
        if (!(passed instanceof String text)) {
            return Map.of();
        }
        Map<String, String> headers = new TreeMap<>();
        int at = 0;
        while (at < text.length()) {
            int end = text.indexOf('&', at);
            end = end < 0 ? text.length() : end;
            int equals = text.indexOf('=', at);
            if (equals > at && equals < end) {
                String name = text.substring(at, equals);
                String value = decodeValue(text, equals + 1, end);
                if (mayPass(name) && isToken(name) && value != null) {
                    headers.put(name, value);
                }
            }
            at = end + 1;
        }
        return headers;
    }

    private static boolean isToken(String name) {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-' && c != '_' && c != '.') {
                return false;
            }
        }
        return true;
    }

    private static @Nullable String decodeValue(String text, int from, int end) {
        StringBuilder value = new StringBuilder(end - from);
        for (int i = from; i < end; i++) {
            char c = text.charAt(i);
            if (c == '%') {
                int high = i + 2 < end ? Character.digit(text.charAt(i + 1), 16) : -1;
                int low = i + 2 < end ? Character.digit(text.charAt(i + 2), 16) : -1;
                if (high < 0 || low < 0) {
                    return null;
                }
                c = (char) (high << 4 | low);
                i += 2;
            } else if (!isPlain(c)) {
                return null;
            }
            if ((c < ' ' && c != '\t') || c == 0x7F) {
                // What would end the header, or begin another.
                return null;
            }
            value.append(c);
        }
        return value.toString();
    }
}
