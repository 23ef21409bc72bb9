/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server;

import static dev.sluice.server.config.ServeOptions.CATCH_UP_READERS;
import static dev.sluice.server.config.ServeOptions.CHANNEL;
import static dev.sluice.server.config.ServeOptions.CONNECT_TIMEOUT;
import static dev.sluice.server.config.ServeOptions.DELIVERY_TIMEOUT;
import static dev.sluice.server.config.ServeOptions.DISPATCH_MEMORY;
import static dev.sluice.server.config.ServeOptions.DISPATCH_WINDOW;
import static dev.sluice.server.config.ServeOptions.HANDOVER_TIMEOUT;
import static dev.sluice.server.config.ServeOptions.IDLE_TIMEOUT;
import static dev.sluice.server.config.ServeOptions.INGRESS_HOST;
import static dev.sluice.server.config.ServeOptions.INGRESS_PORT;
import static dev.sluice.server.config.ServeOptions.INGRESS_PROBES;
import static dev.sluice.server.config.ServeOptions.INGRESS_URL;
import static dev.sluice.server.config.ServeOptions.KUBERNETES;
import static dev.sluice.server.config.ServeOptions.MAX_CONNECTIONS;
import static dev.sluice.server.config.ServeOptions.MAX_EVENT_SIZE;
import static dev.sluice.server.config.ServeOptions.MAX_HEADER_SIZE;
import static dev.sluice.server.config.ServeOptions.MAX_IN_FLIGHT;
import static dev.sluice.server.config.ServeOptions.MAX_REPLY_SIZE;
import static dev.sluice.server.config.ServeOptions.REPLY_MEMORY;
import static dev.sluice.server.config.ServeOptions.REPLY_TTL;
import static dev.sluice.server.config.ServeOptions.REQUEST_TIMEOUT;
import static dev.sluice.server.config.ServeOptions.ROLE;
import static dev.sluice.server.config.ServeOptions.SOURCES_HOST;
import static dev.sluice.server.config.ServeOptions.SOURCES_PORT;
import static dev.sluice.server.config.ServeOptions.STATE_PROBES;
import static dev.sluice.server.config.ServeOptions.WEBHOOK_TIMEOUT;
import static dev.sluice.server.config.ServeOptions.WEBHOOK_URL;
import static java.util.Objects.requireNonNull;

import dev.sluice.broker.IngressSettings;
import dev.sluice.control.reconcile.ReconcilerSettings;
import dev.sluice.control.reconcile.ReconcilerSettings.SourcesRun;
import dev.sluice.dispatcher.DispatcherSettings;
import dev.sluice.dispatcher.LogSettings;
import dev.sluice.server.config.Role;
import dev.sluice.server.config.Settings;
import dev.sluice.sources.SourcesSettings;
import dev.sluice.sources.listen.ListenSettings;
import dev.sluice.sources.send.SinkSettings;
import io.vertx.core.net.HostAndPort;
import io.vertx.core.net.SocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What each part of a process is told of the options.
 *
 * @param plan what the options name
 */
record PartSettings(Settings settings, ServeCommand.Plan plan) {

    private static final int HTTP_PORT = 80;
    private static final int HTTPS_PORT = 443;

    /** What the bodies of webhooks in hand may take together. */
    private static final int PART_OF_HEAP_FOR_WEBHOOKS = 16;

    IngressSettings ingress() {
        int maxEventSize = settings.get(MAX_EVENT_SIZE);
        return new IngressSettings(
                settings.get(INGRESS_HOST),
                settings.get(INGRESS_PORT),
                maxEventSize,
                settings.get(REQUEST_TIMEOUT),
                settings.get(IDLE_TIMEOUT),
                settings.get(MAX_HEADER_SIZE),
                Math.max(maxEventSize, IngressSettings.defaults().bodyBudgetBytes()),
                settings.get(REPLY_TTL),
                settings.get(MAX_CONNECTIONS));
    }

    DispatcherSettings dispatcher(List<SocketAddress> ownListeners) {
        return new DispatcherSettings(
                settings.get(MAX_IN_FLIGHT),
                settings.get(CONNECT_TIMEOUT),
                settings.get(MAX_REPLY_SIZE),
                settings.get(REPLY_MEMORY),
                settings.get(REPLY_TTL),
                plan.refusedDestinations(),
                ownListeners);
    }

    LogSettings logs() {
        return new LogSettings(
                settings.get(DISPATCH_MEMORY),
                settings.get(DISPATCH_WINDOW),
                settings.get(HANDOVER_TIMEOUT),
                settings.get(CATCH_UP_READERS));
    }

    /** @param memory where what was sent last is kept, where this process alone sends it */
    SourcesSettings sources(Path memory) {
        int maxEventSize = settings.get(MAX_EVENT_SIZE);
        var listen = new ListenSettings(
                settings.get(SOURCES_HOST),
                settings.get(SOURCES_PORT),
                maxEventSize,
                Math.max(maxEventSize, Runtime.getRuntime().maxMemory() / PART_OF_HEAP_FOR_WEBHOOKS),
                settings.get(WEBHOOK_TIMEOUT),
                settings.get(IDLE_TIMEOUT),
                settings.get(MAX_HEADER_SIZE),
                settings.get(MAX_CONNECTIONS));
        // In a cluster others go on, and what this process remembers is not what was done last.
        Optional<Path> remembered = settings.get(KUBERNETES) ? Optional.empty() : Optional.of(memory);
        return new SourcesSettings(listen, SinkSettings.defaults(), settings.find(WEBHOOK_URL), remembered);
    }

    /**
     * @param ingressPort on which this process listens, if it does
     * @param decides whether this process says what is Ready, and finds out what others do; how sources do if it is told whom
     *     to ask
     */
    ReconcilerSettings reconciler(Optional<Integer> ingressPort, boolean decides) {
        Role role = settings.get(ROLE);
        // Where events are taken in by others, they listen where this process would.
        int port = ingressPort.orElse(settings.get(INGRESS_PORT));
        return new ReconcilerSettings(
                settings.find(INGRESS_URL).orElse(URI.create("http://localhost:" + port)),
                settings.get(DELIVERY_TIMEOUT),
                ReconcilerSettings.DEFAULT_BACKOFF_MAX,
                settings.get(CHANNEL),
                plan.providers().keySet(),
                decides || role.takesIn(),
                decides || role.delivers(),
                role.runsSources() || (decides && !stateProbes().isEmpty())
                        ? SourcesRun.HERE
                        : decides ? SourcesRun.ELSEWHERE_AND_TOLD_HERE : SourcesRun.ELSEWHERE);
    }

    /** The ingresses that are asked whether they serve a Broker. One of this process does when its table is in force. */
    List<HostAndPort> probes(URI ingressUrl) {
        List<String> given = settings.find(INGRESS_PROBES).orElse(List.of());
        if (!given.isEmpty()) {
            return addresses(given);
        }
        if (settings.get(ROLE).takesIn()) {
            return List.of();
        }
        int byScheme = ingressUrl.getScheme().equals("https") ? HTTPS_PORT : HTTP_PORT;
        int port = ingressUrl.getPort() >= 0 ? ingressUrl.getPort() : byScheme;
        return List.of(HostAndPort.create(ingressUrl.getHost(), port));
    }

    /** The admin ports of the processes that are asked how their Triggers and sources do. */
    List<HostAndPort> stateProbes() {
        return addresses(settings.find(STATE_PROBES).orElse(List.of()));
    }

    private static List<HostAndPort> addresses(List<String> given) {
        return given.stream()
                .map(text -> requireNonNull(HostAndPort.parseAuthority(text, HTTP_PORT), text))
                .toList();
    }
}
