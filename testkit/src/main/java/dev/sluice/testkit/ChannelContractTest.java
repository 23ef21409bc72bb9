/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.channel.Channel;
import dev.sluice.api.channel.Channel.Admission;
import dev.sluice.api.channel.ChannelEngine;
import dev.sluice.api.channel.ChannelException;
import dev.sluice.api.channel.ChannelException.Kind;
import dev.sluice.api.channel.ChannelProvider;
import dev.sluice.api.channel.ChannelRecord;
import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.api.routing.ResourceName;
import io.cloudevents.CloudEvent;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * What the contract of {@link ChannelProvider} asks of every channel, as tests. An implementation extends the class of its
 * kind, {@link HoldingChannelContractTest} or {@link LogChannelContractTest}, and passes all of it.
 */
abstract class ChannelContractTest {

    /** How long nothing must happen before it counts as not happening. */
    static final Duration QUIET = Duration.ofMillis(150);

    private static final AtomicLong UIDS = new AtomicLong();

    private Vertx vertx;
    private ChannelEngine engine;

    /** The provider under test. */
    protected abstract ChannelProvider provider();

    /** Options of an engine that holds 10 MiB and more. */
    protected Map<String, String> options() {
        return Map.of();
    }

    /** Options of the channel of a Broker, for channels that don't tell Brokers of one name apart by their UIDs alone. */
    protected Map<String, String> channelOptions(String brokerUid) {
        return Map.of();
    }

    @BeforeEach
    final void start_engine() {
        vertx = Vertx.vertx();
        engine = provider().engine(vertx, options());
    }

    @AfterEach
    final void stop_engine() {
        Waiting.on(engine.close());
        Waiting.on(vertx.close());
    }

    // ---- kept, unchanged, in order ------------------------------------------------------------------------------

    @Test
    @DisplayName("MUST hand every appended event to the reader")
    void hands_every_appended_event_to_the_reader() {
        Channel channel = open("shop");
        ChannelReading reading = ChannelReading.start(vertx, channel);

        append(channel, Events.numbered("before", 3));
        append(channel, Events.numbered("after", 3));

        await().until(() -> reading.count() == 6);
        assertThat(reading.ids())
                .containsExactlyInAnyOrder("before-0", "before-1", "before-2", "after-0", "after-1", "after-2");
        assertThat(reading.breaches()).isEmpty();
    }

    @Test
    @DisplayName("MUST keep what was appended while nobody read")
    void keeps_what_was_appended_while_nobody_read() {
        Channel channel = open("shop");
        append(channel, Events.numbered("early", 1000));

        ChannelReading reading = ChannelReading.start(vertx, channel);

        await().until(() -> reading.count() == 1000);
        assertThat(new HashSet<>(reading.ids())).hasSize(1000);
    }

    @Test
    @DisplayName("MUST hand over every attribute, extension and data byte as it was appended, in the same specversion")
    void leaves_events_unchanged() {
        Channel channel = open("shop");
        ChannelReading reading = ChannelReading.start(vertx, channel);

        append(channel, Events.all());

        await().until(() -> reading.count() == Events.all().size());
        Map<String, WireForm> received = new HashMap<>();
        reading.events().forEach(event -> received.put(event.getId(), WireForm.of(event)));
        for (CloudEvent event : Events.all()) {
            assertThat(received.get(event.getId())).as(event.getId()).isEqualTo(WireForm.of(event));
        }
    }

    @Test
    @DisplayName("MUST hand over the records of a partition in the order in which their appends completed")
    void keeps_the_order_of_appends_within_a_partition() {
        Channel channel = open("shop");
        ChannelReading reading = ChannelReading.start(vertx, channel);

        for (CloudEvent event : Events.numbered("e", 1000)) {
            append(channel, List.of(event));
        }

        await().until(() -> reading.count() == 1000);
        assertInOrder(reading.records());
    }

    @Test
    @DisplayName("MUST give each record of a partition a larger offset than those before, from 0 up")
    void numbers_records_upwards() {
        Channel channel = open("shop");
        ChannelReading reading = ChannelReading.start(vertx, channel);

        append(channel, Events.numbered("e", 100));

        await().until(() -> reading.count() == 100);
        Map<Integer, Long> last = new HashMap<>();
        for (ChannelRecord record : reading.records()) {
            assertThat(record.partition()).isNotNegative();
            assertThat(record.offset()).isGreaterThan(last.getOrDefault(record.partition(), -1L));
            last.put(record.partition(), record.offset());
        }
    }

    // ---- the reader ---------------------------------------------------------------------------------------------

    @Test
    @DisplayName("MUST hand over nothing while paused, and the rest in order after resume")
    void pauses_and_resumes() {
        Channel channel = open("shop");
        ChannelReading reading = ChannelReading.start(vertx, channel);
        append(channel, Events.numbered("e", 5));
        await().until(() -> reading.count() == 5);

        reading.pause();
        append(channel, Events.numbered("paused", 600));
        await().during(QUIET).until(() -> reading.count() == 5);
        reading.resume();

        await().until(() -> reading.count() == 605);
        assertInOrder(reading.records());
    }

    @Test
    @DisplayName(
            "MUST refuse a second reader with ALREADY_READ while the first is open, and take one after it has closed")
    void has_one_reader_at_a_time() {
        Channel channel = open("shop");
        ChannelReading first = ChannelReading.start(vertx, channel);

        assertRefused(Kind.ALREADY_READ, () -> ChannelReading.start(vertx, channel));
        first.close();
        ChannelReading second = ChannelReading.start(vertx, channel);

        append(channel, Events.numbered("e", 1));
        await().until(() -> second.count() == 1);
        assertThat(first.count()).isZero();
    }

    @Test
    @DisplayName("MUST hand over nothing after the reader's close has completed, which may be called again")
    void hands_over_nothing_after_the_reader_has_closed() {
        Channel channel = open("shop");
        ChannelReading reading = ChannelReading.start(vertx, channel);
        append(channel, Events.numbered("e", 5000));
        await().until(() -> reading.count() > 0);

        reading.close();
        int seen = reading.count();
        append(channel, Events.numbered("late", 10));
        reading.close();

        await().during(QUIET).until(() -> reading.count() == seen);
        assertThat(channel.fill().events()).isEqualTo(5010);
    }

    @Test
    @DisplayName("MUST call the handler on the reader's context, and never twice at once")
    void calls_the_handler_on_its_context() {
        Channel channel = open("shop");
        ChannelReading reading = ChannelReading.start(vertx, channel);

        for (int i = 0; i < 20; i++) {
            append(channel, Events.numbered("batch" + i, 100));
        }

        await().until(() -> reading.count() == 2000);
        assertThat(reading.breaches()).isEmpty();
    }

    // ---- life ---------------------------------------------------------------------------------------------------

    @Test
    @DisplayName("MUST answer the same channel when a Broker's channel is opened again while it is open")
    void opens_a_channel_once() {
        ChannelSpec spec = spec("shop");

        Channel first = Waiting.on(engine.open(spec));
        Channel second = Waiting.on(engine.open(spec));

        assertThat(second).isSameAs(first);
        assertThat(first.spec()).isEqualTo(spec);
    }

    @Test
    @DisplayName("MUST keep the channels of two Brokers apart, also when they have the same name")
    void keeps_channels_apart() {
        Channel one = open("shop");
        Channel other = open("shop");
        ChannelReading readingOne = ChannelReading.start(vertx, one);
        ChannelReading readingOther = ChannelReading.start(vertx, other);

        append(one, Events.numbered("one", 10));
        append(other, Events.numbered("other", 10));

        await().until(() -> readingOne.count() == 10 && readingOther.count() == 10);
        assertThat(readingOne.ids()).allMatch(id -> id.startsWith("one-"));
        assertThat(readingOther.ids()).allMatch(id -> id.startsWith("other-"));
    }

    @Test
    @DisplayName("MUST refuse with CLOSED what is appended or subscribed after close")
    void refuses_after_close() {
        Channel channel = open("shop");

        Waiting.on(channel.close());

        assertRefused(Kind.CLOSED, () -> append(channel, Events.numbered("late", 1)));
        assertRefused(Kind.CLOSED, () -> appendReply(channel, Events.withId("late reply")));
        assertRefused(Kind.CLOSED, () -> ChannelReading.start(vertx, channel));
    }

    @Test
    @DisplayName("MUST hand over nothing after the channel's close has completed, and close once only")
    void hands_over_nothing_after_close() {
        Channel channel = open("shop");
        ChannelReading reading = ChannelReading.start(vertx, channel);
        append(channel, Events.numbered("e", 5000));
        await().until(() -> reading.count() > 0);

        Waiting.on(channel.close());
        int seen = reading.count();
        Waiting.on(channel.close());

        await().during(QUIET).until(() -> reading.count() == seen);
        reading.close();
        // A record that is still with a trigger must not hurt when it is done.
        reading.records().get(0).charge(10);
        reading.releaseAll();
    }

    @Test
    @DisplayName("MUST close every channel with the engine, once, and open none afterwards")
    void closes_with_its_engine() {
        Channel channel = open("shop");
        ChannelReading reading = ChannelReading.start(vertx, channel);

        Waiting.on(engine.close());
        Waiting.on(engine.close());

        assertRefused(Kind.CLOSED, () -> append(channel, Events.numbered("late", 1)));
        assertRefused(Kind.CLOSED, () -> open("another"));
        assertThat(reading.count()).isZero();
    }

    @Test
    @DisplayName("MUST be found by ServiceLoader under its type")
    void is_found_by_its_type() {
        assertThat(ServiceLoader.load(ChannelProvider.class))
                .filteredOn(found -> found.type().equals(provider().type()))
                .hasSize(1)
                .allMatch(found -> found.getClass() == provider().getClass());
    }

    // ---- for implementations' further tests ---------------------------------------------------------------------

    /** The Vert.x of the running test. */
    protected final Vertx vertx() {
        return vertx;
    }

    final Channel open(String broker) {
        return open(engine, broker);
    }

    final Channel open(ChannelEngine of, String broker) {
        return Waiting.on(of.open(spec(broker)));
    }

    final ChannelSpec spec(String broker) {
        String uid = "uid-" + UIDS.incrementAndGet() + "-" + System.nanoTime();
        return new ChannelSpec(provider().type(), new ResourceName("contract", broker), uid, channelOptions(uid));
    }

    static void append(Channel channel, List<CloudEvent> events) {
        Waiting.on(channel.append(events, Admission.PRODUCER));
    }

    static void appendReply(Channel channel, CloudEvent event) {
        Waiting.on(channel.append(List.of(event), Admission.REPLY));
    }

    static void assertRefused(Kind kind, Runnable attempt) {
        assertThatThrownBy(attempt::run)
                .isInstanceOfSatisfying(
                        ChannelException.class,
                        refusal -> assertThat(refusal.kind()).isEqualTo(kind));
    }

    /** Within each partition, the events of each producer {@code name-N} must come with N going up. */
    static void assertInOrder(Collection<ChannelRecord> records) {
        Map<String, Integer> last = new HashMap<>();
        for (ChannelRecord record : records) {
            String id = record.event().getId();
            int dash = id.lastIndexOf('-');
            String producer = record.partition() + "/" + id.substring(0, dash);
            int number = Integer.parseInt(id.substring(dash + 1));
            assertThat(number)
                    .as("%s at offset %s", id, record.offset())
                    .isGreaterThan(last.getOrDefault(producer, -1));
            last.put(producer, number);
        }
    }
}
