/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.webhook;

import java.util.ArrayList;
import java.util.List;

/** How a sender proves that it is one, and what else is known about it. */
enum Recipe {
    GITHUB(
            "github",
            Defaults.ofHeaders(Rule.header("X-GitHub-Event", "com.github.", Defaults.TYPE), "X-GitHub-Delivery")),
    GITLAB(
            "gitlab",
            Defaults.ofHeaders(
                    Rule.jsonata("object_kind ? object_kind : event_name", "com.gitlab.", Defaults.TYPE),
                    StandardWebhookSignature.ID,
                    "Idempotency-Key",
                    "X-Gitlab-Event-UUID")),
    BITBUCKET(
            "bitbucket",
            Defaults.ofHeaders(
                    Rule.header("X-Event-Key", "org.bitbucket.", Defaults.TYPE), "X-Request-UUID", "X-Request-Id")),
    STRIPE("stripe", Defaults.ofBody(Rule.jsonata("type", "com.stripe.", Defaults.TYPE), "id")),
    SLACK(
            "slack",
            Defaults.ofBody(Rule.jsonata("event.type ? event.type : type", "com.slack.", Defaults.TYPE), "event_id")),
    SHOPIFY(
            "shopify",
            Defaults.ofHeaders(Rule.header("X-Shopify-Topic", "com.shopify.", Defaults.TYPE), "X-Shopify-Webhook-Id")),
    TWILIO("twilio", Defaults.ofHeaders(Rule.literal("com.twilio.webhook"), "I-Twilio-Idempotency-Token")),
    STANDARD_WEBHOOKS(
            "standard-webhooks",
            Defaults.ofHeaders(Rule.jsonata("type", "", Defaults.TYPE), StandardWebhookSignature.ID)),
    HMAC("hmac", Defaults.NONE),
    BASIC("basic", Defaults.NONE),
    BEARER("bearer", Defaults.NONE),
    TOKEN("token", Defaults.NONE),
    NONE("none", Defaults.NONE);

    private final String field;
    private final Defaults defaults;

    Recipe(String field, Defaults defaults) {
        this.field = field;
        this.defaults = defaults;
    }

    /** The value in a resource. */
    String field() {
        return field;
    }

    Defaults defaults() {
        return defaults;
    }

    /** Whether the sender says when it signed, and signs that too. */
    boolean hasTimestamp() {
        return switch (this) {
            case GITLAB, STRIPE, SLACK, STANDARD_WEBHOOKS, HMAC -> true;
            case GITHUB, BITBUCKET, SHOPIFY, TWILIO, BASIC, BEARER, TOKEN, NONE -> false;
        };
    }

    static List<String> fields() {
        List<String> fields = new ArrayList<>();
        for (Recipe recipe : values()) {
            fields.add(recipe.field);
        }
        return fields;
    }

    static Recipe of(String field) {
        for (Recipe recipe : values()) {
            if (recipe.field.equals(field)) {
                return recipe;
            }
        }
        throw new IllegalArgumentException("no recipe " + field);
    }
}
