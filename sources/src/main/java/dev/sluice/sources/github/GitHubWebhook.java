/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.github;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.api.source.Webhook;
import dev.sluice.api.source.WebhookOutcome;
import dev.sluice.api.source.WebhookRequest;
import io.cloudevents.core.v1.CloudEventBuilder;
import io.vertx.core.MultiMap;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Makes an event of what GitHub sends, after it has shown that GitHub sent it. */
final class GitHubWebhook implements Webhook {

    private static final String EVENT = "X-GitHub-Event";
    private static final String DELIVERY = "X-GitHub-Delivery";
    private static final String SIGNATURE_256 = "X-Hub-Signature-256";
    private static final String SIGNATURE_1 = "X-Hub-Signature";
    private static final String PING = "ping";
    private static final String FORM = "application/x-www-form-urlencoded";
    private static final String FORM_FIELD = "payload=";
    private static final int LONGEST_NAME = 100;

    private final GitHubDefinition definition;
    private final URI source;
    private final HubSignature sha256;
    private final @Nullable HubSignature sha1;

    /** @param secrets that are valid, at least one */
    GitHubWebhook(GitHubDefinition definition, List<String> secrets) {
        this.definition = definition;
        source = URI.create(definition.source());
        sha256 = HubSignature.sha256(secrets);
        sha1 = definition.sha1() ? HubSignature.sha1(secrets) : null;
    }

    @Override
    public WebhookOutcome receive(WebhookRequest request) {
        if (!request.method().equals("POST")) {
            return new WebhookOutcome.Refuse(
                    WebhookOutcome.Kind.METHOD_NOT_ALLOWED,
                    "method " + request.method() + " is not allowed here",
                    "GitHub sends its webhooks with POST");
        }
        byte[] raw = request.body().getBytes();
        WebhookOutcome.Refuse forged = forged(request.headers(), raw);
        if (forged != null) {
            return forged;
        }
        String event = single(request.headers(), EVENT);
        if (event == null || !isName(event)) {
            return bad("header " + EVENT + " is missing or no name of an event");
        }
        String delivery = single(request.headers(), DELIVERY);
        if (delivery == null || !isName(delivery)) {
            return bad("header " + DELIVERY + " is missing or no id of a delivery");
        }
        byte[] json;
        Payload payload;
        try {
            json = json(request.headers().get("content-type"), raw);
            payload = Payload.read(json);
        } catch (IOException e) {
            return bad("the payload can't be read: " + e.getMessage());
        }
        if (!definition.wants(event)) {
            return event.equals(PING)
                    ? WebhookOutcome.Answer.text("pong", "a ping was answered")
                    : WebhookOutcome.Answer.text(
                            "not among the eventTypes of this source", "an event that nobody asked for was let go");
        }
        return new WebhookOutcome.Emit(event(request, event, delivery, payload, json));
    }

    private io.cloudevents.CloudEvent event(
            WebhookRequest request, String event, String delivery, Payload payload, byte[] json) {
        EventMapping mapping = GitHubEvents.mapping(event);
        CloudEventBuilder builder = new CloudEventBuilder()
                .withId(delivery)
                .withType(GitHubDefinition.TYPE_PREFIX + event)
                .withSource(source)
                .withTime(request.arrival().atOffset(ZoneOffset.UTC))
                .withData("application/json", json);
        String subject = text(mapping.subject().of(payload));
        if (subject != null) {
            builder.withSubject(subject);
        }
        for (EventMapping.Field field : mapping.extensions()) {
            Object value = payload.at(field.path());
            if (value instanceof Boolean flag) {
                builder.withExtension(field.extension(), flag);
            } else if (value instanceof Integer number) {
                builder.withExtension(field.extension(), number);
            } else if (value != null) {
                String text = text(value.toString());
                if (text != null) {
                    builder.withExtension(field.extension(), text);
                }
            }
        }
        return builder.build();
    }

    /** Without what no attribute may hold; null if nothing is left. */
    private static @Nullable String text(@Nullable String value) {
        if (value == null) {
            return null;
        }
        StringBuilder clean = new StringBuilder(value.length());
        value.codePoints()
                .filter(c -> !Character.isISOControl(c)
                        && !(c >= 0xD800 && c <= 0xDFFF)
                        && !(c >= 0xFDD0 && c <= 0xFDEF)
                        && (c & 0xFFFE) != 0xFFFE)
                .forEach(clean::appendCodePoint);
        return clean.isEmpty() ? null : clean.toString();
    }

    /** Null if the signature is right. */
    private WebhookOutcome.@Nullable Refuse forged(MultiMap headers, byte[] raw) {
        List<String> given = headers.getAll(SIGNATURE_256);
        if (given.size() == 1) {
            return sha256.isOf(raw, given.get(0)) ? null : wrong(SIGNATURE_256);
        }
        if (given.size() > 1) {
            return unauthorized("header " + SIGNATURE_256 + " is there more than once");
        }
        List<String> older = headers.getAll(SIGNATURE_1);
        if (sha1 != null && older.size() == 1) {
            return sha1.isOf(raw, older.get(0)) ? null : wrong(SIGNATURE_1);
        }
        return unauthorized("the request has no header " + SIGNATURE_256);
    }

    private static WebhookOutcome.Refuse wrong(String header) {
        return unauthorized("header " + header + " is not the signature of the body by the secret of this source");
    }

    private static WebhookOutcome.Refuse unauthorized(String error) {
        return new WebhookOutcome.Refuse(
                WebhookOutcome.Kind.UNAUTHORIZED,
                error,
                "give the webhook on GitHub the secret that spec.secretToken names, and let nothing on the way change the"
                        + " body");
    }

    private static WebhookOutcome.Refuse bad(String error) {
        return new WebhookOutcome.Refuse(
                WebhookOutcome.Kind.BAD_REQUEST,
                error,
                "send what GitHub sends; its deliveries can be sent again there");
    }

    private static @Nullable String single(MultiMap headers, String name) {
        List<String> values = headers.getAll(name);
        return values.size() == 1 ? values.get(0) : null;
    }

    /** What is fit for an attribute, a type and a log line. */
    private static boolean isName(String text) {
        return !text.isEmpty()
                && text.length() <= LONGEST_NAME
                && text.chars().allMatch(c -> c < 0x80 && (Character.isLetterOrDigit(c) || c == '_' || c == '-'));
    }

    private static byte[] json(@Nullable String contentType, byte[] raw) throws IOException {
        String mediaType =
                contentType == null ? "" : contentType.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        if (!mediaType.equals(FORM)) {
            return raw;
        }
        // One field, whose value is the JSON.
        for (String pair : new String(raw, UTF_8).split("&")) {
            if (pair.startsWith(FORM_FIELD)) {
                try {
                    return URLDecoder.decode(pair.substring(FORM_FIELD.length()), UTF_8)
                            .getBytes(UTF_8);
                } catch (IllegalArgumentException e) {
                    throw new IOException("its form can't be decoded", e);
                }
            }
        }
        throw new IOException("its form has no field payload");
    }
}
