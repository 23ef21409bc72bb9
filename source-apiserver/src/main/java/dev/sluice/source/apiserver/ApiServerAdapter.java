/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.source.apiserver;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.source.AdapterHost;
import dev.sluice.api.source.SourceAdapter;
import dev.sluice.api.source.SourceCondition;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An ApiServerSource that runs. What it does, {@link Watches} do; here it comes to a client and lets go of it again. */
final class ApiServerAdapter implements SourceAdapter {

    private static final Logger LOG = LoggerFactory.getLogger(ApiServerAdapter.class);

    private static final long RETRY_MILLIS = 5_000;

    private final ResourceName name;
    private final ApiServerDefinition definition;
    private final ClusterAccess access;
    private final InstantSource clock;
    private final Promise<Void> closed = Promise.promise();

    private volatile @Nullable Context context;

    // On the context.
    private @Nullable Watches watches;
    private long timer = -1;
    private boolean opening;
    private boolean closing;

    ApiServerAdapter(ResourceName name, ApiServerDefinition definition, ClusterAccess access, InstantSource clock) {
        this.name = requireNonNull(name, "name");
        this.definition = requireNonNull(definition, "definition");
        this.access = requireNonNull(access, "access");
        this.clock = requireNonNull(clock, "clock");
    }

    @Override
    public Future<Void> start(AdapterHost host) {
        Context here = host.vertx().getOrCreateContext();
        context = here;
        // Before anybody asks: nothing has been seen yet.
        host.report(SourceCondition.unknown(
                Watches.DEPLOYED, "Starting", "it has not seen yet what there is to be watched"));
        here.runOnContext(begin -> open(here, host));
        return Future.succeededFuture();
    }

    private void open(Context here, AdapterHost host) {
        if (closing) {
            return;
        }
        opening = true;
        // Reads files, and loads half of the client's classes.
        here.<KubernetesClient>executeBlocking(access::open, false).onComplete(opened -> {
            opening = false;
            if (opened.failed() && closing) {
                closed.complete();
            } else if (opened.failed()) {
                String why = String.valueOf(opened.cause().getMessage());
                host.report(SourceCondition.isFalse(Watches.DEPLOYED, "NoCluster", why));
                LOG.atWarn()
                        .addKeyValue("source", name)
                        .addKeyValue("error", why)
                        .log("there is no cluster to watch");
                timer = here.owner().setTimer(RETRY_MILLIS, rang -> open(here, host));
            } else if (closing) {
                release(here).onComplete(closed);
            } else {
                Watches begun = new Watches(name, definition, here, host, opened.result(), clock);
                watches = begun;
                begun.begin();
            }
        });
    }

    private Future<Void> release(Context here) {
        return here.<Void>executeBlocking(
                        () -> {
                            access.release();
                            return null;
                        },
                        false)
                .onFailure(e ->
                        LOG.atWarn().setCause(e).addKeyValue("source", name).log("a client did not close"));
    }

    @Override
    public Future<Void> close() {
        return end(false);
    }

    @Override
    public Future<Void> remove() {
        return end(true);
    }

    private Future<Void> end(boolean forGood) {
        Context here = context;
        if (here == null) {
            return Future.succeededFuture();
        }
        here.runOnContext(end -> {
            if (closing) {
                return;
            }
            closing = true;
            here.owner().cancelTimer(timer);
            Watches open = watches;
            if (open != null) {
                open.end(forGood).eventually(() -> release(here)).onComplete(closed);
            } else if (!opening) {
                closed.complete();
            }
        });
        return closed.future();
    }
}
