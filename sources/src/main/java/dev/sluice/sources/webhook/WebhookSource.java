/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.webhook;

import dev.sluice.api.source.SourceAdapter;
import dev.sluice.api.source.Webhook;
import dev.sluice.api.source.WebhookOutcome;
import dev.sluice.api.source.WebhookRequest;
import io.vertx.core.buffer.Buffer;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A WebhookSource that runs: a function, and nothing to start or stop. */
final class WebhookSource implements SourceAdapter, Webhook {

    private static final String ALLOWED_METHODS = "POST, OPTIONS";

    private final Verifier verifier;
    private final Mapping mapping;
    private final boolean answersSlackChallenges;

    WebhookSource(Verifier verifier, Mapping mapping, boolean answersSlackChallenges) {
        this.verifier = verifier;
        this.mapping = mapping;
        this.answersSlackChallenges = answersSlackChallenges;
    }

    @Override
    public Webhook webhook() {
        return this;
    }

    @Override
    public WebhookOutcome receive(WebhookRequest request) {
        if (request.method().equals("OPTIONS")) {
            return handshake(request);
        }
        if (!request.method().equals("POST")) {
            return new WebhookOutcome.Refuse(
                    WebhookOutcome.Kind.METHOD_NOT_ALLOWED,
                    "method " + request.method() + " is not allowed here",
                    "send webhooks with POST; OPTIONS answers the handshake of CloudEvents");
        }
        Incoming incoming = new Incoming(request);
        WebhookOutcome.Refuse refusal = verifier.verify(incoming);
        if (refusal != null) {
            return refusal;
        }
        if (answersSlackChallenges) {
            String challenge = slackChallenge(incoming);
            if (challenge != null) {
                return WebhookOutcome.Answer.text(challenge, "Slack's url_verification");
            }
        }
        try {
            return new WebhookOutcome.Emit(mapping.eventOf(incoming));
        } catch (UnmappableException e) {
            return e.refusal();
        }
    }

    /**
     * Every origin is welcome at any rate, as far as it proves where it comes from with each request (CloudEvents HTTP
     * webhook 4). Without the header of the handshake it is the plain question for what is allowed.
     */
    private static WebhookOutcome handshake(WebhookRequest request) {
        if (!request.headers().contains("webhook-request-origin")) {
            return new WebhookOutcome.Answer(200, Map.of("allow", ALLOWED_METHODS), Buffer.buffer(), "OPTIONS");
        }
        return new WebhookOutcome.Answer(
                200,
                Map.of("allow", ALLOWED_METHODS, "webhook-allowed-origin", "*", "webhook-allowed-rate", "*"),
                Buffer.buffer(),
                "the handshake of CloudEvents");
    }

    /** Null if it is none. */
    private static @Nullable String slackChallenge(Incoming request) {
        try {
            return request.value() instanceof Map<?, ?> body
                            && "url_verification".equals(body.get("type"))
                            && body.get("challenge") instanceof String challenge
                    ? challenge
                    : null;
        } catch (UnmappableException e) {
            // A body that is no JSON is none; whether an event can be made of it is another question.
            return null;
        }
    }
}
