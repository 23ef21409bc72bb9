/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher;

import static dev.sluice.dispatcher.DispatcherFixture.PAUSED;
import static dev.sluice.dispatcher.DispatcherFixture.delivery;
import static dev.sluice.dispatcher.DispatcherFixture.get;
import static dev.sluice.dispatcher.DispatcherFixture.trigger;
import static dev.sluice.dispatcher.DispatcherFixture.withPacing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.channel.Channel.Admission;
import dev.sluice.api.channel.LogChannel;
import dev.sluice.api.meters.Meters;
import dev.sluice.api.routing.BrokerRoute;
import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.routing.RoutingTable;
import dev.sluice.api.routing.StartFrom;
import dev.sluice.api.routing.TriggerRoute;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.InProcessLog;
import dev.sluice.testkit.RecordingSubscriber;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What is done about triggers that a log keeps places for, and that nobody looks after. */
final class LogCareTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final LogSettings EAGER = new LogSettings(
            64L * 1024 * 1024,
            40,
            Duration.ofSeconds(5),
            2,
            Duration.ofMillis(100),
            Duration.ofMillis(100),
            LogSettings.defaults().commitAfter(),
            LogSettings.defaults().mostPostponed());

    @RegisterExtension
    final DispatcherFixture dispatcher = new DispatcherFixture();

    @RegisterExtension
    final DispatcherFixture other = new DispatcherFixture();

    @RegisterExtension
    final RecordingSubscriber subscriber = RecordingSubscriber.start();

    private final InProcessLog log = new InProcessLog(1);
    private LogChannel channel;

    @BeforeEach
    void open() {
        channel = openChannel();
    }

    private LogChannel openChannel() {
        return log.open(new ChannelSpec("in-process-log", DispatcherFixture.BROKER, "uid", Map.of()));
    }

    private boolean isKnown(String uid) {
        return channel.previewMove(uid, StartFrom.Place.LATEST).succeeded();
    }

    private void start(String name) {
        get(channel.start(new ResourceName("shop", name), name, StartFrom.Place.LATEST));
    }

    @Test
    void a_trigger_that_was_deleted_while_no_dispatcher_ran_is_forgotten_and_one_that_is_awaited_is_not() {
        // Given
        start("gone");
        start("awaited");
        dispatcher.with(channel, EAGER);
        TriggerRoute route = trigger("a", subscriber.uri(), delivery());
        dispatcher.apply(route);
        start("late");

        // When
        RoutingTable table = dispatcher.table();
        get(dispatcher
                .dispatcher()
                .apply(
                        new RoutingTable(table.brokers(), Set.of("awaited", "late")),
                        Map.of(DispatcherFixture.BROKER_UID, channel)));

        // Then
        await().atMost(PATIENCE).until(() -> !isKnown("gone"));
        start("gone-too");
        await().atMost(PATIENCE).until(() -> !isKnown("gone-too"));
        assertThat(isKnown("awaited")).isTrue();
        assertThat(isKnown("late")).isTrue();
        assertThat(isKnown(route.uid())).isTrue();
    }

    @Test
    void a_trigger_of_another_broker_that_keeps_its_place_in_the_same_log_is_not_forgotten() {
        // Given
        dispatcher.with(channel, EAGER);
        RoutingTable table = dispatcher.table();
        ResourceName other = new ResourceName("shop", "other");
        TriggerRoute theirs = trigger("theirs", subscriber.uri(), delivery());
        Map<ResourceName, BrokerRoute> brokers = new HashMap<>(table.brokers());
        brokers.put(
                other,
                new BrokerRoute(
                        other,
                        "other-uid",
                        new ChannelSpec("in-process-log", other, "other-uid", Map.of()),
                        Optional.empty(),
                        Map.of(theirs.name(), theirs)));
        get(channel.start(theirs.name(), theirs.uid(), StartFrom.Place.LATEST));

        // When
        get(dispatcher.dispatcher().apply(new RoutingTable(brokers), Map.of(DispatcherFixture.BROKER_UID, channel)));

        // Then
        start("gone");
        await().atMost(PATIENCE).until(() -> !isKnown("gone"));
        start("gone-too");
        await().atMost(PATIENCE).until(() -> !isKnown("gone-too"));
        assertThat(isKnown(theirs.uid())).isTrue();
    }

    @Test
    void nothing_is_forgotten_while_not_all_resources_could_be_read() {
        // Given
        dispatcher.with(channel, EAGER);
        RoutingTable table = dispatcher.table();
        get(dispatcher
                .dispatcher()
                .apply(
                        new RoutingTable(table.brokers(), Set.of(), false),
                        Map.of(DispatcherFixture.BROKER_UID, channel)));
        start("unread");

        // When: as long as it takes to forget one that is known to be gone, many times over
        await().during(Duration.ofSeconds(3)).atMost(PATIENCE).until(() -> isKnown("unread"));

        // Then
        dispatcher.apply();
        await().atMost(PATIENCE).until(() -> !isKnown("unread"));
    }

    @Test
    void a_trigger_that_is_about_to_lose_events_to_retention_says_so_until_it_has_them() {
        // Given
        dispatcher.with(channel, EAGER);
        TriggerRoute resting = trigger("resting", subscriber.uri(), delivery());
        dispatcher.apply(withPacing(resting, PAUSED), trigger("quick", subscriber.uri("/quick"), delivery()));
        get(channel.append(Events.numbered("e", 100), Admission.PRODUCER));

        // When
        log.soonGone(0, 10);

        // Then
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(dispatcher.stats("resting").nearRetention())
                        .hasValueSatisfying(
                                note -> assertThat(note.text()).contains("partition 0", "offset 0", "below 10")));
        assertThat(dispatcher.stats("quick").nearRetention()).isEmpty();
        assertThat(dispatcher
                        .registry
                        .get(Meters.TRIGGER_RETENTION_NEAR)
                        .tag(Meters.TRIGGER, "resting")
                        .gauge()
                        .value())
                .isEqualTo(1);

        // When
        dispatcher.apply(resting);

        // Then
        await().atMost(PATIENCE)
                .untilAsserted(() ->
                        assertThat(dispatcher.stats("resting").nearRetention()).isEmpty());
    }

    private void awaitNearRetention(DispatcherFixture at, boolean near) {
        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> assertThat(at.stats("resting").nearRetention().isPresent())
                                .isEqualTo(near));
    }

    /** Two triggers on the one partition, of which one rests and so needs what the log gives up soon. */
    private void rest_while_the_log_gives_up(LogChannel shared) {
        dispatcher.with(channel, EAGER);
        TriggerRoute[] routes = {
            withPacing(trigger("resting", subscriber.uri(), delivery()), PAUSED),
            trigger("quick", subscriber.uri("/quick"), delivery())
        };
        dispatcher.apply(routes);
        other.with(shared, EAGER);
        other.apply(routes);
        get(channel.append(Events.numbered("e", 100), Admission.PRODUCER));
        log.soonGone(0, 10);
        awaitNearRetention(dispatcher, true);
        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> assertThat(dispatcher.stats("resting").lag()).isEqualTo(100));
    }

    @Test
    void only_the_dispatcher_that_has_the_partition_says_that_a_trigger_is_about_to_lose_events() {
        // Given
        LogChannel second = openChannel();
        rest_while_the_log_gives_up(second);

        // When
        get(log.move(0, second));

        // Then
        awaitNearRetention(other, true);
        awaitNearRetention(dispatcher, false);
        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> assertThat(dispatcher.stats("resting").lag()).isZero());
    }

    @Test
    void a_read_that_another_one_replaces_leaves_nothing_standing_that_this_does_not_know_of() {
        // Given
        rest_while_the_log_gives_up(openChannel());

        // When: the partition goes to the other dispatcher, and does not come back
        get(dispatcher.dispatcher().apply(dispatcher.table(), Map.of(DispatcherFixture.BROKER_UID, openChannel())));

        // Then
        awaitNearRetention(other, true);
        awaitNearRetention(dispatcher, false);
        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> assertThat(dispatcher.stats("resting").lag()).isZero());
    }
}
