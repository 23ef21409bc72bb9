/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.ping;

import dev.sluice.api.source.SourceKind;
import dev.sluice.testkit.SourceKindContractTest;
import io.vertx.core.json.JsonObject;

final class PingSourceContractTest extends SourceKindContractTest {

    @Override
    protected SourceKind kind() {
        return new PingSourceKind();
    }

    @Override
    protected JsonObject goodSpec() {
        return new JsonObject("""
                {"schedule": "*/10 * * * * *",
                 "timezone": "Europe/Vienna",
                 "contentType": "application/json",
                 "data": "{\\"hello\\": 1}",
                 "sink": {"uri": "http://localhost:8888/"}}
                """);
    }
}
