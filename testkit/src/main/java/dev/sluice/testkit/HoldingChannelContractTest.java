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
import dev.sluice.api.channel.ChannelRecord;
import io.cloudevents.CloudEvent;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * The contract of a {@link HoldingChannel} as tests. An implementation extends this class, supplies its provider, and
 * passes all of it:
 *
 * <pre>{@code
 * class InMemoryChannelContractTest extends HoldingChannelContractTest {
 *     protected ChannelProvider provider() { return new InMemoryChannelProvider(); }
 *     protected Map<String, String> smallCapacity() { return Map.of("inmemory-capacity", "512KiB"); }
 * }
 * }</pre>
 */
public abstract class HoldingChannelContractTest extends ChannelContractTest {

    private static final int DATA = 2048;

    /** An append loop that goes on for longer than this has met a channel without a bound. */
    private static final int MANY = 20_000;

    /** Options of an engine whose channels hold 256 KiB to 4 MiB altogether. */
    protected abstract Map<String, String> smallCapacity();

    @Test
    @DisplayName("MUST lose, double and reorder nothing when several threads append and others release")
    void stands_concurrent_appends_and_releases() throws Exception {
        Channel channel = open("shop");
        ExecutorService threads = Executors.newFixedThreadPool(6);
        try {
            ChannelReading reading = ChannelReading.start(vertx(), channel, record -> threads.execute(record::release));
            List<Future<?>> appenders = new ArrayList<>();
            for (int t = 0; t < 4; t++) {
                List<CloudEvent> events = Events.numbered("t" + t, 500);
                appenders.add(threads.submit(() -> events.forEach(event -> append(channel, List.of(event)))));
            }
            for (Future<?> appender : appenders) {
                appender.get(60, TimeUnit.SECONDS);
            }

            await().until(() -> reading.count() == 2000);
            assertThat(new HashSet<>(reading.ids())).hasSize(2000);
            assertInOrder(reading.records());
            assertThat(reading.breaches()).isEmpty();
            await().until(() -> channel.fill().events() == 0 && channel.fill().bytes() == 0);
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    @DisplayName("MUST refuse a batch as a whole when only part of it would fit")
    void takes_a_batch_whole_or_not_at_all() {
        ChannelEngine small = smallEngine();
        Channel channel = open(small, "shop");
        ChannelReading reading = ChannelReading.start(vertx(), channel);
        Set<String> accepted = fill(channel);
        await().until(() -> reading.count() == accepted.size());
        // Room for two more, and four are coming.
        reading.records().subList(0, 2).forEach(ChannelRecord::release);
        await().until(() -> channel.fill().events() == accepted.size() - 2);
        List<CloudEvent> batch = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            batch.add(Events.ofSize("batch-" + i, DATA));
        }

        assertRefused(Kind.FULL, () -> append(channel, batch));

        append(channel, batch.subList(0, 2));
        await().until(() -> reading.count() == accepted.size() + 2);
        assertThat(reading.ids()).contains("batch-0", "batch-1").doesNotContain("batch-2", "batch-3");
        Waiting.on(small.close());
    }

    // ---- redelivery
    // ------------------------------------------------------------------------------------------------------

    @Test
    @DisplayName("MUST hand to the next reader what was handed over and not released, and nothing that was released")
    void hands_unreleased_records_to_the_next_reader() {
        Channel channel = open("shop");
        ChannelReading first = ChannelReading.start(vertx(), channel);
        append(channel, Events.numbered("e", 10));
        await().until(() -> first.count() == 10);
        List<String> unreleased = new ArrayList<>();
        for (ChannelRecord record : first.records()) {
            if (Integer.parseInt(record.event().getId().substring(2)) % 3 == 0) {
                record.release();
            } else {
                unreleased.add(record.event().getId());
            }
        }
        first.close();
        append(channel, Events.numbered("late", 1));

        ChannelReading second = ChannelReading.start(vertx(), channel);

        await().until(() -> second.count() >= unreleased.size() + 1);
        unreleased.add("late-0");
        assertThat(second.ids()).containsExactlyInAnyOrderElementsOf(unreleased);
        assertInOrder(second.records());
    }

    @Test
    @DisplayName("MUST forget a released record for good, and count its release once")
    void forgets_what_was_released() {
        Channel channel = open("shop");
        ChannelReading reading = ChannelReading.start(vertx(), channel);
        append(channel, Events.numbered("e", 3));
        await().until(() -> reading.count() == 3);

        reading.releaseAll();
        reading.releaseAll();

        await().until(() -> channel.fill().events() == 0 && channel.fill().bytes() == 0);
        reading.close();
        ChannelReading second = ChannelReading.start(vertx(), channel);
        append(channel, Events.numbered("next", 1));
        await().until(() -> second.count() > 0);
        assertThat(second.ids()).containsExactly("next-0");
    }

    // ---- the reader
    // ------------------------------------------------------------------------------------------------------

    @Test
    @DisplayName("MUST stop within a batch when the handler pauses, so that a reader can bound what it holds")
    void obeys_a_pause_from_inside_the_handler() {
        Channel channel = open("shop");
        List<ChannelReading> self = new ArrayList<>();
        ChannelReading reading = ChannelReading.start(vertx(), channel, record -> {
            if (record.event().getId().endsWith("-9")) {
                self.get(0).reader().pause();
            }
        });
        reading.onContext(() -> self.add(reading));

        append(channel, Events.numbered("e", 100));

        await().until(() -> reading.count() >= 10);
        // One more may have been on its way.
        await().during(QUIET).until(() -> reading.count() <= 11);
        reading.resume();
        await().until(() -> reading.count() == 100);
        assertInOrder(reading.records());
    }

    // ---- bounds
    // ----------------------------------------------------------------------------------------------------------

    @Test
    @DisplayName("MUST refuse with FULL and a time to wait when full, lose nothing of what it took, and recover")
    void refuses_when_full_and_recovers() {
        ChannelEngine small = smallEngine();
        Channel channel = open(small, "shop");
        ChannelReading reading = ChannelReading.start(vertx(), channel);

        Set<String> accepted = fill(channel);

        assertThatThrownBy(() -> append(channel, List.of(Events.ofSize("one more", DATA))))
                .isInstanceOfSatisfying(ChannelException.class, full -> {
                    assertThat(full.kind()).isEqualTo(Kind.FULL);
                    assertThat(full.retryAfter()).isPositive();
                    assertThat(full).hasMessageContaining("contract/shop");
                });
        await().until(() -> reading.count() == accepted.size());
        assertThat(new HashSet<>(reading.ids())).isEqualTo(accepted);
        reading.releaseAll();
        await().untilAsserted(() -> append(channel, List.of(Events.ofSize("afterwards", DATA))));
        Waiting.on(small.close());
    }

    @Test
    @DisplayName("MUST refuse an event with TOO_LARGE that could not even go into an empty channel")
    void refuses_what_can_never_fit() {
        ChannelEngine small = smallEngine();
        Channel channel = open(small, "shop");
        int tooMuch = (int) channel.fill().capacityBytes() + 1;

        assertRefused(Kind.TOO_LARGE, () -> append(channel, List.of(Events.ofSize("huge", tooMuch))));
        assertRefused(Kind.TOO_LARGE, () -> appendReply(channel, Events.ofSize("huge reply", tooMuch)));

        append(channel, Events.numbered("e", 1));
        assertThat(channel.fill().events()).isEqualTo(1);
        Waiting.on(small.close());
    }

    @Test
    @DisplayName("MUST take replies when producers are refused, up to a bound of their own")
    void takes_replies_when_full() {
        ChannelEngine small = smallEngine();
        Channel channel = open(small, "shop");
        ChannelReading reading = ChannelReading.start(vertx(), channel);
        Set<String> accepted = fill(channel);

        int replies = 0;
        boolean refused = false;
        while (!refused && replies < MANY) {
            try {
                appendReply(channel, Events.ofSize("reply-" + replies, DATA));
                replies++;
            } catch (ChannelException e) {
                assertThat(e.kind()).isEqualTo(Kind.FULL);
                refused = true;
            }
        }

        assertThat(replies).isBetween(1, accepted.size());
        assertThat(refused).isTrue();
        int all = accepted.size() + replies;
        await().until(() -> reading.count() == all);
        assertRefused(Kind.FULL, () -> append(channel, List.of(Events.ofSize("producer", DATA))));
        reading.releaseAll();
        await().until(() -> channel.fill().events() == 0 && channel.fill().bytes() == 0);
        appendReply(channel, Events.withId("again"));
        Waiting.on(small.close());
    }

    @Test
    @DisplayName("MUST let a reply have the room of the event that it settles, both or neither")
    void takes_a_reply_in_place_of_what_it_settles() {
        ChannelEngine small = smallEngine();
        Channel channel = open(small, "shop");
        ChannelReading reading = ChannelReading.start(vertx(), channel);
        fill(channel);
        int replies = 0;
        while (replies < MANY
                && channel.append(List.of(Events.ofSize("reply-" + replies, DATA)), Admission.REPLY)
                        .succeeded()) {
            replies++;
        }
        int full = (int) channel.fill().events();
        await().until(() -> reading.count() == full);
        ChannelRecord settled = reading.records().get(full - 1);

        assertRefused(Kind.FULL, () -> appendReply(channel, Events.ofSize("refused", DATA)));
        assertRefused(Kind.FULL, () -> Waiting.on(channel.appendInPlaceOf(settled, Events.ofSize("larger", 3 * DATA))));
        assertThat(channel.fill().events()).isEqualTo(full);
        Waiting.on(channel.appendInPlaceOf(settled, Events.ofSize("in-place", DATA)));

        await().until(() -> reading.count() == full + 1);
        assertThat(reading.records().get(full).event().getId()).isEqualTo("in-place");
        assertThat(channel.fill().events()).isEqualTo(full);
        settled.release();
        assertThat(channel.fill().events()).isEqualTo(full);
        reading.releaseAll();
        await().until(() -> channel.fill().events() == 0 && channel.fill().bytes() == 0);
        Waiting.on(small.close());
    }

    @Test
    @DisplayName("MUST count what the reader charges to a record, refuse while that is too much, and give it back")
    void counts_charges() {
        ChannelEngine small = smallEngine();
        Channel channel = open(small, "shop");
        ChannelReading reading = ChannelReading.start(vertx(), channel);
        append(channel, Events.numbered("e", 2));
        await().until(() -> reading.count() == 2);
        long before = channel.fill().bytes();
        ChannelRecord charged = reading.records().get(0);

        charged.charge(1000);
        charged.charge(0);
        assertThat(channel.fill().bytes()).isEqualTo(before + 1000);
        assertThatThrownBy(() -> charged.charge(-1)).isInstanceOf(IllegalArgumentException.class);

        charged.uncharge(400);
        charged.uncharge(0);
        assertThat(channel.fill().bytes()).isEqualTo(before + 600);
        assertThatThrownBy(() -> charged.uncharge(-1)).isInstanceOf(IllegalArgumentException.class);
        charged.uncharge(5000);
        assertThat(channel.fill().bytes()).as("no more than was charged").isEqualTo(before);

        charged.charge(channel.fill().capacityBytes());
        assertRefused(Kind.FULL, () -> append(channel, Events.numbered("refused", 1)));

        charged.release();
        charged.charge(5000);
        charged.uncharge(5000);
        assertThat(channel.fill().bytes()).isEqualTo(before / 2);
        append(channel, Events.numbered("fits", 1));
        reading.records().get(1).release();
        await().until(() -> reading.count() == 3);
        reading.releaseAll();
        await().until(() -> channel.fill().bytes() == 0);
        Waiting.on(small.close());
    }

    @Test
    @DisplayName("MUST tell truly how full it is")
    void tells_how_full_it_is() {
        Channel channel = open("shop");
        assertThat(channel.fill().events()).isZero();
        assertThat(channel.fill().bytes()).isZero();
        assertThat(channel.fill().capacityBytes()).isPositive();

        append(channel, List.of(Events.ofSize("a", 10_000), Events.ofSize("b", 10_000)));

        assertThat(channel.fill().events()).isEqualTo(2);
        assertThat(channel.fill().bytes()).isBetween(20_000L, 24_000L);
        ChannelReading reading = ChannelReading.start(vertx(), channel);
        await().until(() -> reading.count() == 2);
        reading.records().get(0).release();
        await().until(() -> channel.fill().events() == 1);
        assertThat(channel.fill().bytes()).isBetween(10_000L, 12_000L);
    }

    @Test
    @DisplayName("MUST let no Broker take what is guaranteed to another")
    void keeps_brokers_apart() {
        ChannelEngine small = smallEngine();
        Channel greedy = open(small, "greedy");
        Channel modest = open(small, "modest");
        ChannelReading reading = ChannelReading.start(vertx(), modest);

        int taken = fill(greedy).size();
        Set<String> others = fill(modest);

        assertThat(others.size()).as("beside %s of the greedy one", taken).isGreaterThan(taken / 8);
        await().until(() -> reading.count() == others.size());
        assertThat(new HashSet<>(reading.ids())).isEqualTo(others);
        Waiting.on(small.close());
    }

    private ChannelEngine smallEngine() {
        return provider().engine(vertx(), smallCapacity());
    }

    /** Appends events of equal size until one is refused; answers the ids of those that were taken. */
    private static Set<String> fill(Channel channel) {
        Set<String> taken = new HashSet<>();
        for (int i = 100_000; i < 100_000 + MANY; i++) {
            String id = "fill-" + i;
            try {
                append(channel, List.of(Events.ofSize(id, DATA)));
                taken.add(id);
            } catch (ChannelException e) {
                assertThat(e.kind()).isEqualTo(Kind.FULL);
                assertThat(taken).isNotEmpty();
                return taken;
            }
        }
        throw new AssertionError("the channel took " + MANY + " events of " + DATA + " bytes and is not full");
    }
}
