/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.http;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * URIs of attributes. Reading one is the dearest part of reading a small event and the same sources come again and
 * again, so they are remembered and shared, in a table of fixed size in which a newcomer takes its slot.
 */
final class Uris {

    private static final int SLOTS = 1024;
    private static final int LONGEST_REMEMBERED = 256;

    private static final AtomicReferenceArray<URI> REMEMBERED = new AtomicReferenceArray<>(SLOTS);

    private Uris() {}

    /** A URI reference (RFC 3986 4.1), or null if the text is none. */
    static @Nullable URI reference(String text) {
        int hash = text.hashCode();
        int slot = (hash ^ hash >>> 16) & (SLOTS - 1);
        // Acquire and release, for java.net.URI is immutable to look at but not made of final fields.
        URI known = REMEMBERED.getAcquire(slot);
        if (known != null && known.toString().equals(text)) {
            return known;
        }
        try {
            URI uri = new URI(text);
            if (text.length() <= LONGEST_REMEMBERED) {
                REMEMBERED.setRelease(slot, uri);
            }
            return uri;
        } catch (URISyntaxException e) {
            return null;
        }
    }
}
