/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.github;

import dev.sluice.api.source.AdapterHost;
import dev.sluice.api.source.SourceAdapter;
import dev.sluice.api.source.SourceCondition;
import dev.sluice.api.source.Webhook;
import io.vertx.core.Future;

/** A GitHubSource where it runs. */
final class GitHubAdapter implements SourceAdapter {

    private final GitHubWebhook webhook;

    GitHubAdapter(GitHubWebhook webhook) {
        this.webhook = webhook;
    }

    @Override
    public Webhook webhook() {
        return webhook;
    }

    @Override
    public Future<Void> start(AdapterHost host) {
        // Nobody has looked whether it is there: the condition says whose affair it is.
        host.report(new SourceCondition(
                GitHubSourceKind.WEBHOOK_CONFIGURED,
                SourceCondition.State.TRUE,
                "KeptByHand",
                "the webhook on GitHub is created by hand"
                        + host.webhookUrl()
                                .map(url -> ", with the payload URL " + url)
                                .orElse("")));
        return Future.succeededFuture();
    }
}
