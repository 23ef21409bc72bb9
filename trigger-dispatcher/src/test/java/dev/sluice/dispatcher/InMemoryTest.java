/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher;

import static dev.sluice.dispatcher.DispatcherFixture.PAUSED;
import static dev.sluice.dispatcher.DispatcherFixture.delivery;
import static dev.sluice.dispatcher.DispatcherFixture.get;
import static dev.sluice.dispatcher.DispatcherFixture.trigger;
import static dev.sluice.dispatcher.DispatcherFixture.withFilter;
import static dev.sluice.dispatcher.DispatcherFixture.withPacing;
import static dev.sluice.dispatcher.DispatcherFixture.withSink;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.channel.Channel;
import dev.sluice.api.channel.Channel.Admission;
import dev.sluice.api.channel.ChannelEngine;
import dev.sluice.api.channel.ChannelException;
import dev.sluice.api.channel.ChannelProvider;
import dev.sluice.api.event.Extensions;
import dev.sluice.api.filter.Filter;
import dev.sluice.api.ledger.End;
import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.api.routing.Pacing;
import dev.sluice.api.routing.TriggerRoute;
import dev.sluice.testkit.Answer;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.Received;
import dev.sluice.testkit.RecordingSubscriber;
import io.cloudevents.CloudEvent;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.ServiceLoader;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** On the channel that a single process has. */
class InMemoryTest {

    @RegisterExtension
    final DispatcherFixture dispatcher =
            new DispatcherFixture(DispatcherSettings.defaults().withInitialTtl(4));

    @RegisterExtension
    final RecordingSubscriber slow = RecordingSubscriber.start();

    @RegisterExtension
    final RecordingSubscriber other = RecordingSubscriber.start();

    @RegisterExtension
    final RecordingSubscriber hanging = RecordingSubscriber.start();

    @RegisterExtension
    final RecordingSubscriber last = RecordingSubscriber.start();

    private Channel channel;

    @BeforeEach
    void openChannel() {
        ChannelEngine engine = ServiceLoader.load(ChannelProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(provider -> provider.type().equals("inmemory"))
                .findFirst()
                .orElseThrow()
                .engine(dispatcher.vertx, Map.of("inmemory-capacity", "2MiB"));
        channel = get(engine.open(new ChannelSpec("inmemory", DispatcherFixture.BROKER, "uid", Map.of())));
        dispatcher.with(channel);
    }

    /** Appends events of this kind until the channel has room for no more. */
    private int fill(String type) {
        return fill(type, 1000);
    }

    private int fill(String type, int bytes) {
        int accepted = 0;
        while (true) {
            CloudEvent event = Extensions.with(
                    Extensions.with(Events.ofSize(type + accepted, bytes), "knativebrokerttl", 4), "kind", type);
            Future<Void> appended = channel.append(List.of(event), Admission.PRODUCER);
            if (appended.failed()) {
                assertThat(((ChannelException) appended.cause()).kind()).isEqualTo(ChannelException.Kind.FULL);
                return accepted;
            }
            accepted++;
        }
    }

    private void awaitEmpty() {
        await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
            assertThat(channel.fill().events()).isZero();
            assertThat(channel.fill().bytes()).isZero();
        });
    }

    @Test
    void a_hanging_trigger_fills_the_channel_with_what_it_matched_alone_and_everything_arrives_in_the_end() {
        // Given
        slow.hold();
        dispatcher.apply(
                withFilter(trigger("rare", slow.uri(), delivery()), new Filter.Exact(Map.of("kind", "rare"))),
                trigger("all", other.uri(), delivery()));

        // When
        for (int i = 0; i < 6_000; i += 100) {
            List<CloudEvent> events = Events.numbered("common" + i, 100);
            await().until(() -> channel.append(events, Admission.PRODUCER).succeeded());
        }
        dispatcher.awaitEnded("all", End.DELIVERED, 6_000);
        awaitEmpty();
        int rare = fill("rare");

        // Then
        assertThat(rare).isPositive();
        await().until(() ->
                channel.append(List.of(Events.MINIMAL), Admission.PRODUCER).failed());
        slow.release();
        dispatcher.awaitEnded("rare", End.DELIVERED, rare);
        awaitEmpty();
        dispatcher.verifyConservation();
    }

    @Test
    void replies_that_loop_through_a_full_channel_come_to_an_end() {
        // Given
        slow.hold();
        slow.answerBy(request ->
                Answer.reply(Extensions.with(Events.ofSize("reply-to-" + request.eventId(), 1000), "kind", "loop")));
        dispatcher.apply(trigger("loop", slow.uri(), withSink(delivery(), other.uri())));

        // When
        int accepted = fill("loop");
        slow.release();

        // Then
        dispatcher.awaitEnded("loop", End.DEAD_LETTERED, accepted);
        awaitEmpty();
        assertThat(dispatcher.ended("loop", End.DELIVERED)).isEqualTo(3L * accepted);
        assertThat(dispatcher.stats("loop").replies()).isEqualTo(3L * accepted);
        dispatcher.verifyConservation();
    }

    @Test
    void a_chain_of_replies_goes_on_in_a_channel_that_producers_keep_full() {
        // Given
        hanging.hold();
        other.hold();
        slow.answerBy(request -> {
            fill("stuck");
            return Answer.reply(Extensions.with(Events.ofSize("b" + request.eventId(), 1000), "kind", "b"));
        });
        other.answerBy(request -> {
            fill("stuck");
            return Answer.reply(Extensions.with(Events.ofSize("c" + request.eventId(), 1000), "kind", "c"));
        });
        dispatcher.apply(ofKind("stuck", hanging), ofKind("a", slow), ofKind("b", other), ofKind("c", last));

        // When
        List<CloudEvent> events = new ArrayList<>();
        Events.numbered("a", 300)
                .forEach(event -> events.add(Extensions.with(
                        Extensions.with(Events.ofSize(event.getId(), 1000), "knativebrokerttl", 4), "kind", "a")));
        get(channel.append(events, Admission.PRODUCER));
        await().until(() -> other.count() >= 100);
        other.release();

        // Then
        dispatcher.awaitEnded("c", End.DELIVERED, 300);
        dispatcher.verifyConservation();
    }

    @Test
    void triggers_that_reply_into_each_other_come_to_an_end_in_a_channel_that_is_kept_full() {
        // Given: every reply is larger than what it answers, so that none finds room where that was.
        slow.hold();
        slow.answerBy(request -> largerReply(request, "b"));
        other.answerBy(request -> largerReply(request, "a"));
        dispatcher.apply(
                withPacing(ofKind("stuck", hanging), PAUSED), replying("a", slow, last), replying("b", other, last));
        List<CloudEvent> events = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            events.add(
                    Extensions.with(Extensions.with(Events.ofSize("e" + i, 200), "knativebrokerttl", 4), "kind", "a"));
        }
        get(channel.append(events, Admission.PRODUCER));
        await().until(() -> slow.count() == 5);
        fill("stuck");

        // When
        slow.release();

        // Then: the third reply is one too many, and its original goes to the sink.
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(
                                dispatcher.ended("a", End.DEAD_LETTERED) + dispatcher.ended("b", End.DEAD_LETTERED))
                        .isEqualTo(20));
        await().untilAsserted(() -> {
            assertThat(dispatcher.stats("a").inFlight() + dispatcher.stats("b").inFlight())
                    .isZero();
            assertThat(channel.fill().events())
                    .isEqualTo(dispatcher.stats("stuck").inFlight());
        });
        dispatcher.verifyConservation();
    }

    @Test
    void triggers_that_reply_into_a_channel_of_which_the_rest_may_not_be_read_come_to_an_end() {
        // Given: what many triggers match, and behind it what nobody does, before any of it is read
        int triggers = 40;
        List<TriggerRoute> routes = new ArrayList<>();
        slow.answerBy(request -> List.of("e0", "e1", "e2").contains(request.eventId())
                ? Answer.reply(Extensions.with(Events.ofSize("r", 20_000), "kind", "b"))
                : Answer.ok());
        for (int i = 0; i < triggers; i++) {
            routes.add(withPacing(
                    withFilter(trigger("a" + i, slow.uri(), delivery()), new Filter.Exact(Map.of("kind", "a"))),
                    ONE_AT_A_TIME));
        }
        routes.add(ofKind("b", other));
        dispatcher.apply(routes.toArray(TriggerRoute[]::new));
        get(dispatcher.dispatcher().apply(dispatcher.table(), Map.of()));
        List<CloudEvent> events = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            events.add(Extensions.with(Events.ofSize("e" + i, 1000), "kind", "a"));
        }
        get(channel.append(events, Admission.PRODUCER));
        fill("nobody's");

        // When
        dispatcher.apply();

        // Then
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(channel.fill().events())
                        .as(() -> "a0 %s b %s fill %s"
                                .formatted(dispatcher.stats("a0"), dispatcher.stats("b"), channel.fill()))
                        .isZero());
        assertThat(dispatcher.ended("b", End.DELIVERED)).isEqualTo(3L * triggers);
    }

    /** Keeps the channel full, and answers with an event of this kind that is a third larger, and longer by its name. */
    private Answer largerReply(Received request, String kind) {
        fill("stuck");
        String id = request.eventId() + "r";
        int replies = id.length() - id.indexOf('r');
        return Answer.reply(Extensions.with(Events.ofSize(id, 20_000 * replies), "kind", kind));
    }

    private static TriggerRoute replying(String kind, RecordingSubscriber at, RecordingSubscriber sink) {
        return withPacing(
                withFilter(
                        trigger(kind, at.uri(), withSink(delivery(), sink.uri())),
                        new Filter.Exact(Map.of("kind", kind))),
                FIVE_AT_A_TIME);
    }

    @Test
    void triggers_that_hold_every_event_take_no_more_memory_than_the_channel_has() {
        // Given: an event costs these triggers many times what it costs the channel.
        int triggers = 300;
        List<TriggerRoute> paused = new ArrayList<>();
        for (int i = 0; i < triggers; i++) {
            paused.add(withPacing(trigger("paused" + i, slow.uri(), delivery()), PAUSED));
        }
        dispatcher.apply(paused.toArray(TriggerRoute[]::new));
        long bound = channel.fill().capacityBytes() * 3 / 2 + triggers * 100L;

        // When
        get(channel.append(ofOneKilobyte(600), Admission.PRODUCER));
        await().until(() -> channel.fill().bytes() > channel.fill().capacityBytes());
        awaitTurns();

        // Then
        assertThat(channel.fill().bytes()).isLessThan(bound);
        assertThat(dispatcher.stats("paused0").matched()).isLessThan(600);
        assertThat(channel.append(List.of(Events.MINIMAL), Admission.PRODUCER).failed())
                .isTrue();
        for (int i = 1; i < triggers; i++) {
            dispatcher.delete("paused" + i);
            assertThat(channel.fill().bytes()).isLessThan(bound);
        }
        dispatcher.apply(trigger("paused0", slow.uri(), delivery()));
        dispatcher.awaitEnded("paused0", End.DELIVERED, 600);
        awaitEmpty();
        dispatcher.verifyConservation();
    }

    @Test
    void a_stop_knows_what_was_not_read_because_triggers_hold_too_much() {
        // Given
        int triggers = 300;
        List<TriggerRoute> paused = new ArrayList<>();
        for (int i = 0; i < triggers; i++) {
            paused.add(withPacing(trigger("paused" + i, slow.uri(), delivery()), PAUSED));
        }
        dispatcher.apply(paused.toArray(TriggerRoute[]::new));
        get(channel.append(ofOneKilobyte(200), Admission.PRODUCER));
        await().until(() -> channel.fill().bytes() > channel.fill().capacityBytes());
        awaitTurns();
        assertThat(dispatcher.stats("paused0").matched()).isLessThan(200);

        // When
        Drained drained = get(dispatcher.dispatcher().drain(Duration.ofSeconds(10)));

        // Then
        assertThat(drained.unread()).isEmpty();
        assertThat(drained.undelivered())
                .hasSize(triggers)
                .allSatisfy((trigger, events) -> assertThat(events).isEqualTo(200));
    }

    @Test
    void one_trigger_that_holds_what_hundreds_are_done_with_keeps_its_own_part_alone() {
        // Given
        int triggers = 200;
        List<TriggerRoute> routes = new ArrayList<>();
        for (int i = 0; i < triggers; i++) {
            routes.add(withPacing(trigger("t" + i, slow.uri(), delivery()), ONE_AT_A_TIME));
        }
        routes.add(withPacing(trigger("paused", other.uri(), delivery()), PAUSED));
        dispatcher.apply(routes.toArray(TriggerRoute[]::new));

        // When
        get(channel.append(ofOneKilobyte(5), Admission.PRODUCER));
        for (int i = 0; i < triggers; i++) {
            dispatcher.awaitEnded("t" + i, End.DELIVERED, 5);
        }

        // Then
        assertThat(channel.fill().events()).isEqualTo(5);
        assertThat(channel.fill().bytes()).isLessThan(5 * 5_000);
    }

    private static List<CloudEvent> ofOneKilobyte(int count) {
        List<CloudEvent> events = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            events.add(Events.ofSize("e" + i, 1000));
        }
        return events;
    }

    private static final Pacing FIVE_AT_A_TIME = new Pacing(OptionalInt.of(5), Optional.empty(), false, false);
    private static final Pacing ONE_AT_A_TIME = new Pacing(OptionalInt.of(1), Optional.empty(), false, false);

    /** Waits until the broker's context has done what it had to do. */
    private void awaitTurns() {
        get(dispatcher.dispatcher().checkLedger());
        get(dispatcher.dispatcher().checkLedger());
    }

    private static TriggerRoute ofKind(String kind, RecordingSubscriber at) {
        return withFilter(trigger(kind, at.uri(), delivery()), new Filter.Exact(Map.of("kind", kind)));
    }
}
