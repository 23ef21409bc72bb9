/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.command;

import io.netty.handler.codec.http.HttpResponseStatus;

/** The words that belong to an HTTP status code; the JDK's client keeps them from its callers. */
final class StatusText {

    private StatusText() {}

    static String of(int statusCode) {
        return HttpResponseStatus.valueOf(statusCode).reasonPhrase();
    }
}
