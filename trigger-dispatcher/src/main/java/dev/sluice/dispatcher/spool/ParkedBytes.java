/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.spool;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.api.routing.ResourceName;
import dev.sluice.dispatcher.parking.ParkedEvent;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * One parked event as bytes, for where each is kept by itself.
 *
 * <pre>
 *   version 1 | length of the broker's UID | the broker's UID | the event as in the spool
 * </pre>
 */
public final class ParkedBytes {

    private static final int VERSION = 1;

    private ParkedBytes() {}

    public static byte[] encode(ParkedEvent parked) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(VERSION);
            byte[] uid = parked.brokerUid().getBytes(UTF_8);
            out.writeShort(uid.length);
            out.write(uid);
            EventCodec.write(out, parked);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** @throws IOException if these bytes are not what {@link #encode} writes; the message says why */
    public static ParkedEvent decode(byte[] bytes, ResourceName broker) throws IOException {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            int version = in.readUnsignedByte();
            if (version != VERSION) {
                throw new IOException("version " + version + "; this process reads version " + VERSION
                        + " and may be older than the one that wrote it");
            }
            byte[] uid = in.readNBytes(in.readUnsignedShort());
            return EventCodec.readParked(in, broker, new String(uid, UTF_8));
        }
    }
}
