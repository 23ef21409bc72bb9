/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.webhook;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.event.Timestamps;
import dev.sluice.api.source.EventDescription;
import dev.sluice.api.source.WebhookOutcome;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * How a request becomes an event.
 *
 * @param type what the resource says; else what the sender is known for
 * @param id what the resource says; else what the sender is known for, and if it does not say one is made up
 * @param time what the resource says; else, and where that finds nothing, the time of arrival
 * @param extensions by name
 */
record Mapping(
        Defaults defaults,
        Optional<Rule> type,
        Rule source,
        Optional<Rule> subject,
        Optional<Rule> id,
        Optional<Rule> time,
        Map<String, Rule> extensions) {

    /** Seconds since 1970 reach this in the year 5138, milliseconds left it behind in 1973. */
    private static final long SMALLEST_MILLISECONDS = 100_000_000_000L;

    Mapping {
        requireNonNull(defaults, "defaults");
        requireNonNull(type, "type");
        requireNonNull(source, "source");
        requireNonNull(subject, "subject");
        requireNonNull(id, "id");
        requireNonNull(time, "time");
        extensions = Map.copyOf(extensions);
    }

    CloudEvent eventOf(Incoming request) throws UnmappableException {
        CloudEventBuilder event = CloudEventBuilder.v1()
                .withType(type.isPresent() ? required(type.get(), request, "type") : defaults.typeOf(request))
                .withSource(sourceOf(request))
                .withId(idOf(request))
                .withTime(timeOf(request));
        if (subject.isPresent()) {
            String text = text(subject.get(), request, "subject");
            if (text != null) {
                event.withSubject(text);
            }
        }
        for (Map.Entry<String, Rule> extension : extensions.entrySet()) {
            String text = text(extension.getValue(), request, extension.getKey());
            if (text != null) {
                event.withExtension(extension.getKey(), text);
            }
        }
        String contentType = request.header("content-type");
        if (contentType != null) {
            requireMediaType(contentType);
            event.withDataContentType(contentType);
        }
        if (request.body().length > 0) {
            event.withData(request.body());
        }
        return event.build();
    }

    /** The one that is known beforehand, if both of its attributes are. */
    List<EventDescription> events() {
        String known = type.isEmpty() ? defaults.constantType() : constant(type.get());
        String from = constant(source);
        return known == null || from == null ? List.of() : List.of(new EventDescription(known, from));
    }

    private static @Nullable String constant(Rule rule) {
        return rule.origin() == Rule.Origin.LITERAL ? rule.name() : null;
    }

    private URI sourceOf(Incoming request) throws UnmappableException {
        String text = required(source, request, "source");
        try {
            return new URI(text);
        } catch (URISyntaxException e) {
            throw new UnmappableException(
                    WebhookOutcome.Kind.UNPROCESSABLE,
                    "what is found for source is not a URI reference",
                    "send it percent-encoded (RFC 3986)");
        }
    }

    private String idOf(Incoming request) throws UnmappableException {
        if (id.isPresent()) {
            return required(id.get(), request, "id");
        }
        String known = defaults.idOf(request);
        return known == null ? UUID.randomUUID().toString() : known;
    }

    private OffsetDateTime timeOf(Incoming request) throws UnmappableException {
        if (time.isPresent()) {
            String text = text(time.get(), request, "time");
            if (text != null) {
                return time(text);
            }
        }
        return request.arrival().atOffset(ZoneOffset.UTC);
    }

    /** As RFC 3339 writes it, or a number of seconds or milliseconds since 1970. */
    private static OffsetDateTime time(String text) throws UnmappableException {
        OffsetDateTime time = Timestamps.parse(text);
        if (time != null) {
            return time;
        }
        if (isNumber(text)) {
            double number = Double.parseDouble(text);
            return Instant.ofEpochMilli(Math.round(number < SMALLEST_MILLISECONDS ? number * 1000 : number))
                    .atOffset(ZoneOffset.UTC);
        }
        throw new UnmappableException(
                WebhookOutcome.Kind.UNPROCESSABLE,
                "what is found for time is neither a timestamp of RFC 3339 nor a number of seconds or milliseconds since"
                        + " 1970",
                "send one such as 2026-01-31T12:00:00Z or 1769860800");
    }

    /** Digits, no more than 15 before a point, and digits behind it. */
    private static boolean isNumber(String text) {
        int point = text.indexOf('.');
        int whole = point < 0 ? text.length() : point;
        if (whole < 1 || whole > 15 || text.length() > whole + 12 || point == text.length() - 1) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (i != point && (c < '0' || c > '9')) {
                return false;
            }
        }
        return true;
    }

    private static String required(Rule rule, Incoming request, String attribute) throws UnmappableException {
        String text = text(rule, request, attribute);
        if (text == null) {
            throw rule.nothingFor(attribute);
        }
        return text;
    }

    private static @Nullable String text(Rule rule, Incoming request, String attribute) throws UnmappableException {
        String text = rule.valueIn(request, attribute);
        if (text != null) {
            int wrong = unprintable(text);
            if (wrong >= 0) {
                throw new UnmappableException(
                        WebhookOutcome.Kind.UNPROCESSABLE,
                        "what is found for " + attribute + " has U+"
                                + Integer.toHexString(0x10000 | text.charAt(wrong))
                                        .substring(1)
                                        .toUpperCase(Locale.ROOT)
                                + " in it, which an attribute can't have",
                        "send it without (CloudEvents 1.0, String)");
            }
        }
        return text;
    }

    /** The index of the first character that a CloudEvents String can't have, or -1 (CloudEvents 1.0, Type System). */
    static int unprintable(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ' || (c >= 0x7F && c <= 0x9F) || c == 0xFFFE || c == 0xFFFF || (c >= 0xFDD0 && c <= 0xFDEF)) {
                return i;
            }
            if (Character.isSurrogate(c)) {
                if (!Character.isHighSurrogate(c)
                        || i + 1 == text.length()
                        || !Character.isLowSurrogate(text.charAt(i + 1))
                        || (text.codePointAt(i) & 0xFFFE) == 0xFFFE) {
                    return i;
                }
                i++;
            }
        }
        return -1;
    }

    private static void requireMediaType(String text) throws UnmappableException {
        int end = text.indexOf(';') < 0 ? text.length() : text.indexOf(';');
        String name = text.substring(0, end).strip();
        int slash = name.indexOf('/');
        boolean fine = slash > 0 && slash < name.length() - 1;
        for (int i = 0; fine && i < name.length(); i++) {
            char c = name.charAt(i);
            fine = i == slash || (c > ' ' && c < 0x7F && "()<>@,;:\\\"/[]?=".indexOf(c) < 0);
        }
        if (!fine || unprintable(text) >= 0) {
            throw new UnmappableException(
                    WebhookOutcome.Kind.UNSUPPORTED_MEDIA_TYPE,
                    "header \"content-type\" is not a media type",
                    "send one such as application/json, or none");
        }
    }
}
