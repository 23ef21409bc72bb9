/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources;

import dev.sluice.api.source.AdapterHost;
import dev.sluice.api.source.AdapterSetup;
import dev.sluice.api.source.EventDescription;
import dev.sluice.api.source.SourceAdapter;
import dev.sluice.api.source.SourceDefinition;
import dev.sluice.api.source.Webhook;
import dev.sluice.api.source.WebhookOutcome;
import dev.sluice.api.source.WebhookRequest;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.vertx.core.Future;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A source that makes an event of every POST, and remembers what became of its adapters. */
final class ScriptedDefinition implements SourceDefinition {

    private final boolean webhook;
    private final Deque<String> startFailures = new ArrayDeque<>();
    /** What happened to its adapters, in order. */
    private final List<String> life = new ArrayList<>();

    private @Nullable AdapterHost host;
    private Future<Void> removal = Future.succeededFuture();

    ScriptedDefinition(boolean webhook) {
        this.webhook = webhook;
    }

    synchronized ScriptedDefinition failNextStart(String message) {
        startFailures.add(message);
        return this;
    }

    /** Its adapters are removed when this is complete. */
    synchronized ScriptedDefinition removedWith(Future<Void> end) {
        removal = end;
        return this;
    }

    synchronized List<String> life() {
        return List.copyOf(life);
    }

    synchronized AdapterHost host() {
        return Objects.requireNonNull(host);
    }

    private synchronized void note(String what) {
        life.add(what);
    }

    @Override
    public List<EventDescription> events() {
        return List.of();
    }

    @Override
    public boolean hasWebhook() {
        return webhook;
    }

    @Override
    public SourceAdapter adapter(AdapterSetup setup) {
        note("made");
        return new SourceAdapter() {

            @Override
            public @Nullable Webhook webhook() {
                return webhook ? ScriptedDefinition::receive : null;
            }

            @Override
            public Future<Void> start(AdapterHost given) {
                synchronized (ScriptedDefinition.this) {
                    String failure = startFailures.poll();
                    if (failure != null) {
                        return Future.failedFuture(failure);
                    }
                    host = given;
                }
                note("started");
                return Future.succeededFuture();
            }

            @Override
            public Future<Void> close() {
                note("closed");
                return Future.succeededFuture();
            }

            @Override
            public Future<Void> takeDown(AdapterHost given) {
                note("taken down at " + given.webhookUrl().map(URI::toString).orElse("no URL"));
                synchronized (ScriptedDefinition.this) {
                    return removal;
                }
            }

            @Override
            public Future<Void> remove() {
                note("removed");
                synchronized (ScriptedDefinition.this) {
                    return removal;
                }
            }
        };
    }

    private static WebhookOutcome receive(WebhookRequest request) {
        String wish = Objects.requireNonNullElse(request.headers().get("x-wish"), "");
        return switch (wish) {
            case "fault" -> throw new IllegalStateException("as wished");
            case "refuse" ->
                new WebhookOutcome.Refuse(WebhookOutcome.Kind.UNAUTHORIZED, "the header is wrong", "send another");
            case "answer" -> WebhookOutcome.Answer.text("hello", "as wished");
            default ->
                new WebhookOutcome.Emit(CloudEventBuilder.v1()
                        .withId(Objects.requireNonNullElse(request.headers().get("x-id"), "1"))
                        .withType("scripted")
                        .withSource(URI.create("/scripted"))
                        .withExtension("from", "adapter")
                        .withData("application/json", request.body().getBytes())
                        .build());
        };
    }
}
