/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.source.kafka;

import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the key of a record is, and so what the extensions {@code key} and {@code partitionkey} hold. */
enum KeyType {
    STRING("string") {
        @Override
        Object shown(byte[] key) {
            return Text.orBytes(key);
        }
    },

    /** Four or eight bytes, the highest first. An event's integers have 32 bits, so one of 64 is written in digits. */
    INT("int") {
        @Override
        Object shown(byte[] key) {
            return switch (key.length) {
                case Integer.BYTES -> ByteBuffer.wrap(key).getInt();
                case Long.BYTES -> Long.toString(ByteBuffer.wrap(key).getLong());
                default -> Text.orBytes(key);
            };
        }
    },

    /** Four or eight bytes of IEEE 754, written in digits: events know no fractions. */
    FLOAT("float") {
        @Override
        Object shown(byte[] key) {
            return switch (key.length) {
                case Float.BYTES -> Float.toString(ByteBuffer.wrap(key).getFloat());
                case Double.BYTES -> Double.toString(ByteBuffer.wrap(key).getDouble());
                default -> Text.orBytes(key);
            };
        }
    },

    BYTE_ARRAY("byte-array") {
        @Override
        Object shown(byte[] key) {
            return key;
        }
    };

    private final String written;

    KeyType(String written) {
        this.written = written;
    }

    /** As the value of an extension: a String, an Integer or bytes. A key that is not what it should be is shown as text. */
    abstract Object shown(byte[] key);

    static List<String> names() {
        return List.of(STRING.written, INT.written, FLOAT.written, BYTE_ARRAY.written);
    }

    /** Null if it is none. */
    static @Nullable KeyType of(String written) {
        for (KeyType type : values()) {
            if (type.written.equals(written)) {
                return type;
            }
        }
        return null;
    }
}
