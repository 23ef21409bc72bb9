/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.listen;

import dev.sluice.api.meters.Meters;
import dev.sluice.api.routing.Destination;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.source.AdapterSetup;
import dev.sluice.api.source.EventDescription;
import dev.sluice.api.source.SecretValues;
import dev.sluice.api.source.SourceAdapter;
import dev.sluice.api.source.SourceDefinition;
import dev.sluice.api.source.SourceName;
import dev.sluice.api.source.SourceRoute;
import dev.sluice.api.source.WebhookOutcome;
import dev.sluice.sources.send.SendMeters;
import dev.sluice.sources.send.SinkClients;
import dev.sluice.sources.send.SinkGuard;
import dev.sluice.sources.send.SinkSender;
import dev.sluice.sources.send.SinkSettings;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.HttpDoorContractTest;
import dev.sluice.testkit.RecordingSubscriber;
import dev.sluice.testkit.Waiting;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.extension.RegisterExtension;

final class WebhookDoorContractTest extends HttpDoorContractTest {

    /** Of a source whose webhook is the test's own. */
    private static final SourceDefinition NO_ADAPTER = new SourceDefinition() {
        @Override
        public List<EventDescription> events() {
            return List.of();
        }

        @Override
        public SourceAdapter adapter(AdapterSetup setup) {
            throw new UnsupportedOperationException("there is none");
        }
    };

    private static final SourceName HOOK = new SourceName("Scripted", new ResourceName("shop", "hook"));

    @RegisterExtension
    final RecordingSubscriber sink = RecordingSubscriber.start();

    @Override
    protected Door open(Limits limits) {
        return new OpenWebhook(
                sink,
                new ListenSettings(
                        "127.0.0.1",
                        0,
                        limits.bodyBytes(),
                        1 << 20,
                        limits.requestTimeout(),
                        Duration.ofSeconds(20),
                        limits.headerBytes(),
                        limits.connections()));
    }

    @Override
    protected String path() {
        return "/shop/hook";
    }

    @Override
    protected Map<String, String> headers() {
        return Map.of();
    }

    private static SourceRoute route(RecordingSubscriber sink) {
        return new SourceRoute(HOOK, "uid", 1, NO_ADAPTER, Destination.of(sink.uri()), Map.of(), SecretValues.none());
    }

    private static final class OpenWebhook implements Door {

        private final Vertx vertx = Vertx.vertx();
        private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
        private final SinkClients clients = new SinkClients(vertx, SinkSettings.defaults(), SinkGuard.NONE);
        private final RecordingSubscriber sink;
        private final WebhookListener listener;
        private final int port;

        OpenWebhook(RecordingSubscriber sink, ListenSettings settings) {
            this.sink = sink;
            listener = new WebhookListener(vertx, settings, registry, InstantSource.system());
            listener.apply(Map.of(
                    "/shop/hook",
                    new Endpoint.Open(
                            HOOK,
                            request -> new WebhookOutcome.Emit(Events.MINIMAL),
                            new SinkSender(clients, route(sink), SendMeters.of(registry, HOOK)),
                            new RequestMeters(registry, SendMeters.tags(HOOK)))));
            port = Waiting.on(listener.listen());
        }

        @Override
        public int port() {
            return port;
        }

        @Override
        public void hold() {
            sink.hold();
        }

        @Override
        public void goOn() {
            sink.release();
        }

        @Override
        public long passedOn() {
            return sink.count();
        }

        @Override
        public double refused(int status) {
            double count = 0;
            for (Refusal refusal : Refusal.values()) {
                if (refusal.status() == status) {
                    count +=
                            registry
                                    .find(Meters.SOURCE_REFUSED)
                                    .tag(Meters.REASON, refusal.reason())
                                    .counters()
                                    .stream()
                                    .mapToDouble(Counter::count)
                                    .sum();
                }
            }
            return count;
        }

        @Override
        public long bytesHeld() {
            return listener.budget().taken();
        }

        @Override
        public int connections() {
            return listener.connections().get();
        }

        @Override
        public void stopAccepting() {
            listener.stopAccepting();
        }

        @Override
        public void close() {
            Waiting.on(listener.close());
            Waiting.on(clients.close());
            Waiting.on(vertx.close());
        }
    }
}
