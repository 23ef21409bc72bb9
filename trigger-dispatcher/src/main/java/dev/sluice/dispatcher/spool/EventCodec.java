/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.spool;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.api.event.Extensions;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.dispatcher.parking.Cause;
import dev.sluice.dispatcher.parking.ParkedEvent;
import dev.sluice.dispatcher.send.FailureKind;
import io.cloudevents.CloudEvent;
import io.cloudevents.CloudEventData;
import io.cloudevents.SpecVersion;
import io.cloudevents.core.data.BytesCloudEventData;
import io.cloudevents.core.v03.CloudEventV03;
import io.cloudevents.core.v1.CloudEventV1;
import io.vertx.core.buffer.Buffer;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.URI;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What is written of events, version 1: exactly what was in memory. A form of CloudEvents would lose the types of
 * extensions, and JSON the blanks around data.
 */
final class EventCodec {

    /** By label, which is a public name; the order of the constants is not. */
    private static final Map<String, FailureKind> KINDS =
            Stream.of(FailureKind.values()).collect(Collectors.toMap(FailureKind::label, Function.identity()));

    private static final int ABSENT = -1;

    private EventCodec() {}

    static void write(DataOutputStream out, Waiting waiting) throws IOException {
        writeEvent(out, waiting.event());
        out.writeInt(waiting.places().size());
        for (Place place : waiting.places()) {
            writeName(out, place.trigger());
            writeText(out, place.triggerUid());
            out.writeInt(place.attempts());
            out.writeLong(place.firstAttemptMillis());
            out.writeBoolean(place.failure().isPresent());
            if (place.failure().isPresent()) {
                writeCause(out, place.failure().get());
            }
            out.writeBoolean(place.reply().isPresent());
            if (place.reply().isPresent()) {
                writeEvent(out, place.reply().get());
            }
        }
    }

    static Waiting readWaiting(DataInputStream in) throws IOException {
        CloudEvent event = readEvent(in);
        int count = in.readInt();
        List<Place> places = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            places.add(new Place(
                    readName(in),
                    readText(in),
                    in.readInt(),
                    in.readLong(),
                    in.readBoolean() ? Optional.of(readCause(in)) : Optional.empty(),
                    in.readBoolean() ? Optional.of(readEvent(in)) : Optional.empty()));
        }
        return new Waiting(event, places);
    }

    static void write(DataOutputStream out, ParkedEvent parked) throws IOException {
        writeText(out, parked.id());
        writeName(out, parked.trigger());
        writeText(out, parked.triggerUid());
        writeEvent(out, parked.event());
        writeCause(out, parked.cause());
        out.writeInt(parked.attempts());
        out.writeLong(parked.firstAttemptMillis());
        out.writeLong(parked.lastAttemptMillis());
    }

    static ParkedEvent readParked(DataInputStream in, ResourceName broker, String brokerUid) throws IOException {
        String id = readText(in);
        ResourceName trigger = readName(in);
        String triggerUid = readText(in);
        CloudEvent event = readEvent(in);
        Cause cause = readCause(in);
        return new ParkedEvent(
                id, broker, brokerUid, trigger, triggerUid, event, cause, in.readInt(), in.readLong(), in.readLong());
    }

    // ---- parts ------------------------------------------------------------------------------------------------------

    private static void writeCause(DataOutputStream out, Cause cause) throws IOException {
        writeText(out, cause.kind().label());
        out.writeInt(cause.status());
        writeText(out, cause.message());
        writeText(out, cause.destination());
        writeBytes(out, cause.body().getBytes());
        out.writeInt(cause.attributes().size());
        for (Map.Entry<String, String> attribute : cause.attributes().entrySet()) {
            writeText(out, attribute.getKey());
            writeText(out, attribute.getValue());
        }
    }

    private static Cause readCause(DataInputStream in) throws IOException {
        String label = readText(in);
        FailureKind kind = KINDS.get(label);
        if (kind == null) {
            throw new IOException("there is no kind of failure \"" + label + "\"");
        }
        int status = in.readInt();
        String message = readText(in);
        String destination = readText(in);
        Buffer body = Buffer.buffer(readBytes(in));
        int count = in.readInt();
        Map<String, String> attributes = new HashMap<>();
        for (int i = 0; i < count; i++) {
            attributes.put(readText(in), readText(in));
        }
        return new Cause(kind, status, message, destination, body, attributes);
    }

    private static void writeEvent(DataOutputStream out, CloudEvent event) throws IOException {
        out.writeBoolean(event.getSpecVersion() == SpecVersion.V03);
        writeText(out, event.getId());
        writeText(out, event.getSource().toString());
        writeText(out, event.getType());
        writeOptional(out, event.getSubject());
        writeOptional(out, event.getDataContentType());
        writeOptional(
                out,
                event.getDataSchema() == null ? null : event.getDataSchema().toString());
        out.writeBoolean(event.getTime() != null);
        if (event.getTime() != null) {
            writeTime(out, event.getTime());
        }
        CloudEventData data = event.getData();
        out.writeBoolean(data != null);
        if (data != null) {
            writeBytes(out, data.toBytes());
        }
        out.writeInt(event.getExtensionNames().size());
        for (String name : event.getExtensionNames()) {
            writeText(out, name);
            writeValue(out, event.getExtension(name));
        }
    }

    private static CloudEvent readEvent(DataInputStream in) throws IOException {
        boolean old = in.readBoolean();
        String id = readText(in);
        URI source = URI.create(readText(in));
        String type = readText(in);
        String subject = readOptional(in);
        String contentType = readOptional(in);
        String schemaText = readOptional(in);
        URI schema = schemaText == null ? null : URI.create(schemaText);
        OffsetDateTime time = in.readBoolean() ? readTime(in) : null;
        CloudEventData data = in.readBoolean() ? BytesCloudEventData.wrap(readBytes(in)) : null;
        int count = in.readInt();
        Map<String, Object> extensions = new HashMap<>();
        for (int i = 0; i < count; i++) {
            extensions.put(readText(in), readValue(in));
        }
        Map<String, Object> compact = Extensions.compact(extensions);
        return old
                ? new CloudEventV03(id, source, type, time, schema, contentType, subject, data, compact)
                : new CloudEventV1(id, source, type, contentType, schema, subject, time, data, compact);
    }

    private static void writeValue(DataOutputStream out, @Nullable Object value) throws IOException {
        if (value instanceof Boolean flag) {
            out.writeByte('b');
            out.writeBoolean(flag);
        } else if (value instanceof Integer number) {
            out.writeByte('i');
            out.writeInt(number);
        } else if (value instanceof URI uri) {
            out.writeByte('u');
            writeText(out, uri.toString());
        } else if (value instanceof OffsetDateTime time) {
            out.writeByte('t');
            writeTime(out, time);
        } else if (value instanceof byte[] bytes) {
            out.writeByte('x');
            writeBytes(out, bytes);
        } else {
            out.writeByte('s');
            writeText(out, String.valueOf(value));
        }
    }

    private static Object readValue(DataInputStream in) throws IOException {
        byte type = in.readByte();
        return switch (type) {
            case 'b' -> in.readBoolean();
            case 'i' -> in.readInt();
            case 'u' -> URI.create(readText(in));
            case 't' -> readTime(in);
            case 'x' -> readBytes(in);
            case 's' -> readText(in);
            default -> throw new IOException("there is no type of extension " + type);
        };
    }

    private static void writeTime(DataOutputStream out, OffsetDateTime time) throws IOException {
        out.writeLong(time.toEpochSecond());
        out.writeInt(time.getNano());
        out.writeInt(time.getOffset().getTotalSeconds());
    }

    private static OffsetDateTime readTime(DataInputStream in) throws IOException {
        Instant instant = Instant.ofEpochSecond(in.readLong(), in.readInt());
        return instant.atOffset(ZoneOffset.ofTotalSeconds(in.readInt()));
    }

    static void writeName(DataOutputStream out, ResourceName name) throws IOException {
        writeText(out, name.namespace());
        writeText(out, name.name());
    }

    static ResourceName readName(DataInputStream in) throws IOException {
        return new ResourceName(readText(in), readText(in));
    }

    /** Not {@code writeUTF}, which takes no more than 65,535 bytes. */
    static void writeText(DataOutputStream out, String text) throws IOException {
        writeBytes(out, text.getBytes(UTF_8));
    }

    static String readText(DataInputStream in) throws IOException {
        return new String(readBytes(in), UTF_8);
    }

    private static void writeOptional(DataOutputStream out, @Nullable String text) throws IOException {
        if (text == null) {
            out.writeInt(ABSENT);
        } else {
            writeText(out, text);
        }
    }

    private static @Nullable String readOptional(DataInputStream in) throws IOException {
        int length = in.readInt();
        return length == ABSENT ? null : new String(readBytes(in, length), UTF_8);
    }

    private static void writeBytes(DataOutputStream out, byte[] bytes) throws IOException {
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static byte[] readBytes(DataInputStream in) throws IOException {
        return readBytes(in, in.readInt());
    }

    private static byte[] readBytes(DataInputStream in, int length) throws IOException {
        // The whole frame is in memory, so what is available is what is there.
        if (length < 0 || length > in.available()) {
            throw new IOException("a length of " + length + " bytes where " + in.available() + " are left");
        }
        return in.readNBytes(length);
    }
}
