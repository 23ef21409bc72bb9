/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.webhook;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.api.source.WebhookOutcome;
import dev.sluice.api.source.WebhookRequest;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A request, whose body is copied once and read as JSON once, and only if somebody wants that. Of one thread. */
final class Incoming {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String FORM = "application/x-www-form-urlencoded";

    private final WebhookRequest request;
    private final byte[] body;
    private @Nullable Object value;
    private boolean valueKnown;

    Incoming(WebhookRequest request) {
        this.request = request;
        body = request.body().getBytes();
    }

    /** The raw bytes; not to be changed. */
    byte[] body() {
        return body;
    }

    Instant arrival() {
        return request.arrival();
    }

    /** As often as it is there; most often once. */
    List<String> headers(String name) {
        return request.headers().getAll(name);
    }

    /** Null if there is none. The first, if there are several: for what nobody relies on. */
    @Nullable
    String header(String name) {
        return request.headers().get(name);
    }

    List<String> parameters(String name) {
        return request.query().getAll(name);
    }

    /** Without the question mark, as it was written; null if there is none. */
    @Nullable
    String rawQuery() {
        int mark = request.target().indexOf('?');
        return mark < 0 ? null : request.target().substring(mark + 1);
    }

    boolean isForm() {
        String type = header("content-type");
        if (type == null) {
            return false;
        }
        int end = type.indexOf(';');
        return (end < 0 ? type : type.substring(0, end))
                .strip()
                .toLowerCase(Locale.ROOT)
                .equals(FORM);
    }

    /** The fields of a form, each with its values in the order in which they are written. */
    Map<String, List<String>> form() throws UnmappableException {
        Map<String, List<String>> fields = new LinkedHashMap<>();
        String text = new String(body, StandardCharsets.UTF_8);
        int start = 0;
        while (start < text.length()) {
            int end = text.indexOf('&', start);
            String field = text.substring(start, end < 0 ? text.length() : end);
            start = end < 0 ? text.length() : end + 1;
            if (!field.isEmpty()) {
                int equals = field.indexOf('=');
                String name = decoded(equals < 0 ? field : field.substring(0, equals));
                fields.computeIfAbsent(name, key -> new ArrayList<>(1))
                        .add(equals < 0 ? "" : decoded(field.substring(equals + 1)));
            }
        }
        return fields;
    }

    private static String decoded(String text) throws UnmappableException {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new UnmappableException(
                    WebhookOutcome.Kind.BAD_REQUEST,
                    "the body is not a form: a \"%\" in it is not followed by two hexadecimal digits",
                    "send the form percent-encoded");
        }
    }

    /**
     * The body as JSONata sees it: what the JSON says; of a form, an object with a string for each field, or a list of them
     * for one that is there several times; null if it is empty.
     *
     * @throws UnmappableException if it is neither
     */
    @Nullable
    Object value() throws UnmappableException {
        if (!valueKnown) {
            value = body.length == 0 ? null : isForm() ? ofForm() : ofJson();
            valueKnown = true;
        }
        return value;
    }

    private Object ofForm() throws UnmappableException {
        Map<String, Object> fields = new LinkedHashMap<>();
        form().forEach((name, values) -> fields.put(name, values.size() == 1 ? values.get(0) : values));
        return fields;
    }

    private @Nullable Object ofJson() throws UnmappableException {
        try {
            return JSON.readValue(body, Object.class);
        } catch (JsonProcessingException e) {
            // Without Jackson's message, which repeats a part of the body.
            throw new UnmappableException(
                    WebhookOutcome.Kind.BAD_REQUEST,
                    "the body is not JSON"
                            + (e.getLocation() == null
                                    ? ""
                                    : ": line " + e.getLocation().getLineNr() + ", column "
                                            + e.getLocation().getColumnNr()),
                    "send JSON; an attribute of the event is taken from the body");
        } catch (IOException e) {
            throw new IllegalStateException("bytes in memory could not be read", e);
        }
    }
}
