/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.webhook;

import static java.util.Objects.requireNonNull;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is known about a sender without being told: where it says which delivery this is, and what has happened. Never a
 * reason to refuse a request: what is not found is made up.
 *
 * @param idHeaders tried in turn; a redelivery has the same value
 * @param idInBody tried after them
 * @param type of the event
 */
record Defaults(List<String> idHeaders, Optional<Expression> idInBody, Optional<Rule> type) {

    /** Of events about which nothing is known. */
    static final String TYPE = "dev.sluice.source.webhook";

    static final Defaults NONE = new Defaults(List.of(), Optional.empty(), Optional.empty());

    private static final Map<Recipe, Defaults> KNOWN = new EnumMap<>(Map.of(
            Recipe.GITHUB,
            ofHeaders(Rule.header("X-GitHub-Event", "com.github.", TYPE), "X-GitHub-Delivery"),
            Recipe.GITLAB,
            ofHeaders(
                    Rule.jsonata("object_kind ? object_kind : event_name", "com.gitlab.", TYPE),
                    StandardWebhookSignature.ID,
                    "Idempotency-Key",
                    "X-Gitlab-Event-UUID"),
            Recipe.BITBUCKET,
            ofHeaders(Rule.header("X-Event-Key", "org.bitbucket.", TYPE), "X-Request-UUID", "X-Request-Id"),
            Recipe.STRIPE,
            ofBody(Rule.jsonata("type", "com.stripe.", TYPE), "id"),
            Recipe.SLACK,
            ofBody(Rule.jsonata("event.type ? event.type : type", "com.slack.", TYPE), "event_id"),
            Recipe.SHOPIFY,
            ofHeaders(Rule.header("X-Shopify-Topic", "com.shopify.", TYPE), "X-Shopify-Webhook-Id"),
            Recipe.TWILIO,
            ofHeaders(Rule.literal("com.twilio.webhook"), "I-Twilio-Idempotency-Token"),
            Recipe.STANDARD_WEBHOOKS,
            ofHeaders(Rule.jsonata("type", "", TYPE), StandardWebhookSignature.ID)));

    Defaults {
        idHeaders = List.copyOf(idHeaders);
        requireNonNull(idInBody, "idInBody");
        requireNonNull(type, "type");
    }

    /** What is known about the senders of a recipe. */
    static Defaults of(Recipe recipe) {
        return KNOWN.getOrDefault(recipe, NONE);
    }

    private static Defaults ofHeaders(Rule type, String... idHeaders) {
        return new Defaults(List.of(idHeaders), Optional.empty(), Optional.of(type));
    }

    private static Defaults ofBody(Rule type, String idInBody) {
        return new Defaults(List.of(), Optional.of(Expression.compile(idInBody)), Optional.of(type));
    }

    /** Null if the request does not say. */
    @Nullable
    String idOf(Incoming request) {
        for (String header : idHeaders) {
            String id = usable(request.header(header));
            if (id != null) {
                return id;
            }
        }
        if (idInBody.isEmpty()) {
            return null;
        }
        try {
            return usable(idInBody.get().textIn(request.value()));
        } catch (UnmappableException | Expression.FailedException e) {
            return null;
        }
    }

    String typeOf(Incoming request) {
        if (type.isEmpty()) {
            return TYPE;
        }
        try {
            String found = usable(type.get().valueIn(request, "type"));
            return found == null ? TYPE : found;
        } catch (UnmappableException e) {
            return TYPE;
        }
    }

    /** The one that every event has; null if they differ. */
    @Nullable
    String constantType() {
        if (type.isEmpty()) {
            return TYPE;
        }
        Rule rule = type.get();
        return rule.origin() == Rule.Origin.LITERAL ? rule.name() : null;
    }

    private static @Nullable String usable(@Nullable String text) {
        return text == null || text.isEmpty() || Mapping.unprintable(text) >= 0 ? null : text;
    }
}
