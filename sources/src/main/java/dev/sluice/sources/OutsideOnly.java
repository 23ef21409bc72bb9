/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.source.AdapterHost;
import dev.sluice.api.source.SinkException;
import dev.sluice.api.source.SourceCondition;
import dev.sluice.sources.send.SinkClients;
import io.cloudevents.CloudEvent;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.RequestOptions;
import java.net.URI;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What an adapter is given that only takes something down: it has no sink, and no status that anybody reads. */
final class OutsideOnly implements AdapterHost {

    private static final Logger LOG = LoggerFactory.getLogger(OutsideOnly.class);

    private final Vertx vertx;
    private final SinkClients clients;
    private final Optional<URI> webhookUrl;

    OutsideOnly(Vertx vertx, SinkClients clients, Optional<URI> webhookUrl) {
        this.vertx = requireNonNull(vertx, "vertx");
        this.clients = requireNonNull(clients, "clients");
        this.webhookUrl = requireNonNull(webhookUrl, "webhookUrl");
    }

    @Override
    public Vertx vertx() {
        return vertx;
    }

    @Override
    public Future<Void> emit(CloudEvent event) {
        return Future.failedFuture(new SinkException("the source is deleted", false));
    }

    @Override
    public void report(SourceCondition condition) {
        LOG.atDebug().addKeyValue("condition", condition).log("a source that is deleted says something of itself");
    }

    @Override
    public Optional<URI> webhookUrl() {
        return webhookUrl;
    }

    @Override
    public Future<HttpClientRequest> request(RequestOptions options) {
        return clients.request(options);
    }
}
