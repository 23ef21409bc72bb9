/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.http;

import io.vertx.core.json.JsonObject;
import java.util.Map;

/** Writes small JSON objects. */
public final class JsonText {

    private JsonText() {}

    /** @param object of Strings, Numbers, Booleans, and lists of these */
    public static String of(Map<String, Object> object) {
        return new JsonObject(object).encode();
    }
}
