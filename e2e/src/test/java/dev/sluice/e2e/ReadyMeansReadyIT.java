/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.RecordingSubscriber;
import io.cloudevents.core.builder.CloudEventBuilder;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Promise: an event accepted after a Trigger reports Ready is delivered to it. */
final class ReadyMeansReadyIT {

    private static final int TRIGGERS = 100;

    @RegisterExtension
    static final Sluice sluice = Sluice.start();

    @RegisterExtension
    static final RecordingSubscriber subscriber = RecordingSubscriber.start();

    @Test
    void an_event_sent_the_moment_a_trigger_is_ready_is_delivered_to_it() {
        // Given: triggers appear one by one, each for events of its own type
        String namespace = Sluice.namespace();
        sluice.apply(namespace);
        var written = new AtomicInteger();
        var writer = Executors.newSingleThreadScheduledExecutor();
        try {
            var ignored = writer.scheduleAtFixedRate(
                    () -> {
                        int n = written.get();
                        if (n < TRIGGERS) {
                            sluice.write(
                                    "t-" + n + ".yaml",
                                    Manifests.trigger(
                                            namespace,
                                            "t-" + n,
                                            subscriber.uri("/t-" + n),
                                            "filter: {attributes: {type: t-" + n + "}}"));
                            written.incrementAndGet();
                        }
                    },
                    0,
                    30,
                    TimeUnit.MILLISECONDS);

            // When: each gets its event as soon as it says that it is Ready
            Set<String> sent = new LinkedHashSet<>();
            await().pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(1))
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> {
                        for (String name : readyTriggers(namespace)) {
                            if (sent.add(name)) {
                                sluice.send(
                                        namespace,
                                        CloudEventBuilder.v1(Events.MINIMAL)
                                                .withId(name)
                                                .withType(name)
                                                .build());
                            }
                        }
                        return sent.size() == TRIGGERS;
                    });
            assertThat(ignored.isDone()).isFalse();
        } finally {
            writer.shutdownNow();
        }

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> subscriber.count() >= TRIGGERS);
        assertThat(subscriber.requests())
                .hasSize(TRIGGERS)
                .allSatisfy(request -> assertThat(request.uri()).isEqualTo("/" + request.eventId()));
    }

    private static Set<String> readyTriggers(String namespace) {
        JsonNode list = Sluice.json(sluice.get(sluice.process().admin("/api/v1/triggers?namespace=" + namespace)));
        Set<String> ready = new TreeSet<>();
        for (JsonNode trigger : list.path("items")) {
            for (JsonNode condition : trigger.path("status").path("conditions")) {
                if (condition.path("type").asText().equals("Ready")
                        && condition.path("status").asText().equals("True")) {
                    ready.add(trigger.path("metadata").path("name").asText());
                }
            }
        }
        return ready;
    }
}
