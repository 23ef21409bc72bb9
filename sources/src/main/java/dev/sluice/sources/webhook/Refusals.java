/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.webhook;

import dev.sluice.api.source.WebhookOutcome;
import dev.sluice.api.source.WebhookOutcome.Refuse;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a request is told that does not prove where it comes from. */
final class Refusals {

    private Refusals() {}

    static Refuse unauthorized(String error, String remedy) {
        return new Refuse(WebhookOutcome.Kind.UNAUTHORIZED, error, remedy);
    }

    /**
     * Of a header that must be there exactly once. Of two signatures, another reader on the way may have checked the other
     * one, so that two are as good as none.
     */
    static @Nullable Refuse unlessSingle(String header, List<String> values) {
        if (values.size() == 1 && !values.get(0).isEmpty()) {
            return null;
        }
        return values.size() > 1
                ? unauthorized("header \"" + header + "\" is there " + values.size() + " times", "send it once")
                : unauthorized(
                        "header \"" + header + "\" is missing or empty",
                        "send it, as the sender does once it has been given the secret");
    }

    static Refuse wrongSignature(String header, String remedy) {
        return unauthorized("header \"" + header + "\" does not have a valid signature of this request", remedy);
    }
}
