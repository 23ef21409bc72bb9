/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.admin;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The secret that guards the admin listener. Never printed. */
public final class AdminToken {

    private static final String SCHEME = "Bearer ";

    private final byte[] secret;

    private AdminToken(byte[] secret) {
        this.secret = secret;
    }

    /**
     * Reads a token as a file holds it: white space around it does not count.
     *
     * @return empty if nothing is left, or what is left can't stand in a header
     */
    public static Optional<AdminToken> of(String text) {
        String token = text.strip();
        for (int i = 0; i < token.length(); i++) {
            if (token.charAt(i) <= ' ' || token.charAt(i) > '~') {
                return Optional.empty();
            }
        }
        return token.isEmpty()
                ? Optional.empty()
                : Optional.of(new AdminToken(token.getBytes(StandardCharsets.US_ASCII)));
    }

    /** The header {@code Authorization} of who has the token. */
    public String authorization() {
        return SCHEME + new String(secret, StandardCharsets.US_ASCII);
    }

    /** Whether the header {@code Authorization} holds the token; takes as long for a near miss as for a far one. */
    boolean opens(@Nullable String authorization) {
        if (authorization == null || !authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return false;
        }
        byte[] given = authorization.substring(SCHEME.length()).strip().getBytes(StandardCharsets.UTF_8);
        return MessageDigest.isEqual(secret, given);
    }

    @Override
    public String toString() {
        return "[hidden]";
    }
}
