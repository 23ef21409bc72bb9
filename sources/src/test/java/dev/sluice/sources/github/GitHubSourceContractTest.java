/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.github;

import dev.sluice.api.source.SourceKind;
import dev.sluice.api.source.WebhookRequest;
import dev.sluice.testkit.SourceKindContractTest;
import io.vertx.core.json.JsonObject;

final class GitHubSourceContractTest extends SourceKindContractTest {

    @Override
    protected SourceKind kind() {
        return new GitHubSourceKind();
    }

    @Override
    protected JsonObject goodSpec() {
        return new JsonObject("""
                {"ownerAndRepository": "tea-house/kettle",
                 "eventTypes": ["push", "pull_request"],
                 "secretToken": {"secretKeyRef": {"name": "github", "key": "secret"}},
                 "sink": {"uri": "http://localhost:8888/"}}
                """);
    }

    @Override
    protected WebhookRequest goodRequest() {
        return Deliveries.of("push", SECRET);
    }
}
