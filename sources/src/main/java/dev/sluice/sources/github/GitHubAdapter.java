/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.github;

import dev.sluice.api.source.SourceAdapter;
import dev.sluice.api.source.Webhook;

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
}
