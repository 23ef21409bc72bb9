/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.send;

import dev.sluice.api.routing.Destination;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * Where events are sent to, with what is the same for all of them.
 *
 * @param text for messages and attributes: without user and password
 * @param authorization the header of this name; empty for none
 */
record SinkAddress(Destination destination, String text, String authorization) {

    static SinkAddress of(Destination destination) {
        URI uri = destination.uri();
        int port = uri.getPort();
        String text = uri.getScheme() + "://" + uri.getHost() + (port < 0 ? "" : ":" + port)
                + (uri.getRawPath() == null ? "" : uri.getRawPath());
        String user = uri.getUserInfo();
        return new SinkAddress(
                destination,
                text,
                user == null
                        ? ""
                        : "Basic " + Base64.getEncoder().encodeToString(user.getBytes(StandardCharsets.UTF_8)));
    }

    URI uri() {
        return destination.uri();
    }

    /** Without the header: it is a password. */
    @Override
    public String toString() {
        return text;
    }
}
