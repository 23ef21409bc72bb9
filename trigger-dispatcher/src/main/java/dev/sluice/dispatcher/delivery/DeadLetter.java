/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import dev.sluice.api.event.BrokerAttributes;
import dev.sluice.api.event.Extensions;
import dev.sluice.api.http.PassedHeaders;
import io.cloudevents.CloudEvent;
import io.vertx.core.MultiMap;
import java.util.Base64;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The event that a dead letter sink gets: the original, in its own specversion, with Knative's error attributes. */
final class DeadLetter {

    static final String ERROR_DEST = "knativeerrordest";
    static final String ERROR_CODE = "knativeerrorcode";
    static final String ERROR_DATA = "knativeerrordata";

    /** Response headers that begin so become attributes of the dead letter. */
    private static final String ERROR_HEADER = "kne-";

    /** Names that an extension can't have in one specversion or the other, and those that are Sluice's own to say. */
    private static final Set<String> RESERVED = Set.of(
            "id",
            "source",
            "specversion",
            "type",
            "subject",
            "time",
            "datacontenttype",
            "dataschema",
            "schemaurl",
            "datacontentencoding",
            "data",
            "database64",
            BrokerAttributes.TTL,
            BrokerAttributes.ARRIVAL_TIME,
            PassedHeaders.EXTENSION);

    private DeadLetter() {}

    static CloudEvent of(CloudEvent event, Failure failure) {
        return Extensions.edit(event, extensions -> {
            extensions.putAll(failure.attributes());
            // What an earlier journey through a dead letter sink left behind would tell of the wrong failure.
            extensions.remove(ERROR_CODE);
            extensions.remove(ERROR_DATA);
            extensions.put(ERROR_DEST, failure.destination());
            if (failure.status() > 0) {
                extensions.put(ERROR_CODE, failure.status());
            }
            if (failure.body().length() > 0) {
                extensions.put(
                        ERROR_DATA,
                        Base64.getEncoder().encodeToString(failure.body().getBytes()));
            }
        });
    }

    /** The attributes that a response asks for; those that no event may have are left out. */
    static Map<String, String> attributes(MultiMap headers) {
        Map<String, String> attributes = Map.of();
        for (Map.Entry<String, String> header : headers) {
            String name = header.getKey();
            if (name.length() > ERROR_HEADER.length()
                    && name.regionMatches(true, 0, ERROR_HEADER, 0, ERROR_HEADER.length())) {
                String attribute = name.substring(ERROR_HEADER.length()).toLowerCase(Locale.ROOT);
                if (isExtensionName(attribute)) {
                    if (attributes.isEmpty()) {
                        attributes = new HashMap<>();
                    }
                    attributes.put(attribute, header.getValue());
                }
            }
        }
        return attributes;
    }

    private static boolean isExtensionName(String name) {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if ((c < 'a' || c > 'z') && (c < '0' || c > '9')) {
                return false;
            }
        }
        return !RESERVED.contains(name);
    }
}
