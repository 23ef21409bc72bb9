/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.channel;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * {@link Positions} as bytes, for channels that store them. Offsets are written as differences and runs, so that a
 * trigger in step takes nothing, one that is merely behind about 40 bytes with its UID, and one with gaps two or three
 * bytes for each run of unfinished offsets.
 *
 * <pre>
 *   version 1 | watermark | number of exceptions | exception …
 *   exception:  length of UID | UID | next - watermark | number of runs | run …
 *   run:        offsets between the run before and this one | length of the run
 * </pre>
 *
 * <p>Numbers are variable-length, seven bits a byte, the lowest first; differences that may be negative are folded to
 * positive numbers. Exceptions are sorted by UID, so that equal positions are equal bytes.
 */
public final class PositionsCodec {

    private static final int VERSION = 1;
    private static final int MORE = 0x80;
    /** No trigger has as many; a corrupt length must not take all memory. */
    private static final int MOST_UNFINISHED = 1 << 22;

    private PositionsCodec() {}

    public static byte[] encode(Positions positions) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(VERSION);
        write(out, positions.watermark());
        write(out, positions.exceptions().size());
        new TreeMap<>(positions.exceptions()).forEach((uid, position) -> {
            byte[] name = uid.getBytes(UTF_8);
            write(out, name.length);
            out.writeBytes(name);
            write(out, fold(position.next() - positions.watermark()));
            writeRuns(out, position);
        });
        return out.toByteArray();
    }

    private static void writeRuns(ByteArrayOutputStream out, Position position) {
        ByteArrayOutputStream runs = new ByteArrayOutputStream();
        int count = 0;
        long end = 0;
        for (int i = 0; i < position.unfinishedCount(); ) {
            long first = position.unfinished(i);
            int length = 1;
            while (i + length < position.unfinishedCount() && position.unfinished(i + length) == first + length) {
                length++;
            }
            write(runs, first - end);
            write(runs, length);
            end = first + length;
            i += length;
            count++;
        }
        write(out, count);
        out.writeBytes(runs.toByteArray());
    }

    /** @throws IllegalArgumentException if these bytes are not what {@link #encode} writes; the message says why */
    public static Positions decode(byte[] bytes) {
        Input in = new Input(bytes);
        int version = in.single();
        if (version != VERSION) {
            throw new IllegalArgumentException("positions of version " + version + "; this process reads version "
                    + VERSION + " and may be older than the one that wrote them");
        }
        long watermark = in.number();
        int count = in.length();
        Map<String, Position> exceptions = new HashMap<>();
        for (int i = 0; i < count; i++) {
            String uid = in.text();
            long next = watermark + unfold(in.number());
            exceptions.put(uid, Position.of(next, in.runs()));
        }
        if (in.at != bytes.length) {
            throw new IllegalArgumentException(
                    "positions of " + in.at + " bytes with " + (bytes.length - in.at) + " more behind them");
        }
        return new Positions(watermark, exceptions);
    }

    private static void write(ByteArrayOutputStream out, long number) {
        long rest = number;
        while (rest >= MORE) {
            out.write(((int) rest & (MORE - 1)) | MORE);
            rest >>>= 7;
        }
        out.write((int) rest);
    }

    private static long fold(long signed) {
        return (signed << 1) ^ (signed >> 63);
    }

    private static long unfold(long folded) {
        return (folded >>> 1) ^ -(folded & 1);
    }

    private static final class Input {
        private final byte[] bytes;
        private int at;

        Input(byte[] bytes) {
            this.bytes = bytes;
        }

        int single() {
            if (at == bytes.length) {
                throw new IllegalArgumentException("positions end after " + at + " bytes, in the middle");
            }
            return bytes[at++] & 0xff;
        }

        long number() {
            long number = 0;
            for (int shift = 0; shift < 63; shift += 7) {
                int next = single();
                number |= (long) (next & (MORE - 1)) << shift;
                if (next < MORE) {
                    return number;
                }
            }
            throw new IllegalArgumentException("positions with a number that is too large before byte " + at);
        }

        /** A number of things that take a byte each at least. */
        int length() {
            long length = number();
            if (length > bytes.length - at) {
                throw new IllegalArgumentException(
                        "positions with a length of " + length + " at byte " + at + " of " + bytes.length);
            }
            return (int) length;
        }

        String text() {
            int length = length();
            at += length;
            return new String(bytes, at - length, length, UTF_8);
        }

        long[] runs() {
            int runs = length();
            long[] offsets = new long[runs];
            int filled = 0;
            long end = 0;
            for (int i = 0; i < runs; i++) {
                long first = end + number();
                long length = number();
                if (length > MOST_UNFINISHED - filled) {
                    throw new IllegalArgumentException("positions with a run of " + length + " before byte " + at);
                }
                if (filled + length > offsets.length) {
                    offsets = Arrays.copyOf(offsets, Math.max((int) (filled + length), 2 * offsets.length));
                }
                for (int j = 0; j < length; j++) {
                    offsets[filled++] = first + j;
                }
                end = first + length;
            }
            return Arrays.copyOf(offsets, filled);
        }
    }
}
