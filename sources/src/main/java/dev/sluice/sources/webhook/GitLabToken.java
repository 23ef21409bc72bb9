/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.webhook;

import dev.sluice.api.source.WebhookOutcome.Refuse;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * GitLab signs as Standard Webhooks do if it was given a signing token, and sends a secret token as it is if it was given
 * one of those. What is in the Secret decides what is asked for: while there are only signing tokens, a secret token
 * proves nothing.
 */
record GitLabToken(Optional<Verifier> signature, Optional<Verifier> token) implements Verifier {

    static final String HEADER = "X-Gitlab-Token";

    @Override
    public @Nullable Refuse verify(Incoming request) {
        if (signature.isPresent()
                && (token.isEmpty()
                        || !request.headers(StandardWebhookSignature.SIGNATURE).isEmpty())) {
            return signature.get().verify(request);
        }
        return token.orElseThrow().verify(request);
    }
}
