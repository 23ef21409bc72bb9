/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.plane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.channel.Channel;
import dev.sluice.api.channel.ChannelEngine;
import dev.sluice.api.channel.ChannelException;
import dev.sluice.api.meters.Meters;
import dev.sluice.api.routing.BrokerRoute;
import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.routing.RoutingTable;
import dev.sluice.control.reconcile.DataPlaneReport;
import io.cloudevents.CloudEvent;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LiveDataPlaneTest {

    /** What happened, in order. */
    private final List<String> steps = new ArrayList<>();

    private final Map<String, FakeChannel> channels = new HashMap<>();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private boolean openingFails;
    private boolean deliveriesFail;
    private Map<ResourceName, String> deliveriesAnswer = Map.of();
    private @Nullable Promise<Channel> opening;

    private final LiveDataPlane plane = new LiveDataPlane(
            Map.of("memory", new FakeEngine()),
            this::deliver,
            (table, open) -> steps.add("intake " + new TreeSet<>(open.keySet())),
            LiveDataPlane.SourceRunner.NONE,
            registry,
            // What opens late here opens when the test says so, however short this is.
            Duration.ofSeconds(1));

    private Future<Map<ResourceName, String>> deliver(RoutingTable table, Map<String, Channel> open) {
        steps.add("deliveries " + new TreeSet<>(open.keySet()));
        return deliveriesFail ? Future.failedFuture("no") : Future.succeededFuture(deliveriesAnswer);
    }

    private static BrokerRoute broker(String name, String type, Optional<String> notReady) {
        var resource = new ResourceName("default", name);
        String uid = "uid-" + name;
        return new BrokerRoute(resource, uid, new ChannelSpec(type, resource, uid, Map.of()), notReady, Map.of());
    }

    private static RoutingTable table(BrokerRoute... brokers) {
        Map<ResourceName, BrokerRoute> table = new HashMap<>();
        for (BrokerRoute broker : brokers) {
            table.put(broker.name(), broker);
        }
        return new RoutingTable(table);
    }

    private static BrokerRoute ready(String name) {
        return broker(name, "memory", Optional.empty());
    }

    @Test
    void deliveries_learn_of_a_table_before_the_intake_and_channels_close_last() {
        // Given
        plane.apply(table(ready("a")));
        steps.clear();

        // When
        Future<DataPlaneReport> report = plane.apply(table(ready("b")));

        // Then
        assertThat(report.result().channelFailures()).isEmpty();
        assertThat(steps).containsExactly("open uid-b", "deliveries [uid-b]", "intake [uid-b]", "close uid-a");
    }

    @Test
    void a_channel_that_is_open_is_not_opened_again() {
        // When
        plane.apply(table(ready("a")));
        plane.apply(table(ready("a")));

        // Then
        assertThat(steps).containsOnlyOnce("open uid-a").doesNotContain("close uid-a");
    }

    @Test
    void a_channel_that_does_not_open_is_reported_and_the_rest_is_in_force() {
        // Given
        plane.apply(table(ready("a")));
        openingFails = true;
        steps.clear();

        // When
        Future<DataPlaneReport> report = plane.apply(table(ready("a"), ready("b")));

        // Then
        assertThat(report.result().channelFailures())
                .containsExactly(Map.entry(new ResourceName("default", "b"), "out of order"));
        assertThat(steps).containsExactly("open uid-b", "deliveries [uid-a]", "intake [uid-a]");
    }

    @Test
    void a_channel_that_did_not_open_is_tried_again_by_the_next_table() {
        // Given
        openingFails = true;
        plane.apply(table(ready("a")));
        openingFails = false;

        // When
        Future<DataPlaneReport> report = plane.apply(table(ready("a")));

        // Then
        assertThat(report.result().channelFailures()).isEmpty();
        assertThat(steps).endsWith("deliveries [uid-a]", "intake [uid-a]");
    }

    @Test
    void a_type_that_there_is_not_is_reported_with_those_that_there_are() {
        // When
        Future<DataPlaneReport> report = plane.apply(table(broker("a", "kafka", Optional.empty())));

        // Then
        assertThat(report.result().channelFailures())
                .containsValue("there is no channel of type \"kafka\"; there are memory");
    }

    @Test
    void a_broker_that_is_not_ready_gets_no_channel_and_keeps_the_one_it_has() {
        // Given
        plane.apply(table(ready("a")));

        // When
        plane.apply(
                table(broker("a", "memory", Optional.of("mended soon")), broker("b", "memory", Optional.of("why"))));

        // Then
        assertThat(steps).endsWith("deliveries [uid-a]", "intake [uid-a]").doesNotContain("open uid-b");
    }

    @Test
    void when_deliveries_can_not_follow_the_intake_keeps_the_table_before() {
        // Given
        plane.apply(table(ready("a")));
        steps.clear();
        deliveriesFail = true;

        // When
        Future<DataPlaneReport> report = plane.apply(table(ready("b")));

        // Then
        assertThat(report.failed()).isTrue();
        assertThat(steps).doesNotContain("intake [uid-b]", "close uid-a");
    }

    @Test
    void a_trigger_that_waits_is_reported_and_the_intake_has_the_table() {
        // Given
        var waiting = Map.of(new ResourceName("default", "t"), "no answer");
        deliveriesAnswer = waiting;

        // When
        Future<DataPlaneReport> report = plane.apply(table(ready("a")));

        // Then
        assertThat(report.result().triggerFailures()).isEqualTo(waiting);
        assertThat(steps).endsWith("intake [uid-a]");
    }

    @Test
    void a_channel_stays_as_it_was_opened_and_that_is_reported() {
        // Given
        plane.apply(table(ready("a")));
        var name = new ResourceName("default", "a");

        // When
        Future<DataPlaneReport> report = plane.apply(table(new BrokerRoute(
                name,
                "uid-a",
                new ChannelSpec("memory", name, "uid-a", Map.of("default.topic.partitions", "3")),
                Optional.empty(),
                Map.of())));

        // Then
        assertThat(report.result().earlierChannels()).containsExactly(name);
        assertThat(report.result().channelFailures()).isEmpty();
        assertThat(steps).containsOnlyOnce("open uid-a").doesNotContain("close uid-a");
    }

    @Test
    void a_channel_that_opens_late_is_found_open_and_not_asked_for_twice() {
        // Given: one that is waited for, and then for a shorter time
        Promise<Channel> late = Promise.promise();
        opening = late;
        Future<DataPlaneReport> first = plane.apply(table(ready("a")));
        await().atMost(Duration.ofSeconds(30)).until(first::isComplete);
        assertThat(first.result().channelFailures()).containsValue("it has not opened yet");

        // When
        late.complete(new FakeChannel(ready("a").channel()));
        Future<DataPlaneReport> second = plane.apply(table(ready("a")));

        // Then
        assertThat(second.result().channelFailures()).isEmpty();
        assertThat(steps).containsOnlyOnce("open uid-a").endsWith("deliveries [uid-a]", "intake [uid-a]");
    }

    @Test
    void what_a_channel_failed_with_when_nobody_waited_is_said_while_it_is_tried_again() {
        // Given: it fails between two calls
        Promise<Channel> late = Promise.promise();
        opening = late;
        Future<DataPlaneReport> first = plane.apply(table(ready("a")));
        await().atMost(Duration.ofSeconds(30)).until(first::isComplete);
        late.fail("no way to get there");

        // When
        opening = Promise.promise();
        Future<DataPlaneReport> second = plane.apply(table(ready("a")));

        // Then
        await().atMost(Duration.ofSeconds(30)).until(second::isComplete);
        assertThat(second.result().channelFailures()).containsValue("no way to get there");
    }

    @Test
    void a_channel_that_opens_when_its_broker_is_gone_is_closed() {
        // Given
        Promise<Channel> late = Promise.promise();
        opening = late;
        Future<DataPlaneReport> first = plane.apply(table(ready("a")));
        await().atMost(Duration.ofSeconds(30)).until(first::isComplete);
        plane.apply(RoutingTable.empty());

        // When
        late.complete(new FakeChannel(ready("a").channel()));

        // Then
        assertThat(steps).endsWith("close uid-a");
    }

    @Test
    void a_channel_that_opens_late_stays_open_for_a_broker_that_went_and_is_there_again() {
        // Given: it is still opening when its broker goes, and when it comes again
        Promise<Channel> late = Promise.promise();
        opening = late;
        Future<DataPlaneReport> first = plane.apply(table(ready("a")));
        await().atMost(Duration.ofSeconds(30)).until(first::isComplete);
        plane.apply(RoutingTable.empty());
        Future<DataPlaneReport> again = plane.apply(table(ready("a")));

        // When
        late.complete(new FakeChannel(ready("a").channel()));

        // Then
        await().atMost(Duration.ofSeconds(30)).until(again::isComplete);
        assertThat(again.result().channelFailures()).isEmpty();
        assertThat(steps).endsWith("deliveries [uid-a]", "intake [uid-a]").doesNotContain("close uid-a");
    }

    @Test
    void the_fill_of_a_channel_is_a_gauge_as_long_as_it_is_open() {
        // When
        plane.apply(table(ready("a")));

        // Then
        assertThat(registry.get(Meters.CHANNEL_EVENTS)
                        .tag("broker", "a")
                        .gauge()
                        .value())
                .isEqualTo(1);
        assertThat(registry.get(Meters.CHANNEL_BYTES).tag("broker", "a").gauge().value())
                .isEqualTo(2);
        assertThat(registry.get(Meters.CHANNEL_CAPACITY)
                        .tag("broker", "a")
                        .gauge()
                        .value())
                .isEqualTo(3);
        plane.apply(RoutingTable.empty());
        assertThat(registry.getMeters()).isEmpty();
    }

    private static BrokerRoute withSecret(String password) {
        ResourceName name = new ResourceName("default", "a");
        return new BrokerRoute(
                name,
                "uid-a",
                new ChannelSpec("memory", name, "uid-a", Map.of(), Map.of("password", password)),
                Optional.empty(),
                Map.of());
    }

    @Test
    void a_changed_secret_counts_at_once_and_the_channel_before_closes_when_nobody_uses_it_any_more() {
        // Given
        plane.apply(table(withSecret("old")));
        Channel before = plane.channel("uid-a").orElseThrow();
        steps.clear();

        // When
        Future<DataPlaneReport> report = plane.apply(table(withSecret("new")));

        // Then
        assertThat(report.result()).isEqualTo(new DataPlaneReport(Map.of()));
        assertThat(steps).containsExactly("open uid-a", "deliveries [uid-a]", "intake [uid-a]", "close uid-a");
        assertThat(plane.channel("uid-a")).hasValueSatisfying(channel -> {
            assertThat(channel).isNotSameAs(before);
            assertThat(channel.spec().secret()).containsEntry("password", "new");
        });
        assertThat(registry.get(Meters.CHANNEL_EVENTS).gauges()).hasSize(1);
    }

    @Test
    void a_secret_that_changes_again_while_a_channel_opens_with_it_is_not_the_one_that_counts() {
        // Given
        plane.apply(table(withSecret("old")));
        Promise<Channel> late = Promise.promise();
        opening = late;
        Future<DataPlaneReport> middle = plane.apply(table(withSecret("middle")));
        await().atMost(Duration.ofSeconds(30)).until(middle::isComplete);
        opening = null;

        // When
        Future<DataPlaneReport> report = plane.apply(table(withSecret("new")));
        steps.clear();
        late.complete(new FakeChannel(withSecret("middle").channel()));

        // Then
        await().atMost(Duration.ofSeconds(30)).until(report::isComplete);
        assertThat(report.result()).isEqualTo(new DataPlaneReport(Map.of()));
        assertThat(plane.channel("uid-a"))
                .hasValueSatisfying(
                        channel -> assertThat(channel.spec().secret()).containsEntry("password", "new"));
        assertThat(steps).contains("close uid-a");
    }

    @Test
    void a_channel_that_opens_with_a_new_secret_when_its_broker_goes_is_closed_beside_the_one_before() {
        // Given
        plane.apply(table(withSecret("old")));
        Promise<Channel> late = Promise.promise();
        opening = late;
        Future<DataPlaneReport> changed = plane.apply(table(withSecret("new")));
        await().atMost(Duration.ofSeconds(30)).until(changed::isComplete);
        late.complete(new FakeChannel(withSecret("new").channel()));
        steps.clear();

        // When
        plane.apply(RoutingTable.empty());

        // Then
        assertThat(steps).filteredOn("close uid-a"::equals).hasSize(2);
    }

    @Test
    void a_secret_that_changes_while_the_first_channel_opens_counts_when_that_is_open() {
        // Given
        Promise<Channel> late = Promise.promise();
        opening = late;
        Future<DataPlaneReport> first = plane.apply(table(withSecret("old")));
        await().atMost(Duration.ofSeconds(30)).until(first::isComplete);
        opening = null;

        // When
        late.complete(new FakeChannel(withSecret("old").channel()));
        Future<DataPlaneReport> report = plane.apply(table(withSecret("new")));

        // Then
        assertThat(report.result()).isEqualTo(new DataPlaneReport(Map.of()));
        assertThat(plane.channel("uid-a"))
                .hasValueSatisfying(
                        channel -> assertThat(channel.spec().secret()).containsEntry("password", "new"));
    }

    @Test
    void with_a_secret_that_does_not_work_the_channel_goes_on_with_the_one_before_and_says_so() {
        // Given
        plane.apply(table(withSecret("old")));
        steps.clear();

        // When
        openingFails = true;
        Future<DataPlaneReport> report = plane.apply(table(withSecret("wrong")));

        // Then
        ResourceName name = new ResourceName("default", "a");
        assertThat(report.result().refusedSecrets()).containsExactly(Map.entry(name, "out of order"));
        assertThat(report.result().channelFailures()).isEmpty();
        assertThat(steps).containsExactly("open uid-a", "deliveries [uid-a]", "intake [uid-a]");
        assertThat(plane.channel("uid-a"))
                .hasValueSatisfying(
                        channel -> assertThat(channel.spec().secret()).containsEntry("password", "old"));

        // When
        openingFails = false;
        report = plane.apply(table(withSecret("right")));

        // Then
        assertThat(report.result().refusedSecrets()).isEmpty();
        assertThat(steps).endsWith("open uid-a", "deliveries [uid-a]", "intake [uid-a]", "close uid-a");
    }

    private static BrokerRoute withPartitions(String partitions, String password) {
        ResourceName name = new ResourceName("default", "a");
        return new BrokerRoute(
                name,
                "uid-a",
                new ChannelSpec(
                        "memory",
                        name,
                        "uid-a",
                        Map.of("default.topic.partitions", partitions),
                        Map.of("password", password)),
                Optional.empty(),
                Map.of());
    }

    @Test
    void a_changed_secret_counts_though_something_has_changed_that_does_not() {
        // Given
        plane.apply(table(withPartitions("3", "old")));

        // When
        Future<DataPlaneReport> report = plane.apply(table(withPartitions("7", "new")));

        // Then
        assertThat(plane.channel("uid-a").map(Channel::spec))
                .contains(withPartitions("3", "new").channel());
        assertThat(report.result().earlierChannels()).containsExactly(new ResourceName("default", "a"));
        assertThat(report.result().refusedSecrets()).isEmpty();

        // When
        report = plane.apply(table(withPartitions("3", "new")));

        // Then
        assertThat(report.result()).isEqualTo(DataPlaneReport.inForce());
    }

    @Test
    void a_channel_that_would_be_another_one_is_asked_for_once_and_the_one_that_is_open_stays() {
        // Given
        plane.apply(table(withSecret("old")));
        Channel before = plane.channel("uid-a").orElseThrow();
        Promise<Channel> same = Promise.promise();
        same.complete(before);
        opening = same;
        steps.clear();

        // When
        Future<DataPlaneReport> report = plane.apply(table(withSecret("of-another-one")));
        Future<DataPlaneReport> again = plane.apply(table(withSecret("of-another-one")));

        // Then
        assertThat(report.result().earlierChannels()).containsExactly(new ResourceName("default", "a"));
        assertThat(again.result()).isEqualTo(report.result());
        assertThat(steps).filteredOn("open uid-a"::equals).hasSize(1);
        assertThat(steps).doesNotContain("close uid-a");
        assertThat(plane.channel("uid-a")).containsSame(before);
    }

    private final class FakeEngine implements ChannelEngine {
        @Override
        public Future<Channel> open(ChannelSpec spec) {
            steps.add("open " + spec.brokerUid());
            if (opening != null) {
                return opening.future();
            }
            return openingFails
                    ? Future.failedFuture(new ChannelException(ChannelException.Kind.UNAVAILABLE, "out of order"))
                    : Future.succeededFuture(
                            channels.computeIfAbsent(spec.brokerUid() + spec.secret(), uid -> new FakeChannel(spec)));
        }

        @Override
        public Future<Void> close() {
            return Future.succeededFuture();
        }
    }

    private final class FakeChannel implements Channel {
        private final ChannelSpec spec;

        FakeChannel(ChannelSpec spec) {
            this.spec = spec;
        }

        @Override
        public ChannelSpec spec() {
            return spec;
        }

        @Override
        public Future<Void> append(List<CloudEvent> events, Admission admission) {
            throw new UnsupportedOperationException("nothing is appended here");
        }

        @Override
        public Fill fill() {
            return new Fill(1, 2, 3);
        }

        @Override
        public Future<Void> close() {
            steps.add("close " + spec.brokerUid());
            return Future.succeededFuture();
        }
    }
}
