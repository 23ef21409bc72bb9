/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.channel.Channel;
import dev.sluice.api.channel.Channel.Admission;
import dev.sluice.api.channel.ChannelEngine;
import dev.sluice.api.channel.ChannelException;
import dev.sluice.api.channel.ChannelException.Kind;
import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.Ledger;
import dev.sluice.testkit.kafka.KafkaFixture;
import io.cloudevents.kafka.KafkaMessageFactory;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What was acknowledged is in the topic, whatever happens to Kafka meanwhile. */
final class KafkaAppendFaultIT {

    @RegisterExtension
    static final KafkaFixture kafka = KafkaFixture.single();

    private static final int AT_A_TIME = 200;

    /** Every other one of a node that was frozen before, so that appends wait for their time-out. */
    private static final int KILLS = 4;

    private final Ledger ledger = new Ledger().expecting("topic");
    private final AtomicLong ids = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final Queue<String> surprises = new ConcurrentLinkedQueue<>();
    private volatile boolean running = true;

    @Test
    void loses_no_acknowledged_event_when_kafka_is_killed_and_restarted_under_load() throws Exception {
        // Given
        long seed = Long.getLong("sluice.test.seed", System.nanoTime());
        System.err.println("seed " + seed);
        Random random = new Random(seed);
        Vertx vertx = Vertx.vertx();
        ChannelEngine engine = new KafkaChannelProvider()
                .engine(
                        vertx,
                        Map.of(
                                "kafka-bootstrap-servers", kafka.bootstrapServers(),
                                "kafka-topic-partitions", "4",
                                "kafka-append-timeout", "3s"));
        Channel channel = engine.open(new ChannelSpec("kafka", new ResourceName("it", "fault"), "fault", Map.of()))
                .toCompletionStage()
                .toCompletableFuture()
                .get(30, TimeUnit.SECONDS);
        AtomicInteger underWay = new AtomicInteger(AT_A_TIME);
        for (int i = 0; i < AT_A_TIME; i++) {
            next(vertx, channel, underWay);
        }

        // When
        boolean frozenFirst = random.nextBoolean();
        for (int kill = 0; kill < KILLS; kill++) {
            long before = ledger.acceptedCount();
            long more = 500 + random.nextInt(3000);
            await().atMost(Duration.ofSeconds(60)).until(() -> ledger.acceptedCount() > before + more);
            if (frozenFirst == (kill % 2 == 0)) {
                kafka.cluster().node().freeze();
                long refusals = refused.get();
                await().atMost(Duration.ofSeconds(30)).until(() -> refused.get() > refusals);
            }
            kafka.cluster().node().kill();
            kafka.cluster().node().start();
        }
        long afterLast = ledger.acceptedCount();
        await().atMost(Duration.ofSeconds(60)).until(() -> ledger.acceptedCount() > afterLast + 1000);
        running = false;
        await().atMost(Duration.ofSeconds(30)).until(() -> underWay.get() == 0);

        // Then
        new Topical(kafka)
                .read("knative-broker-it-fault")
                .forEach(record -> ledger.delivered(
                        "topic",
                        KafkaMessageFactory.createReader(record).toEvent().getId()));
        System.err.println("accepted " + ledger.acceptedCount() + " of " + ledger.offeredCount() + ", refused "
                + refused + ", seed " + seed);
        assertThat(surprises).isEmpty();
        ledger.verify().assertNothingLost().assertNothingDuplicated();
        assertThat(channel.fill().bytes()).isZero();
        engine.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
        vertx.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    /** One after the other; an event that was refused is not sent again, so nothing may be in the topic twice. */
    private void next(Vertx vertx, Channel channel, AtomicInteger underWay) {
        if (!running) {
            underWay.decrementAndGet();
            return;
        }
        String id = "e-" + ids.incrementAndGet();
        ledger.offered(id);
        channel.append(List.of(Events.ofSize(id, 500)), Admission.PRODUCER).onComplete(answer -> {
            if (answer.succeeded()) {
                ledger.accepted(id);
                vertx.runOnContext(turn -> next(vertx, channel, underWay));
                return;
            }
            refused.incrementAndGet();
            if (!(answer.cause() instanceof ChannelException refusal) || refusal.kind() != Kind.UNAVAILABLE) {
                surprises.add(String.valueOf(answer.cause()));
            }
            vertx.setTimer(20, timer -> next(vertx, channel, underWay));
        });
    }
}
