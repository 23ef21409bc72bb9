/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.cloudevents.CloudEvent;
import io.cloudevents.http.vertx.VertxMessageFactory;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.util.Locale;
import java.util.Map;

/**
 * Reads events with the CloudEvents SDK's own binding, so that what Sluice writes is judged by someone else's reading of
 * the specification. The one thing that the SDK leaves out is added: the percent-coding of header values (HTTP binding
 * 3.1.3.2).
 */
final class WitnessReader {

    private WitnessReader() {}

    /** Throws whatever the SDK throws when there is no event to read. */
    static CloudEvent read(MultiMap headers, Buffer body) {
        MultiMap decoded = MultiMap.caseInsensitiveMultiMap();
        for (Map.Entry<String, String> header : headers) {
            boolean attribute = header.getKey().toLowerCase(Locale.ROOT).startsWith("ce-");
            decoded.add(header.getKey(), attribute ? decode(header.getValue()) : header.getValue());
        }
        return VertxMessageFactory.createReader(decoded, body).toEvent();
    }

    private static String decode(String value) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(value.length());
        int i = 0;
        while (i < value.length()) {
            char c = value.charAt(i);
            if (c > 0x7e || c < 0x20) {
                throw new IllegalArgumentException(
                        "header value \"" + value + "\" has a raw character beyond printable ASCII at " + i);
            }
            if (c == '%') {
                if (i + 2 >= value.length()) {
                    throw new IllegalArgumentException("header value \"" + value + "\" ends inside a percent-code");
                }
                bytes.write(Integer.parseInt(value, i + 1, i + 3, 16));
                i += 3;
            } else {
                bytes.write(c);
                i++;
            }
        }
        return bytes.toString(UTF_8);
    }
}
