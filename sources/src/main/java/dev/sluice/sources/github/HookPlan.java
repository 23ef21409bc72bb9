/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.github;

import static java.util.Objects.requireNonNull;

import java.net.URI;
import java.util.Set;

/**
 * How the webhook on GitHub is to be.
 *
 * @param secret with which GitHub signs; not printed
 * @param events as GitHub names them
 */
record HookPlan(URI url, String secret, Set<String> events) {

    static final String CONTENT_TYPE = "json";

    HookPlan {
        requireNonNull(url, "url");
        requireNonNull(secret, "secret");
        events = Set.copyOf(events);
    }

    /** The secret is left out: GitHub does not tell it. */
    boolean isMetBy(GitHubApi.Hook hook) {
        return hook.active()
                && hook.contentType().equals(CONTENT_TYPE)
                && isOf(hook)
                && hook.events().equals(events);
    }

    /** Whether it is the webhook of this source: no other sends to this URL. */
    boolean isOf(GitHubApi.Hook hook) {
        return hook.url().equals(url.toString());
    }

    @Override
    public String toString() {
        return url + " for " + events + ", secret [hidden]";
    }
}
