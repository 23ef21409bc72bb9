/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.event;

import java.math.BigDecimal;
import java.time.OffsetDateTime;
import java.util.Base64;

/** The canonical string representation of attribute values (CloudEvents 3.1, Type System). */
public final class CanonicalText {

    private CanonicalText() {}

    /** @param value of one of the types that the CloudEvents SDK uses for attributes */
    public static String of(Object value) {
        if (value instanceof String text) {
            return text;
        }
        if (value instanceof OffsetDateTime time) {
            // Its own toString leaves out seconds that are zero, which RFC 3339 does not allow.
            return Timestamps.format(time);
        }
        if (value instanceof byte[] bytes) {
            return Base64.getEncoder().encodeToString(bytes);
        }
        if (value instanceof BigDecimal number) {
            return number.toPlainString();
        }
        return value.toString();
    }
}
