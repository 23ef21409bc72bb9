/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Of how many parts positions are that are too long for one record. Written as the text {@code parts COUNT LENGTH}, which no
 * positions begin with: a process that does not know of parts says that it can't read them.
 *
 * @param count 1 or more
 * @param length of all together, in bytes
 */
record SnapshotParts(int count, int length) {

    private static final String PREFIX = "parts ";

    SnapshotParts {
        if (count < 1 || length < 0) {
            throw new IllegalArgumentException("positions of " + length + " bytes in " + count + " parts");
        }
    }

    /** @param size of a part, in bytes, but for the last one */
    static SnapshotParts of(byte[] positions, int size) {
        int further = Math.max(0, positions.length - 1) / size;
        return new SnapshotParts(1 + further, positions.length);
    }

    /** Null if these are positions themselves. */
    static @Nullable SnapshotParts read(byte[] value) {
        byte[] prefix = PREFIX.getBytes(UTF_8);
        if (value.length < prefix.length || !Arrays.equals(value, 0, prefix.length, prefix, 0, prefix.length)) {
            return null;
        }
        String[] numbers = new String(value, UTF_8).substring(PREFIX.length()).split(" ", -1);
        if (numbers.length != 2) {
            throw new IllegalArgumentException("the parts of positions are " + numbers.length + " numbers, not 2");
        }
        return new SnapshotParts(Integer.parseInt(numbers[0]), Integer.parseInt(numbers[1]));
    }

    byte[] written() {
        return (PREFIX + count + " " + length).getBytes(UTF_8);
    }

    /** @param size as it was given to {@link #of} */
    byte[] cut(byte[] positions, int part, int size) {
        return Arrays.copyOfRange(positions, part * size, (int) Math.min(length, (part + 1L) * size));
    }

    /** All parts, one behind the other; null if one is missing, or is another's. */
    byte @Nullable [] joined(IntFunction<byte @Nullable []> parts) {
        byte[] all = new byte[length];
        int filled = 0;
        for (int i = 0; i < count; i++) {
            byte[] part = parts.apply(i);
            if (part == null || part.length > length - filled) {
                return null;
            }
            System.arraycopy(part, 0, all, filled, part.length);
            filled += part.length;
        }
        return filled == length ? all : null;
    }
}
