/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.github;

import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.source.AdapterHost;
import dev.sluice.api.source.AdapterSetup;
import dev.sluice.api.source.SecretRef;
import dev.sluice.api.source.SourceAdapter;
import dev.sluice.api.source.SourceCondition;
import dev.sluice.api.source.SourceDefinition;
import dev.sluice.api.source.Webhook;
import io.vertx.core.Future;
import java.net.URI;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A GitHubSource where it runs. */
final class GitHubAdapter implements SourceAdapter {

    private final GitHubDefinition definition;
    private final ResourceName name;
    private final InstantSource clock;
    private final HookPace pace;
    private final List<String> secrets;
    private final GitHubWebhook webhook;
    /** Null if the resource says, by having none, that people keep the webhook. */
    private final @Nullable String token;

    private @Nullable HookKeeper keeper;

    GitHubAdapter(GitHubDefinition definition, AdapterSetup setup, HookPace pace) {
        this.definition = definition;
        this.pace = pace;
        name = setup.name();
        clock = setup.clock();
        secrets = setup.secrets().all(definition.secretToken());
        webhook = new GitHubWebhook(definition, secrets);
        SecretRef ref = definition.accessToken().orElse(null);
        token = ref == null ? null : token(ref, setup.secrets().newest(ref).strip());
    }

    private static String token(SecretRef ref, String value) {
        if (!value.chars().allMatch(c -> c > ' ' && c < 0x7F)) {
            throw new IllegalArgumentException("Secret " + ref
                    + " has characters in it that no token has; write the token into it, and nothing else");
        }
        return value;
    }

    @Override
    public Webhook webhook() {
        return webhook;
    }

    @Override
    public Future<Void> start(AdapterHost host) {
        URI url = host.webhookUrl().orElse(null);
        if (token == null) {
            // Nobody has looked whether it is there: the condition says whose affair it is.
            host.report(new SourceCondition(
                    GitHubSourceKind.WEBHOOK_CONFIGURED,
                    SourceCondition.State.TRUE,
                    "KeptByHand",
                    "the webhook on GitHub is created by hand"
                            + (url == null ? "" : ", with the payload URL " + definition.payloadUrl(url))));
        } else if (url == null) {
            host.report(
                    SourceCondition.isFalse(
                            GitHubSourceKind.WEBHOOK_CONFIGURED,
                            "WebhookUrlMissing",
                            "GitHub can't be told where to send to: start Sluice with --webhook-url and the URL at which GitHub"
                                    + " reaches its port for webhooks, or create the webhook by hand and remove spec.accessToken"));
        } else {
            keeper = keeper(host, url, token);
            keeper.start();
        }
        return Future.succeededFuture();
    }

    private HookKeeper keeper(AdapterHost host, URI url, String with) {
        HookPlan plan = new HookPlan(definition.payloadUrl(url), secrets.get(0), definition.eventTypes());
        return new HookKeeper(
                name, definition, plan, pace, clock, host, () -> new GitHubApi(host, clock, definition, with, secrets));
    }

    @Override
    public Future<Void> close() {
        return keeper == null ? Future.succeededFuture() : keeper.close();
    }

    @Override
    public Future<Void> giveWay(SourceDefinition next) {
        return keeper == null || (next instanceof GitHubDefinition other && definition.hasHookOf(other))
                ? close()
                : keeper.remove();
    }

    @Override
    public Future<Void> takeDown(AdapterHost host) {
        URI url = host.webhookUrl().orElse(null);
        // Without a token or a URL nothing was set up from here.
        return token == null || url == null
                ? Future.succeededFuture()
                : keeper(host, url, token).takeDown();
    }

    @Override
    public Future<Void> remove() {
        return keeper == null ? Future.succeededFuture() : keeper.remove();
    }
}
