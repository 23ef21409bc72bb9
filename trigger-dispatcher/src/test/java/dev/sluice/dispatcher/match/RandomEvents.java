/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.match;

import io.cloudevents.CloudEvent;
import io.cloudevents.core.v03.CloudEventV03;
import io.cloudevents.core.v1.CloudEventV1;
import java.math.BigDecimal;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.OffsetDateTime;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Events of both versions, with attributes that are missing, empty, odd, or of any type. */
final class RandomEvents {

    private static final OffsetDateTime TIME = OffsetDateTime.parse("2026-02-28T12:00:00.500Z");

    private final Random random;
    private final Vocabulary vocabulary;

    RandomEvents(Random random, Vocabulary vocabulary) {
        this.random = random;
        this.vocabulary = vocabulary;
    }

    /** By the constructors, since the builders would refuse some. */
    CloudEvent next() {
        String id = vocabulary.text();
        URI source = uri();
        String type = vocabulary.text();
        String subject = orNot(vocabulary.text());
        String contentType = orNot(vocabulary.text());
        URI schema = orNot(uri());
        OffsetDateTime time = orNot(random.nextBoolean() ? TIME : TIME.withNano(0));
        return random.nextBoolean()
                ? new CloudEventV1(id, source, type, contentType, schema, subject, time, null, extensions())
                : new CloudEventV03(id, source, type, time, schema, contentType, subject, null, extensions());
    }

    private Map<String, Object> extensions() {
        Map<String, Object> extensions = new LinkedHashMap<>();
        for (String attribute : vocabulary.attributes()) {
            if (Vocabulary.isExtension(attribute) && random.nextInt(3) != 0) {
                extensions.put(attribute, value());
            }
        }
        return extensions;
    }

    private Object value() {
        return switch (random.nextInt(16)) {
            case 0 -> random.nextBoolean();
            case 1, 2 -> random.nextInt(7) - 1;
            case 3 -> 5L;
            case 4 -> 2147483648L;
            case 5 -> new BigDecimal("5.0");
            case 6 -> TIME;
            case 7 -> uri();
            case 8 -> new byte[] {(byte) random.nextInt(4)};
            default -> vocabulary.text();
        };
    }

    private URI uri() {
        try {
            return new URI(vocabulary.text());
        } catch (URISyntaxException e) {
            return URI.create("urn:x");
        }
    }

    private <V> @Nullable V orNot(V value) {
        return random.nextInt(4) == 0 ? null : value;
    }
}
