/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.webhook;

import java.util.ArrayList;
import java.util.List;

/** How a sender proves that it is one. What else is known about it says {@link Defaults}. */
enum Recipe {
    GITHUB("github"),
    GITLAB("gitlab"),
    BITBUCKET("bitbucket"),
    STRIPE("stripe"),
    SLACK("slack"),
    SHOPIFY("shopify"),
    TWILIO("twilio"),
    STANDARD_WEBHOOKS("standard-webhooks"),
    HMAC("hmac"),
    BASIC("basic"),
    BEARER("bearer"),
    TOKEN("token"),
    NONE("none");

    private final String field;

    Recipe(String field) {
        this.field = field;
    }

    /** The value in a resource. */
    String field() {
        return field;
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
