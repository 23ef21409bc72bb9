/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.webhook;

import dev.sluice.api.source.WebhookOutcome.Refuse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a sender signs, written as a template: text with {@code {body}}, {@code {header:NAME}}, {@code {query:NAME}} and
 * {@code {url}} in it.
 */
record SignedContent(List<Part> parts) {

    /** What a part of the template stands for. */
    enum Source {
        TEXT,
        BODY,
        HEADER,
        QUERY,
        URL
    }

    /** @param text the text itself, or the name of the header or parameter, or the URL without its query */
    record Part(Source source, String text) {}

    static final SignedContent BODY = new SignedContent(List.of(new Part(Source.BODY, "")));

    private static final String PLACEHOLDERS = "{body}, {header:NAME}, {query:NAME} and {url}";

    SignedContent {
        parts = List.copyOf(parts);
    }

    /**
     * @param publicUrl where senders reach the webhook, for {@code {url}}
     * @throws IllegalArgumentException saying what is wrong, to be read after the template
     */
    static SignedContent parse(String template, Optional<String> publicUrl) {
        List<Part> parts = new ArrayList<>();
        int at = 0;
        while (at < template.length()) {
            int open = template.indexOf('{', at);
            if (open < 0) {
                parts.add(new Part(Source.TEXT, template.substring(at)));
                break;
            }
            if (open > at) {
                parts.add(new Part(Source.TEXT, template.substring(at, open)));
            }
            int close = template.indexOf('}', open);
            if (close < 0) {
                throw new IllegalArgumentException("has a \"{\" without a \"}\"");
            }
            parts.add(placeholder(template.substring(open + 1, close), publicUrl));
            at = close + 1;
        }
        return new SignedContent(parts);
    }

    private static Part placeholder(String name, Optional<String> publicUrl) {
        if (name.equals("body")) {
            return new Part(Source.BODY, "");
        }
        if (name.equals("url")) {
            return new Part(
                    Source.URL,
                    publicUrl.orElseThrow(
                            () -> new IllegalArgumentException("has {url} in it, and spec.publicUrl is missing")));
        }
        if (name.startsWith("header:") && name.length() > "header:".length()) {
            return new Part(Source.HEADER, name.substring("header:".length()));
        }
        if (name.startsWith("query:") && name.length() > "query:".length()) {
            return new Part(Source.QUERY, name.substring("query:".length()));
        }
        throw new IllegalArgumentException("has {" + name + "} in it, and only " + PLACEHOLDERS + " are known");
    }

    boolean hasBody() {
        return parts.stream().anyMatch(part -> part.source() == Source.BODY);
    }

    /** Whether the value of a header is among what is signed. */
    boolean hasHeader(String name) {
        return parts.stream()
                .anyMatch(part -> part.source() == Source.HEADER && part.text().equalsIgnoreCase(name));
    }

    /**
     * Adds what is signed of the request.
     *
     * @return why it can't be said what was signed; null if it can
     */
    @Nullable
    Refuse addTo(List<byte[]> signed, Incoming request) {
        for (Part part : parts) {
            switch (part.source()) {
                case TEXT -> signed.add(part.text().getBytes(StandardCharsets.UTF_8));
                case BODY -> signed.add(request.body());
                case URL -> signed.add(urlOf(part.text(), request).getBytes(StandardCharsets.UTF_8));
                case HEADER -> {
                    List<String> values = request.headers(part.text());
                    Refuse refusal = Refusals.unlessSingle(part.text(), values);
                    if (refusal != null) {
                        return refusal;
                    }
                    signed.add(values.get(0).getBytes(StandardCharsets.UTF_8));
                }
                case QUERY -> {
                    List<String> values = request.parameters(part.text());
                    if (values.size() != 1) {
                        return Refusals.unauthorized(
                                "query parameter \"" + part.text() + "\" is there " + values.size() + " times",
                                "send it once");
                    }
                    signed.add(values.get(0).getBytes(StandardCharsets.UTF_8));
                }
            }
        }
        return null;
    }

    /** The URL that the sender used: what is public of it is known, and its query comes with the request. */
    static String urlOf(String publicUrl, Incoming request) {
        String query = request.rawQuery();
        return query == null ? publicUrl : publicUrl + "?" + query;
    }
}
