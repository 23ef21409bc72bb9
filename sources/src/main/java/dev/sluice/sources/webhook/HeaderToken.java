/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.webhook;

import dev.sluice.api.source.WebhookOutcome.Refuse;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The secret itself in a header.
 *
 * @param scheme in front of it with a space behind, in any case, such as {@code Bearer}; may be empty
 * @param tokens any of them will do
 */
record HeaderToken(String header, String scheme, List<String> tokens) implements Verifier {

    HeaderToken {
        tokens = List.copyOf(tokens);
    }

    @Override
    public @Nullable Refuse verify(Incoming request) {
        List<String> values = request.headers(header);
        Refuse refusal = Refusals.unlessSingle(header, values);
        if (refusal != null) {
            return refusal;
        }
        String token = behindScheme(scheme, values.get(0));
        if (token == null) {
            return Refusals.unauthorized(
                    "header \"" + header + "\" does not begin with \"" + scheme + " \"",
                    "send \"" + scheme + " \" and the token");
        }
        boolean known = false;
        for (String one : tokens) {
            // All of them, so that the time says nothing about which it is.
            known |= MacKey.isSame(one, token);
        }
        return known
                ? null
                : Refusals.unauthorized(
                        "header \"" + header + "\" does not have a token that is valid here",
                        "send the token that this source was given");
    }

    static @Nullable String behindScheme(String scheme, String value) {
        if (scheme.isEmpty()) {
            return value;
        }
        return value.length() > scheme.length()
                        && value.regionMatches(true, 0, scheme, 0, scheme.length())
                        && value.charAt(scheme.length()) == ' '
                ? value.substring(scheme.length() + 1).strip()
                : null;
    }

    @Override
    public String toString() {
        return header + ": [hidden]";
    }
}
