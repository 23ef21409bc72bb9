/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher;

import static dev.sluice.dispatcher.DispatcherFixture.PAUSED;
import static dev.sluice.dispatcher.DispatcherFixture.awaitAllCommitted;
import static dev.sluice.dispatcher.DispatcherFixture.delivery;
import static dev.sluice.dispatcher.DispatcherFixture.get;
import static dev.sluice.dispatcher.DispatcherFixture.trigger;
import static dev.sluice.dispatcher.DispatcherFixture.withFilter;
import static dev.sluice.dispatcher.DispatcherFixture.withPacing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.channel.Channel.Admission;
import dev.sluice.api.channel.LogChannel;
import dev.sluice.api.event.Extensions;
import dev.sluice.api.filter.Filter;
import dev.sluice.api.meters.Meters;
import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.api.routing.TriggerRoute;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.InProcessLog;
import dev.sluice.testkit.RecordingSubscriber;
import io.cloudevents.CloudEvent;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What comes of a partition whose cursors throw. What makes them is an event on which the index trips up, as often as a test
 * says.
 */
class DefectiveCursorsTest {

    private static final LogSettings SMALL = new LogSettings(64L * 1024 * 1024, 10, Duration.ofSeconds(5), 1);
    private static final Filter TRIPS = new Filter.Exact(Map.of("subject", "none"));

    @RegisterExtension
    final DispatcherFixture dispatcher = new DispatcherFixture();

    @RegisterExtension
    final RecordingSubscriber subscriber = RecordingSubscriber.start();

    @RegisterExtension
    final RecordingSubscriber other = RecordingSubscriber.start();

    private final InProcessLog log = new InProcessLog(2);
    private final LogChannel channel =
            log.open(new ChannelSpec("in-process-log", DispatcherFixture.BROKER, "uid", Map.of()));

    /** How often the event will still make the index throw. */
    private final AtomicInteger trips = new AtomicInteger();

    @BeforeEach
    void read_the_log() {
        dispatcher.with(channel, SMALL);
    }

    private CloudEvent tripping(String id) {
        CloudEvent event = Extensions.with(Events.withId(id), "partitionkey", keyOf(0));
        return (CloudEvent) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {CloudEvent.class}, (self, method, arguments) -> {
                    if (method.getName().equals("getSubject")
                            && trips.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                        throw new IllegalStateException("told to trip");
                    }
                    try {
                        return method.invoke(event, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /** A key whose events go to this partition. */
    private static String keyOf(int partition) {
        String key = "k";
        while (Math.floorMod(key.hashCode(), 2) != partition) {
            key += "k";
        }
        return key;
    }

    private void append(String name, int partition, int count) {
        List<CloudEvent> events = Events.numbered(name, count).stream()
                .map(event -> Extensions.with(event, "partitionkey", keyOf(partition)))
                .toList();
        get(channel.append(events, Admission.PRODUCER));
    }

    private double restarts() {
        return dispatcher.registry.get(Meters.LOG_RESTARTS).counter().count();
    }

    private void awaitDifferent(RecordingSubscriber at, int ids) {
        await().untilAsserted(() -> assertThat(new HashSet<>(at.ids())).hasSize(ids));
    }

    @Test
    void a_partition_begins_anew_where_it_was_committed_however_often_it_takes_and_no_other_one_does() {
        // Given
        dispatcher.apply(
                trigger("all", subscriber.uri(), delivery()),
                withFilter(trigger("none", other.uri(), delivery()), TRIPS));
        append("before", 0, 30);
        awaitDifferent(subscriber, 30);
        awaitAllCommitted(log);
        trips.set(2);

        // When
        get(channel.append(List.of(tripping("trips")), Admission.PRODUCER));
        append("after", 0, 30);
        append("elsewhere", 1, 30);

        // Then
        awaitDifferent(subscriber, 91);
        awaitAllCommitted(log);
        assertThat(restarts()).isEqualTo(2);
        assertThat(subscriber.ids().stream().filter(id -> !id.startsWith("after")))
                .as("what was committed, and what is elsewhere, comes once")
                .doesNotHaveDuplicates();
        assertThat(other.count()).isZero();
        dispatcher.verifyConservation();
    }

    @Test
    void what_a_trigger_held_of_it_is_sent_again_and_takes_no_place_any_more() {
        // Given: a window that is full with what hangs
        subscriber.hold();
        dispatcher.apply(
                trigger("all", subscriber.uri(), delivery()),
                withFilter(trigger("none", other.uri(), delivery()), TRIPS));
        append("held", 0, SMALL.window());
        await().until(() -> subscriber.heldCount() == SMALL.window());
        trips.set(1);

        // When
        get(channel.append(List.of(tripping("trips")), Admission.PRODUCER));

        // Then
        await().until(() -> restarts() == 1);
        await().until(() -> subscriber.count() == 2L * SMALL.window());
        subscriber.release();
        append("after", 0, 100);
        awaitDifferent(subscriber, SMALL.window() + 101);
        awaitAllCommitted(log);
        dispatcher.verifyConservation();
    }

    @Test
    void a_catch_up_read_that_fails_is_begun_anew_and_gives_its_slot_back() {
        // Given: the only slot there is
        TriggerRoute route = trigger("all", subscriber.uri(), delivery());
        dispatcher.apply(
                withPacing(route, PAUSED),
                trigger("quick", other.uri(), delivery()),
                withFilter(trigger("none", other.uri(), delivery()), TRIPS));
        append("before", 0, 5);
        append("elsewhere", 1, 50);
        get(channel.append(List.of(tripping("trips")), Admission.PRODUCER));
        append("after", 0, 50);
        awaitDifferent(other, 106);
        trips.set(1);

        // When
        dispatcher.apply(route);

        // Then
        awaitDifferent(subscriber, 106);
        awaitAllCommitted(log);
        assertThat(restarts()).isEqualTo(1);
        assertThat(Collections.frequency(other.ids(), "trips")).isGreaterThanOrEqualTo(1);
        dispatcher.verifyConservation();
    }
}
