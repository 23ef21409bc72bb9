/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.parking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.ledger.End;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.dispatcher.send.FailureKind;
import dev.sluice.testkit.Events;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Redrives to a trigger that holds what it gets, as one that is paused does. */
final class AttendedRedriveTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int PARKED = 3;

    private final Vertx vertx = Vertx.vertx();
    private final DeadLetterStore store =
            new DeadLetterStore(1 << 20, System::currentTimeMillis, new SimpleMeterRegistry());
    private final Set<Redriven> held = ConcurrentHashMap.newKeySet();

    private final Redriver holding = new Redriver() {
        @Override
        public boolean canRedrive(ParkedEvent parked) {
            return true;
        }

        @Override
        public Set<ResourceName> triggers() {
            return Set.of();
        }

        @Override
        public void redrive(Redriven redriven) {
            held.add(redriven);
        }

        @Override
        public void recall(Set<Redriven> recalled) {
            recalled.forEach(redriven -> {
                if (held.remove(redriven)) {
                    redriven.putBack();
                }
            });
        }
    };

    @AfterEach
    void stop() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private void park() {
        DeadLetterStore.Shelf shelf = store.open(new ResourceName("shop", "default"), "uid");
        for (int i = 0; i < PARKED; i++) {
            boolean parked = shelf.park(
                    new ResourceName("shop", "orders"),
                    "orders-uid",
                    Events.withId("e-" + i),
                    new Cause(FailureKind.UNAVAILABLE, 503, "it failed", "http://orders/", Buffer.buffer(), Map.of()),
                    1,
                    0,
                    1_000,
                    () -> {},
                    () -> {});
            assertThat(parked).isTrue();
        }
    }

    private Redrive begin(Optional<Duration> attention) {
        var redrive =
                new Redrive(vertx, "id", store, holding, Selection.everything(), PARKED, 0, attention, over -> {});
        redrive.start();
        return redrive;
    }

    @Test
    void stops_when_nobody_asks_how_far_it_is_and_leaves_what_its_trigger_holds_parked() {
        // Given
        park();

        // When: all of it is with its trigger, which does nothing, unless this machine does not get so far in time
        Redrive redrive = begin(Optional.of(Duration.ofSeconds(1)));

        // Then
        await().atMost(PATIENCE).until(() -> redrive.glance().state() == Redrive.State.STOPPED);
        assertThat(redrive.glance().sending()).isZero();
        assertThat(redrive.glance().putBack() + redrive.glance().remaining()).isEqualTo(PARKED);
        assertThat(held).isEmpty();
        assertThat(store.count(Selection.everything())).isEqualTo(PARKED);
    }

    @Test
    void goes_on_for_as_long_as_somebody_asks() {
        // Given
        park();
        Redrive redrive = begin(Optional.of(PATIENCE));
        await().atMost(PATIENCE).until(() -> held.size() == PARKED);
        assertThat(redrive.progress().state()).isEqualTo(Redrive.State.RUNNING);

        // When
        held.forEach(redriven -> redriven.ended(End.DELIVERED));

        // Then
        await().atMost(PATIENCE).until(() -> redrive.progress().state() == Redrive.State.DONE);
        assertThat(redrive.progress().delivered()).isEqualTo(PARKED);
        assertThat(store.count(Selection.everything())).isZero();
    }
}
