/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher;

import static dev.sluice.dispatcher.DispatcherFixture.awaitAllCommitted;
import static dev.sluice.dispatcher.DispatcherFixture.delivery;
import static dev.sluice.dispatcher.DispatcherFixture.get;
import static dev.sluice.dispatcher.DispatcherFixture.trigger;
import static dev.sluice.dispatcher.DispatcherFixture.withPacing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.channel.Channel.Admission;
import dev.sluice.api.channel.LogChannel;
import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.api.routing.Pacing;
import dev.sluice.api.routing.RateLimit;
import dev.sluice.api.routing.TriggerRoute;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.InProcessLog;
import dev.sluice.testkit.Received;
import dev.sluice.testkit.RecordingSubscriber;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The limits of a trigger hold over all dispatchers that share its log. */
class SharedLimitsTest {

    private static final LogSettings SETTINGS = new LogSettings(64L * 1024 * 1024, 1_000, Duration.ofMillis(200), 2);
    private static final Pacing NINE_AT_A_TIME = new Pacing(OptionalInt.of(9), Optional.empty(), false, false);

    @RegisterExtension
    final DispatcherFixture one = new DispatcherFixture();

    @RegisterExtension
    final DispatcherFixture two = new DispatcherFixture();

    @RegisterExtension
    final RecordingSubscriber subscriber = RecordingSubscriber.start();

    private final InProcessLog log = new InProcessLog(3);
    private final LogChannel first = open();
    private final LogChannel second = open();

    private LogChannel open() {
        return log.open(new ChannelSpec("in-process-log", DispatcherFixture.BROKER, "uid", Map.of()));
    }

    @BeforeEach
    void begin() {
        one.with(first, SETTINGS);
    }

    /** Partitions 0 and 2 at one, 1 at two. */
    private void deliverWithBoth(TriggerRoute route) {
        one.apply(route);
        two.with(second, SETTINGS);
        two.apply(route);
        // Until then one has them all, and what it has under way when one goes is sent again.
        await().until(() -> {
            get(first.append(Events.numbered("before", 3), Admission.PRODUCER));
            return two.stats("a").matched() > 0;
        });
        awaitAllCommitted(log);
        subscriber.reset();
    }

    private void append(int count) {
        get(first.append(Events.numbered("e", count), Admission.PRODUCER));
    }

    private void awaitRequests(int ofOne, int ofTwo) {
        await().untilAsserted(() -> {
            assertThat(one.stats("a").requests()).isEqualTo(ofOne);
            assertThat(two.stats("a").requests()).isEqualTo(ofTwo);
        });
    }

    @Test
    void places_in_flight_are_shared_out_by_partitions_and_go_where_these_go() {
        // Given
        TriggerRoute route = withPacing(trigger("a", subscriber.uri(), delivery()), NINE_AT_A_TIME);
        deliverWithBoth(route);
        subscriber.hold();

        // When
        append(90);

        // Then
        awaitRequests(6, 3);
        await().until(() -> subscriber.inProgress() == 9);
        assertThat(subscriber.mostInProgress()).isEqualTo(9);

        // When
        get(log.move(1, first));

        // Then
        awaitRequests(9, 0);
        get(log.move(0, second));
        get(log.move(1, second));
        awaitRequests(3, 6);
        subscriber.release();
        await().untilAsserted(() -> assertThat(new HashSet<>(subscriber.ids())).hasSize(90));
        one.verifyConservation();
        two.verifyConservation();
    }

    @Test
    void a_dispatcher_that_is_alone_again_has_all_places() {
        // Given
        TriggerRoute route = withPacing(trigger("a", subscriber.uri(), delivery()), NINE_AT_A_TIME);
        deliverWithBoth(route);
        subscriber.hold();
        append(90);
        awaitRequests(6, 3);

        // When
        log.expel(second);

        // Then
        awaitRequests(9, 0);
        subscriber.release();
        await().untilAsserted(() -> assertThat(new HashSet<>(subscriber.ids())).hasSize(90));
    }

    @Test
    void all_together_keep_to_the_rate() {
        // Given
        TriggerRoute route = withPacing(
                trigger("a", subscriber.uri(), delivery()),
                new Pacing(OptionalInt.empty(), Optional.of(new RateLimit(50, 3)), false, false));
        deliverWithBoth(route);

        // When
        long began = System.nanoTime();
        append(300);
        await().until(() -> subscriber.count() >= 50);
        get(log.move(0, second));
        await().until(() -> subscriber.count() >= 100);

        // Then: no more at any time than the burst and what has come in since, less one for each that rounds, and one
        // that
        // was broken off when the partition went. A request may seem late on a busy machine, and never early.
        List<Received> requests = subscriber.requests();
        for (int sent = 7; sent <= requests.size(); sent++) {
            assertThat(Duration.ofNanos(requests.get(sent - 1).arrivedNanos() - began))
                    .as("until request %d", sent)
                    .isGreaterThan(Duration.ofMillis(20L * (sent - 6)));
        }
        assertThat(one.stats("a").matched()).isPositive();
        assertThat(two.stats("a").matched()).isPositive();
        one.apply(trigger("a", subscriber.uri(), delivery()));
        two.apply(trigger("a", subscriber.uri(), delivery()));
        await().untilAsserted(() -> assertThat(new HashSet<>(subscriber.ids())).hasSize(300));
    }
}
