/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.admin;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.sluice.api.http.ContentMode;
import dev.sluice.api.http.HttpBinding;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.dispatcher.parking.Cause;
import dev.sluice.dispatcher.parking.DeadLetterStore;
import dev.sluice.dispatcher.parking.ParkedEvent;
import dev.sluice.dispatcher.parking.Redrive;
import io.cloudevents.CloudEvent;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.List;

/** Dead letters and redrives as JSON. */
final class DeadLetterJson {

    private static final JsonFactory JSON = new JsonFactory();

    private DeadLetterJson() {}

    @FunctionalInterface
    private interface Content {
        void write(JsonGenerator json) throws IOException;
    }

    private static Buffer written(Content content) {
        var bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            content.write(json);
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory", e);
        }
        return Buffer.buffer(bytes.toByteArray());
    }

    static Buffer list(DeadLetterStore.Page page) {
        return written(json -> {
            json.writeStartObject();
            json.writeArrayFieldStart("items");
            for (ParkedEvent parked : page.items()) {
                write(json, parked);
            }
            json.writeEndArray();
            if (page.next().isPresent()) {
                json.writeStringField("next", page.next().get());
            } else {
                json.writeNullField("next");
            }
            json.writeEndObject();
        });
    }

    static Buffer one(ParkedEvent parked) {
        return written(json -> write(json, parked));
    }

    private static void write(JsonGenerator json, ParkedEvent parked) throws IOException {
        Cause cause = parked.cause();
        json.writeStartObject();
        json.writeStringField("id", parked.id());
        json.writeStringField("broker", parked.broker().toString());
        json.writeStringField("trigger", parked.trigger().toString());
        json.writeStringField("triggerUid", parked.triggerUid());
        json.writeFieldName("event");
        json.writeRawValue(structured(parked.event()));
        json.writeStringField("reason", cause.kind().label());
        json.writeStringField("message", cause.message());
        json.writeStringField("destination", cause.destination());
        if (cause.status() > 0) {
            json.writeNumberField("code", cause.status());
        } else {
            json.writeNullField("code");
        }
        json.writeNumberField("attempts", parked.attempts());
        json.writeStringField("firstAttempt", time(parked.firstAttemptMillis()));
        json.writeStringField("lastAttempt", time(parked.lastAttemptMillis()));
        if (cause.status() > 0) {
            json.writeFieldName("response");
            writeResponse(json, cause);
        } else {
            json.writeNullField("response");
        }
        json.writeEndObject();
    }

    private static String structured(CloudEvent event) {
        return HttpBinding.write(event, ContentMode.STRUCTURED, MultiMap.caseInsensitiveMultiMap())
                .toString();
    }

    private static String time(long epochMillis) {
        return Instant.ofEpochMilli(epochMillis).toString();
    }

    private static void writeResponse(JsonGenerator json, Cause cause) throws IOException {
        json.writeStartObject();
        json.writeNumberField("status", cause.status());
        byte[] body = cause.body().getBytes();
        if (body.length > 0) {
            try {
                json.writeStringField(
                        "body",
                        StandardCharsets.UTF_8
                                .newDecoder()
                                .decode(ByteBuffer.wrap(body))
                                .toString());
            } catch (CharacterCodingException e) {
                json.writeStringField("bodyBase64", Base64.getEncoder().encodeToString(body));
            }
        }
        json.writeEndObject();
    }

    static Buffer redrives(List<Redrive> redrives) {
        return written(json -> {
            json.writeStartObject();
            json.writeArrayFieldStart("items");
            for (Redrive redrive : redrives) {
                write(json, redrive.glance());
            }
            json.writeEndArray();
            json.writeEndObject();
        });
    }

    static Buffer progress(Redrive.Progress progress) {
        return written(json -> write(json, progress));
    }

    private static void write(JsonGenerator json, Redrive.Progress progress) throws IOException {
        json.writeStartObject();
        json.writeStringField("id", progress.id());
        json.writeStringField("state", progress.state().name().toLowerCase(java.util.Locale.ROOT));
        json.writeNumberField("selected", progress.selected());
        json.writeNumberField("delivered", progress.delivered());
        json.writeNumberField("deadLettered", progress.deadLettered());
        json.writeNumberField("expired", progress.expired());
        json.writeNumberField("failed", progress.failed());
        json.writeNumberField("refused", progress.refused());
        json.writeNumberField("skipped", progress.skipped());
        json.writeNumberField("putBack", progress.putBack());
        json.writeNumberField("sending", progress.sending());
        json.writeNumberField("remaining", progress.remaining());
        json.writeArrayFieldStart("gone");
        for (ResourceName trigger : progress.gone()) {
            json.writeString(trigger.toString());
        }
        json.writeEndArray();
        json.writeEndObject();
    }
}
