/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Instant;
import org.slf4j.event.KeyValuePair;

/** One JSON object a line: {@code time}, {@code level}, {@code logger}, {@code message}, then the keys of the message. */
final class JsonLayout extends LayoutBase<ILoggingEvent> {

    private final JsonFactory json = new JsonFactory();

    @Override
    public String doLayout(ILoggingEvent event) {
        var line = new StringWriter(256);
        try (JsonGenerator object = json.createGenerator(line)) {
            object.writeStartObject();
            object.writeStringField(
                    "time", Instant.ofEpochMilli(event.getTimeStamp()).toString());
            object.writeStringField("level", event.getLevel().toString());
            object.writeStringField("logger", event.getLoggerName());
            object.writeStringField("message", event.getFormattedMessage());
            if (event.getKeyValuePairs() != null) {
                for (KeyValuePair pair : event.getKeyValuePairs()) {
                    writeValue(object, pair);
                }
            }
            if (event.getThrowableProxy() != null) {
                object.writeStringField("stackTrace", ThrowableProxyUtil.asString(event.getThrowableProxy()));
            }
            object.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("a writer in memory failed", e);
        }
        return line.append('\n').toString();
    }

    private static void writeValue(JsonGenerator object, KeyValuePair pair) throws IOException {
        if (pair.value instanceof Integer || pair.value instanceof Long) {
            object.writeNumberField(pair.key, ((Number) pair.value).longValue());
        } else if (pair.value instanceof Boolean truth) {
            object.writeBooleanField(pair.key, truth);
        } else {
            object.writeStringField(pair.key, String.valueOf(pair.value));
        }
    }
}
