/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.http;

import io.vertx.core.http.HttpHeaders;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * From header names to attribute names and back. A source sends the same few names with every event, so both ways are
 * remembered, each in a table of fixed size in which a newcomer takes the place of whoever has its slot.
 */
final class AttributeNames {

    static final CharSequence SPECVERSION = HttpHeaders.createOptimized("ce-specversion");
    static final CharSequence ID = HttpHeaders.createOptimized("ce-id");
    static final CharSequence SOURCE = HttpHeaders.createOptimized("ce-source");
    static final CharSequence TYPE = HttpHeaders.createOptimized("ce-type");
    static final CharSequence SUBJECT = HttpHeaders.createOptimized("ce-subject");
    static final CharSequence TIME = HttpHeaders.createOptimized("ce-time");
    static final CharSequence DATASCHEMA = HttpHeaders.createOptimized("ce-dataschema");
    static final CharSequence SCHEMAURL = HttpHeaders.createOptimized("ce-schemaurl");

    private static final int SLOTS = 512;
    private static final int LONGEST_REMEMBERED = 64;
    private static final int PREFIX = "ce-".length();

    private static final AtomicReferenceArray<Name> BY_HEADER = new AtomicReferenceArray<>(SLOTS);
    private static final AtomicReferenceArray<Name> BY_ATTRIBUTE = new AtomicReferenceArray<>(SLOTS);

    private record Name(String header, String attribute, CharSequence headerToWrite) {}

    private AttributeNames() {}

    /** Whether a header carries an attribute: {@code ce-} and something behind it, in any case. */
    static boolean isAttributeHeader(String header) {
        return header.length() > PREFIX
                && header.charAt(2) == '-'
                && (header.charAt(0) | 0x20) == 'c'
                && (header.charAt(1) | 0x20) == 'e';
    }

    /** The attribute of a header that {@link #isAttributeHeader carries one}; null if its name breaks the naming rule. */
    static @Nullable String attributeOf(String header) {
        int slot = slotOf(header);
        Name known = BY_HEADER.getAcquire(slot);
        if (known != null && known.header.equals(header)) {
            return known.attribute;
        }
        String attribute = header.substring(PREFIX).toLowerCase(Locale.ROOT);
        if (!isValid(attribute)) {
            return null;
        }
        if (header.length() <= LONGEST_REMEMBERED) {
            BY_HEADER.setRelease(slot, new Name(header, attribute, header));
        }
        return attribute;
    }

    /** The header that carries an extension. */
    static CharSequence headerOf(String attribute) {
        int slot = slotOf(attribute);
        Name known = BY_ATTRIBUTE.getAcquire(slot);
        if (known != null && known.attribute.equals(attribute)) {
            return known.headerToWrite;
        }
        String header = "ce-" + attribute;
        if (attribute.length() > LONGEST_REMEMBERED) {
            return header;
        }
        CharSequence headerToWrite = HttpHeaders.createOptimized(header);
        BY_ATTRIBUTE.setRelease(slot, new Name(header, attribute, headerToWrite));
        return headerToWrite;
    }

    /** Lower-case letters and digits, at least one (CloudEvents 3.1, Attribute Naming Convention). */
    static boolean isValid(String attribute) {
        for (int i = 0; i < attribute.length(); i++) {
            char c = attribute.charAt(i);
            if ((c < 'a' || c > 'z') && (c < '0' || c > '9')) {
                return false;
            }
        }
        return !attribute.isEmpty();
    }

    private static int slotOf(String name) {
        int hash = name.hashCode();
        return (hash ^ hash >>> 16) & (SLOTS - 1);
    }
}
