/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.webhook;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.source.WebhookOutcome;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where the value of an attribute comes from.
 *
 * @param origin what {@code name} is
 * @param name the literal, or the name of the header or the query parameter, or the text of the expression
 * @param expression there exactly if the origin is {@link Origin#JSONATA}
 * @param prefix put before what was found
 * @param fallback taken as it is if nothing was found
 */
record Rule(Origin origin, String name, Optional<Expression> expression, String prefix, Optional<String> fallback) {

    enum Origin {
        LITERAL("literal"),
        HEADER("header"),
        QUERY("queryParameter"),
        JSONATA("jsonata");

        private final String field;

        Origin(String field) {
            this.field = field;
        }

        /** The field of the resource. */
        String field() {
            return field;
        }
    }

    Rule {
        requireNonNull(origin, "origin");
        requireNonNull(name, "name");
        requireNonNull(expression, "expression");
        requireNonNull(prefix, "prefix");
        requireNonNull(fallback, "fallback");
    }

    static Rule literal(String text) {
        return new Rule(Origin.LITERAL, text, Optional.empty(), "", Optional.empty());
    }

    static Rule header(String name, String prefix, @Nullable String fallback) {
        return new Rule(Origin.HEADER, name, Optional.empty(), prefix, Optional.ofNullable(fallback));
    }

    static Rule jsonata(String text, String prefix, @Nullable String fallback) {
        return new Rule(
                Origin.JSONATA, text, Optional.of(Expression.compile(text)), prefix, Optional.ofNullable(fallback));
    }

    /**
     * The value, or null if there is none.
     *
     * @param attribute as errors name it
     */
    @Nullable
    String valueIn(Incoming request, String attribute) throws UnmappableException {
        String found = switch (origin) {
            case LITERAL -> name;
            case HEADER -> single(request.headers(name), "header", attribute);
            case QUERY -> single(request.parameters(name), "query parameter", attribute);
            case JSONATA -> ofBody(request, attribute);
        };
        if (found == null || found.isEmpty()) {
            return fallback.orElse(null);
        }
        return prefix.isEmpty() ? found : prefix.concat(found);
    }

    private @Nullable String single(List<String> values, String what, String attribute) throws UnmappableException {
        if (values.size() > 1) {
            throw new UnmappableException(
                    WebhookOutcome.Kind.BAD_REQUEST,
                    what + " \"" + name + "\", from which " + attribute + " is taken, is there " + values.size()
                            + " times",
                    "send it once");
        }
        return values.isEmpty() ? null : values.get(0);
    }

    private @Nullable String ofBody(Incoming request, String attribute) throws UnmappableException {
        try {
            return expression.orElseThrow().textIn(request.value());
        } catch (Expression.FailedException e) {
            throw new UnmappableException(
                    WebhookOutcome.Kind.UNPROCESSABLE,
                    "the expression for " + attribute + " " + e.getMessage(),
                    "send a body for which it gives a string, a number or a boolean");
        }
    }

    /** What is missing where it gives nothing. */
    UnmappableException nothingFor(String attribute) {
        return switch (origin) {
            case LITERAL -> throw new IllegalStateException("a literal is never nothing");
            case HEADER ->
                new UnmappableException(
                        WebhookOutcome.Kind.BAD_REQUEST,
                        "header \"" + name + "\", from which " + attribute + " is taken, is missing or empty",
                        "send it");
            case QUERY ->
                new UnmappableException(
                        WebhookOutcome.Kind.BAD_REQUEST,
                        "query parameter \"" + name + "\", from which " + attribute + " is taken, is missing or empty",
                        "send it");
            case JSONATA ->
                new UnmappableException(
                        WebhookOutcome.Kind.UNPROCESSABLE,
                        "the body has nothing from which " + attribute + " is taken",
                        "send a body that has it");
        };
    }
}
