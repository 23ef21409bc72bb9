/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher;

import static dev.sluice.dispatcher.DispatcherFixture.BROKER;
import static dev.sluice.dispatcher.DispatcherFixture.PAUSED;
import static dev.sluice.dispatcher.DispatcherFixture.delivery;
import static dev.sluice.dispatcher.DispatcherFixture.get;
import static dev.sluice.dispatcher.DispatcherFixture.trigger;
import static dev.sluice.dispatcher.DispatcherFixture.withPacing;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.api.routing.BrokerRoute;
import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.api.routing.RoutingTable;
import dev.sluice.api.routing.TriggerRoute;
import dev.sluice.dispatcher.parking.DeadLetterStore;
import dev.sluice.dispatcher.spool.Place;
import dev.sluice.dispatcher.spool.Spool;
import dev.sluice.dispatcher.spool.Waiting;
import dev.sluice.testkit.Events;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.io.TempDir;

class StopWhileReadingBackTest {

    private static final String BROKER_UID = "broker-uid";
    private static final int EVENTS = 1_500;

    @TempDir
    private Path folder;

    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void close() {
        get(vertx.close());
    }

    /** A trigger that begins nothing, so that everything that was there must be there again. */
    private static TriggerRoute paused() {
        return withPacing(trigger("all", URI.create("http://127.0.0.1:9/"), delivery()), PAUSED);
    }

    private static RoutingTable table() {
        return new RoutingTable(Map.of(
                BROKER,
                new BrokerRoute(
                        BROKER,
                        BROKER_UID,
                        new ChannelSpec("scripted", BROKER, BROKER_UID, Map.of()),
                        Optional.empty(),
                        Map.of(paused().name(), paused()))));
    }

    private Spool open() throws IOException {
        var spool = new Spool(folder, System::currentTimeMillis);
        spool.open();
        return spool;
    }

    @RepeatedTest(5)
    void a_stop_while_events_are_read_back_keeps_every_one_of_them() throws IOException {
        // Given
        Spool before = open();
        List<Waiting> waiting = new ArrayList<>();
        Events.numbered("e", EVENTS)
                .forEach(event -> waiting.add(new Waiting(
                        event,
                        List.of(new Place(
                                paused().name(), paused().uid(), 0, 0, Optional.empty(), Optional.empty())))));
        before.write(BROKER, BROKER_UID, waiting, List.of());
        before.close();

        // When: nobody waits until the table is in force.
        Spool spool = open();
        var registry = new SimpleMeterRegistry();
        var dispatcher = new Dispatcher(
                vertx,
                DispatcherSettings.defaults(),
                registry,
                new DeadLetterStore(1 << 20, System::currentTimeMillis, registry),
                Optional.of(spool));
        Future<?> applied = dispatcher.apply(table(), Map.of(BROKER_UID, new ScriptedChannel(BROKER)));
        Spooled spooled = get(dispatcher.spool(Duration.ofSeconds(10)));
        get(applied.otherwiseEmpty());
        spool.close();

        // Then
        assertThat(spooled.failed()).isZero();
        Spool after = open();
        TreeSet<String> ids = new TreeSet<>();
        after.take(BROKER_UID, uid -> Spool.Decision.TAKE)
                .waiting()
                .forEach(event -> ids.add(event.event().getId()));
        after.close();
        assertThat(ids).hasSize(EVENTS);
    }
}
