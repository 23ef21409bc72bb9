/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher;

import static dev.sluice.dispatcher.DispatcherFixture.delivery;
import static dev.sluice.dispatcher.DispatcherFixture.get;
import static dev.sluice.dispatcher.DispatcherFixture.trigger;
import static dev.sluice.dispatcher.DispatcherFixture.withFilter;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.channel.Channel;
import dev.sluice.api.channel.ChannelReader;
import dev.sluice.api.filter.Filter;
import dev.sluice.api.ledger.End;
import dev.sluice.api.routing.BrokerRoute;
import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.routing.RoutingTable;
import dev.sluice.api.routing.TriggerRoute;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.RecordingSubscriber;
import io.cloudevents.CloudEvent;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Brokers that come and go. */
class BrokersTest {

    @RegisterExtension
    final DispatcherFixture dispatcher = new DispatcherFixture();

    @RegisterExtension
    final RecordingSubscriber subscriber = RecordingSubscriber.start();

    private final Map<String, Channel> channels = new HashMap<>();

    private Future<Map<ResourceName, String>> apply(String... brokers) {
        Map<ResourceName, BrokerRoute> routes = new HashMap<>();
        for (String broker : brokers) {
            ResourceName name = new ResourceName("shop", broker);
            TriggerRoute route = trigger(broker + "-trigger", subscriber.uri("/" + broker), delivery());
            channels.computeIfAbsent(broker, made -> new ScriptedChannel(name));
            routes.put(
                    name,
                    new BrokerRoute(
                            name,
                            broker,
                            new ChannelSpec("scripted", name, broker, Map.of()),
                            Optional.empty(),
                            Map.of(route.name(), route)));
        }
        return dispatcher.dispatcher().apply(new RoutingTable(routes), channels);
    }

    private void expectDelivery(String broker) {
        long before = count(broker);
        get(channels.get(broker).append(List.of(Events.MINIMAL), Channel.Admission.PRODUCER));
        await().until(() -> count(broker) == before + 1);
    }

    private long count(String broker) {
        return subscriber.requests().stream()
                .filter(request -> request.uri().equals("/" + broker))
                .count();
    }

    @Test
    void one_table_takes_a_broker_away_and_brings_another() {
        // Given
        get(apply("stays", "first"));
        expectDelivery("first");

        for (String next : List.of("second", "third", "fourth")) {
            // When
            get(apply("stays", next));

            // Then
            expectDelivery(next);
            expectDelivery("stays");
        }
    }

    @Test
    void a_broker_outlives_the_one_that_went_when_it_came() {
        // Given: a request that keeps the lane of the old broker for as long as it runs.
        get(apply("old"));
        subscriber.hold();
        get(channels.get("old").append(List.of(Events.MINIMAL), Channel.Admission.PRODUCER));
        await().until(() -> subscriber.heldCount() == 1);

        // When
        get(apply("new"));
        subscriber.release();
        await().until(() -> ((ScriptedChannel) channels.get("old")).kept() == 0);

        // Then
        expectDelivery("new");
        get(apply("new", "newer"));
        expectDelivery("newer");
        expectDelivery("new");
    }

    @Test
    void an_event_that_breaks_off_leaves_none_of_its_triggers_to_the_next() {
        // Given: an Error, which nobody can go on from, once the trigger of an event has been found
        AtomicInteger thrown = new AtomicInteger();
        dispatcher.vertx.exceptionHandler(told -> {});
        dispatcher.apply(
                withFilter(
                        trigger("first", subscriber.uri("/first"), delivery()),
                        new Filter.Exact(Map.of("type", "first"))),
                withFilter(
                        trigger("next", subscriber.uri("/next"), delivery()),
                        new Filter.Exact(Map.of("type", "next"))));
        dispatcher.append(failingOnceMatched(Events.of("1", "first"), thrown));

        // When
        dispatcher.append(Events.of("2", "next"));

        // Then
        dispatcher.awaitEnded("next", End.DELIVERED, 1);
        assertThat(thrown).hasValue(1);
        assertThat(dispatcher.stats("first").matched())
                .as("by its own event alone, which is missing in the books")
                .isOne();
        assertThat(count("first")).isZero();
    }

    private static CloudEvent failingOnceMatched(CloudEvent event, AtomicInteger thrown) {
        return (CloudEvent) Proxy.newProxyInstance(
                BrokersTest.class.getClassLoader(), new Class<?>[] {CloudEvent.class}, (self, method, arguments) -> {
                    if (method.getName().equals("getExtension")) {
                        thrown.incrementAndGet();
                        throw new StackOverflowError("told to");
                    }
                    return method.invoke(event, arguments);
                });
    }

    @Test
    void a_broker_whose_channel_can_not_be_read_waits_alone_and_is_tried_again() {
        // Given: somebody else reads it
        var taken = new ScriptedChannel(new ResourceName("shop", "taken"));
        channels.put("taken", taken);
        ChannelReader other = get(taken.subscribe(dispatcher.vertx.getOrCreateContext(), record -> {}));

        // When
        Map<ResourceName, String> waiting = get(apply("free", "taken"));

        // Then
        assertThat(waiting)
                .containsOnly(Map.entry(
                        new ResourceName("shop", "taken-trigger"),
                        "the channel of Broker shop/taken can't be read: read already"));
        expectDelivery("free");
        get(other.close());
        assertThat(get(apply("free", "taken"))).isEmpty();
        expectDelivery("taken");
    }

    @Test
    void tables_can_be_applied_from_a_context_that_ends() {
        // Given
        Promise<Void> applied = Promise.promise();
        String caller = get(dispatcher.vertx.deployVerticle(context -> {
            apply("made").<Void>mapEmpty().onComplete(applied);
            return applied.future();
        }));

        // When
        get(dispatcher.vertx.undeploy(caller));

        // Then
        expectDelivery("made");
        assertThat(dispatcher.dispatcher().stats()).hasSize(1);
    }
}
