/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.display;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.http.ContentMode;
import dev.sluice.api.http.HttpBinding;
import io.cloudevents.CloudEvent;
import io.vertx.core.MultiMap;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Prints events, each in one piece. Safe for any thread; blocks while the stream does. */
public final class EventPrinter {

    /** How an event looks. */
    public enum Style {
        /** Attributes in a column, data indented. */
        READABLE,
        /** One line each, in structured content mode's JSON format. */
        JSON_LINES
    }

    /** The longest name that is usual, knativearrivaltime, and a blank. */
    private static final int NAME_WIDTH = 19;

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss.SSS");

    private final PrintStream out;
    private final Style style;
    private final Clock clock;

    public EventPrinter(PrintStream out, Style style, Clock clock) {
        this.out = requireNonNull(out, "out");
        this.style = requireNonNull(style, "style");
        this.clock = requireNonNull(clock, "clock");
    }

    /** Prints events in the order of the list, with nothing of another call between them. */
    public void print(List<CloudEvent> events) {
        var text = new StringBuilder();
        for (CloudEvent event : events) {
            switch (style) {
                case READABLE -> readable(event, text);
                case JSON_LINES ->
                    // JSON data goes in as its sender laid it out. A line break in it stands between tokens and never
                    // inside a string, so a blank says the same.
                    text.append(HttpBinding.write(event, ContentMode.STRUCTURED, MultiMap.caseInsensitiveMultiMap())
                                    .toString(StandardCharsets.UTF_8)
                                    .replace('\n', ' ')
                                    .replace('\r', ' '))
                            .append('\n');
            }
        }
        synchronized (out) {
            out.print(text);
            out.flush();
        }
    }

    private void readable(CloudEvent event, StringBuilder text) {
        text.append("── ")
                .append(TIME.format(clock.instant().atZone(ZoneId.systemDefault())))
                .append(" ──\n");
        attribute("specversion", event.getSpecVersion().toString(), text);
        attribute("type", event.getType(), text);
        attribute("source", event.getSource().toString(), text);
        attribute("id", event.getId(), text);
        for (String name : List.of("subject", "time", "datacontenttype", "dataschema")) {
            attribute(name, attributeOf(event, name), text);
        }
        event.getExtensionNames().stream().sorted().forEach(name -> attribute(name, event.getExtension(name), text));
        if (event.getData() != null) {
            ReadableData.append(event.getDataContentType(), event.getData().toBytes(), text);
        }
        text.append('\n');
    }

    private static @Nullable Object attributeOf(CloudEvent event, String name) {
        return switch (name) {
            case "subject" -> event.getSubject();
            case "time" -> event.getTime();
            case "datacontenttype" -> event.getDataContentType();
            case "dataschema" -> event.getDataSchema();
            default -> throw new IllegalArgumentException(name);
        };
    }

    private static void attribute(String name, @Nullable Object value, StringBuilder text) {
        if (value != null) {
            text.append("  ").append(name).append(" ".repeat(Math.max(1, NAME_WIDTH - name.length())));
            ReadableData.appendLine(value.toString(), text);
        }
    }
}
