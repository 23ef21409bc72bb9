/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.testkit.WireForm;
import io.cloudevents.CloudEvent;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An event as a producer puts it on the wire, written here from the specification (CloudEvents HTTP binding 3.1 to 3.3 and
 * JSON format), so that neither Sluice's codec nor the SDK's decides what is sent.
 */
record EventMessage(Map<String, String> headers, byte[] body) {

    /** The content modes of the HTTP binding. */
    enum Mode {
        BINARY {
            @Override
            EventMessage of(List<CloudEvent> events) {
                if (events.size() != 1) {
                    throw new IllegalArgumentException("binary mode carries one event, not " + events.size());
                }
                WireForm form = WireForm.of(events.get(0));
                var headers = new LinkedHashMap<String, String>();
                headers.put("ce-specversion", form.specVersion());
                form.attributes().forEach((name, value) -> {
                    if (name.equals("datacontenttype")) {
                        headers.put("content-type", value);
                    } else {
                        headers.put("ce-" + name, percentEncoded(value));
                    }
                });
                return new EventMessage(headers, form.data().getBytes());
            }
        },
        STRUCTURED {
            @Override
            EventMessage of(List<CloudEvent> events) {
                if (events.size() != 1) {
                    throw new IllegalArgumentException("structured mode carries one event, not " + events.size());
                }
                return new EventMessage(
                        Map.of("content-type", "application/cloudevents+json; charset=UTF-8"),
                        json(events.get(0)).getBytes(UTF_8));
            }
        },
        BATCHED {
            @Override
            EventMessage of(List<CloudEvent> events) {
                String array = String.join(
                        ",\n", events.stream().map(EventMessage::json).toList());
                return new EventMessage(
                        Map.of("content-type", "application/cloudevents-batch+json"),
                        ("[" + array + "]").getBytes(UTF_8));
            }
        };

        abstract EventMessage of(List<CloudEvent> events);

        EventMessage of(CloudEvent event) {
            return of(List.of(event));
        }
    }

    /** Says whether the JSON format carries this event's data as a JSON value: bytes that must arrive as they were. */
    static boolean hasJsonData(CloudEvent event) {
        String type = event.getDataContentType();
        return event.getData() != null && type != null && type.matches("application/([a-z.]+\\+)?json.*");
    }

    private static String json(CloudEvent event) {
        WireForm form = WireForm.of(event);
        var members = new ArrayList<String>();
        members.add("\"specversion\":" + quoted(form.specVersion()));
        form.attributes().forEach((name, value) -> members.add(quoted(name) + ":" + typed(event, name, value)));
        Buffer data = form.data();
        if (hasJsonData(event)) {
            members.add("\"data\": " + data.toString(UTF_8));
        } else if (event.getData() != null) {
            String base64 = quoted(Base64.getEncoder().encodeToString(data.getBytes()));
            if (form.specVersion().equals("0.3")) {
                members.add("\"datacontentencoding\":\"base64\"");
                members.add("\"data\":" + base64);
            } else {
                members.add("\"data_base64\":" + base64);
            }
        }
        return "{" + String.join(",", members) + "}";
    }

    private static String typed(CloudEvent event, String name, String canonical) {
        Object value = event.getExtension(name);
        return value instanceof Integer || value instanceof Boolean ? canonical : quoted(canonical);
    }

    static String quoted(String text) {
        var json = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') {
                json.append('\\').append(c);
            } else if (c < 0x20) {
                json.append("\\u%04x".formatted((int) c));
            } else {
                json.append(c);
            }
        }
        return json.append('"').toString();
    }

    private static String percentEncoded(String value) {
        var encoded = new StringBuilder();
        for (byte b : value.getBytes(UTF_8)) {
            if (b <= 0x20 || b == '"' || b == '%' || b == 0x7f) {
                encoded.append("%%%02X".formatted(b & 0xff));
            } else {
                encoded.append((char) b);
            }
        }
        return encoded.toString();
    }
}
