/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.webhook;

import dev.sluice.api.source.WebhookOutcome.Refuse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A user name and a password (RFC 7617).
 *
 * @param credentials {@code USER:PASSWORD}; any of them will do
 */
record BasicCredentials(List<String> credentials) implements Verifier {

    private static final String HEADER = "Authorization";

    BasicCredentials {
        credentials = List.copyOf(credentials);
    }

    @Override
    public @Nullable Refuse verify(Incoming request) {
        List<String> values = request.headers(HEADER);
        Refuse refusal = Refusals.unlessSingle(HEADER, values);
        if (refusal != null) {
            return refusal;
        }
        String encoded = HeaderToken.behindScheme("Basic", values.get(0));
        if (encoded == null) {
            return Refusals.unauthorized(
                    "header \"" + HEADER + "\" does not begin with \"Basic \"",
                    "send \"Basic \" and user:password in Base64");
        }
        String given;
        try {
            given = new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return Refusals.unauthorized(
                    "header \"" + HEADER + "\" is not Base64 behind \"Basic \"",
                    "send \"Basic \" and user:password in Base64");
        }
        boolean known = false;
        for (String one : credentials) {
            known |= MacKey.isSame(one, given);
        }
        return known
                ? null
                : Refusals.unauthorized(
                        "header \"" + HEADER + "\" does not have a user and a password that are valid here",
                        "send those that this source was given");
    }

    @Override
    public String toString() {
        return "Basic [hidden]";
    }
}
