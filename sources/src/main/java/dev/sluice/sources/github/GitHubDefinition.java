/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.github;

import dev.sluice.api.source.AdapterSetup;
import dev.sluice.api.source.EventDescription;
import dev.sluice.api.source.SecretRef;
import dev.sluice.api.source.SourceAdapter;
import dev.sluice.api.source.SourceDefinition;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a GitHubSource asks for.
 *
 * @param repository owner and name, or an owner alone
 * @param eventTypes as GitHub names them; {@link #ALL_EVENTS} stands for all
 * @param accessToken for GitHub's API; without it people keep the webhook themselves
 * @param api its base, with a slash at the end
 * @param secure whether the webhook's URL is to be https; empty as it is
 * @param sha1 whether the older signature will do
 */
record GitHubDefinition(
        String repository,
        Set<String> eventTypes,
        SecretRef secretToken,
        Optional<SecretRef> accessToken,
        URI api,
        Optional<Boolean> secure,
        boolean sha1)
        implements SourceDefinition {

    static final String ALL_EVENTS = "*";

    static final String TYPE_PREFIX = "dev.knative.source.github.";

    @Override
    public List<SecretRef> secrets() {
        return accessToken.map(token -> List.of(secretToken, token)).orElse(List.of(secretToken));
    }

    @Override
    public List<EventDescription> events() {
        List<EventDescription> events = new ArrayList<>();
        for (String event : new TreeSet<>(eventTypes)) {
            if (!event.equals(ALL_EVENTS)) {
                events.add(new EventDescription(TYPE_PREFIX + event, source()));
            }
        }
        return events;
    }

    @Override
    public boolean hasWebhook() {
        return true;
    }

    @Override
    public boolean leavesSomething() {
        return accessToken.isPresent();
    }

    @Override
    public SourceAdapter adapter(AdapterSetup setup) {
        return new GitHubAdapter(this, setup, HookPace.DEFAULT);
    }

    /** As Knative has it, also for GitHub Enterprise. */
    String source() {
        return "https://github.com/" + repository;
    }

    /** Else a repository. */
    boolean isOrganisation() {
        return repository.indexOf('/') < 0;
    }

    /** Where GitHub is to send to. */
    URI payloadUrl(URI webhookUrl) {
        String text = webhookUrl.toString();
        return secure.map(https -> URI.create((https ? "https" : "http") + text.substring(text.indexOf(':'))))
                .orElse(webhookUrl);
    }

    /** Whether the other takes over the webhook on GitHub, as it is or changed. */
    boolean hasHookOf(GitHubDefinition other) {
        return repository.equalsIgnoreCase(other.repository) && api.equals(other.api) && secure.equals(other.secure);
    }

    boolean wants(String event) {
        return eventTypes.contains(event) || eventTypes.contains(ALL_EVENTS);
    }
}
