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
    private final boolean byHand;

    /** @param byHand whether the resource says, by having no access token, that people keep the webhook */
    GitHubAdapter(GitHubWebhook webhook, boolean byHand) {
        this.byHand = byHand;
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
                byHand ? SourceCondition.State.TRUE : SourceCondition.State.UNKNOWN,
                "KeptByHand",
                (byHand
                                ? "the webhook on GitHub is created by hand"
                                : "accessToken is not used: create the webhook on GitHub by hand")
                        + host.webhookUrl()
                                .map(url -> ", with the payload URL " + url)
                                .orElse("")));
        return Future.succeededFuture();
    }
}
