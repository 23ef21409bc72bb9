/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.testkit.Answer;
import dev.sluice.testkit.Ledger;
import dev.sluice.testkit.Received;
import dev.sluice.testkit.RecordingSubscriber;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * More events than fit, a subscriber that hangs, and a small heap. The full sample of a million events is sent with {@code
 * -Psoak}; else it is smaller, and still half as much again as the channel can hold.
 */
final class OverloadIT {

    private static final boolean SOAK = Boolean.getBoolean("sluice.soak");
    private static final int EVENTS = SOAK ? 1_000_000 : 50_000;
    private static final Duration PATIENCE = SOAK ? Duration.ofMinutes(45) : Duration.ofMinutes(4);

    private static final int DATA_BYTES = 1024;

    /**
     * The heap, and 160 MiB for what a JVM has outside of it: classes, compiled code, stacks, network buffers. Measured
     * were 338 MiB altogether.
     */
    private static final long MOST_RESIDENT = (256 + 160) * 1024L * 1024;

    private static final String RESOURCES = """
            apiVersion: eventing.knative.dev/v1
            kind: Broker
            metadata:
              name: default
              namespace: overload
            ---
            apiVersion: eventing.knative.dev/v1
            kind: Trigger
            metadata:
              name: hanging
              namespace: overload
            spec:
              broker: default
              subscriber:
                uri: %s
              delivery:
                retry: 1000
                backoffPolicy: linear
                backoffDelay: PT0.01S
                timeout: PT5S
            ---
            apiVersion: eventing.knative.dev/v1
            kind: Trigger
            metadata:
              name: healthy
              namespace: overload
            spec:
              broker: default
              subscriber:
                uri: %s
            """;

    @TempDir
    private Path folder;

    private final Ledger ledger = new Ledger().expecting("hanging").expecting("healthy");
    private final AtomicBoolean hangs = new AtomicBoolean(true);
    private final AtomicLong mostResident = new AtomicLong();

    @Test
    void refuses_under_overload_and_delivers_everything_that_it_accepted() throws Exception {
        try (RecordingSubscriber hanging = RecordingSubscriber.start();
                RecordingSubscriber healthy = RecordingSubscriber.start()) {
            // Given: one subscriber that never answers, and one that does
            hanging.answerBy(this::hangOrTake);
            healthy.onRequest(request -> ledger.delivered("healthy", request.eventId()));
            Files.writeString(folder.resolve("overload.yaml"), RESOURCES.formatted(hanging.uri(), healthy.uri()));
            try (SluiceProcess sluice =
                            SluiceProcess.serve(folder).jvm("-Xmx256m").start();
                    Flood flood = Flood.start(sluice.ingress("overload", "default"), EVENTS, DATA_BYTES, ledger)) {

                // When: each sender has been refused more than once, the channel is full
                watching(sluice, flood).until(() -> flood.refusals() > 3 * Flood.SENDERS);

                // Then: the healthy subscriber has got whatever was accepted, and the other nothing
                watching(sluice, flood).until(() -> ledger.deliveredCount("healthy") == ledger.acceptedCount());
                assertThat(ledger.acceptedCount()).isBetween(10_000L, (long) EVENTS - 1);
                assertThat(ledger.deliveredCount("hanging")).isZero();

                // When: the hanging subscriber answers again
                hangs.set(false);
                watching(sluice, flood).until(flood::isOver);

                // Then: everything is accepted at last, and delivered
                assertThat(flood.faults()).isEmpty();
                assertThat(ledger.acceptedCount()).isEqualTo(EVENTS);
                watching(sluice, flood)
                        .until(() -> ledger.deliveredCount("healthy") == EVENTS
                                && ledger.deliveredCount("hanging") == EVENTS);
                ledger.verify().assertNothingLost().assertNothingDuplicated();
                assertThat(mostResident).hasValueLessThan(MOST_RESIDENT);
                assertThat(sluice.stderr()).noneMatch(line -> line.contains("OutOfMemoryError"));

                // And: it stops as if nothing had been
                sluice.sigterm();
                assertThat(sluice.awaitExit(Duration.ofSeconds(40))).isZero();
            }
        } finally {
            System.out.println("accepted " + ledger.acceptedCount() + " of " + ledger.offeredCount()
                    + " offers, most resident " + mostResident.get() / (1024 * 1024) + " MiB");
        }
    }

    /** What arrives while it hangs counts as not delivered: nobody ever said that it had been. */
    private Answer hangOrTake(Received request) {
        if (hangs.get()) {
            return Answer.never();
        }
        ledger.delivered("hanging", request.eventId());
        return Answer.ok();
    }

    private ConditionFactory watching(SluiceProcess sluice, Flood flood) {
        return await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(100))
                .failFast("the process has ended or grown too far, or a sender met a fault", () -> {
                    long resident = sluice.isAlive() ? sluice.residentBytes() : 0;
                    mostResident.accumulateAndGet(resident, Math::max);
                    return resident == 0
                            || resident > MOST_RESIDENT
                            || !flood.faults().isEmpty();
                });
    }
}
