/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.testkit.Events;
import dev.sluice.testkit.RecordingSubscriber;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Clients that hold connections and send nothing, or next to nothing. */
final class ConnectionsIT {

    private static final int IDLE_CONNECTIONS = 3_000;

    @RegisterExtension
    static final Sluice sluice =
            Sluice.start(process -> process.jvm("-Xmx96m").option("--idle-timeout", "3s", "--request-timeout", "2s"));

    @RegisterExtension
    final RecordingSubscriber subscriber = RecordingSubscriber.start();

    private final String namespace = Sluice.namespace();

    @Test
    void thousands_of_idle_connections_do_no_harm_and_are_closed() {
        // Given
        sluice.apply(namespace, Manifests.trigger(namespace, "all", subscriber.uri()));
        List<RawConnection> idle = new ArrayList<>();
        try {
            for (int i = 0; i < IDLE_CONNECTIONS; i++) {
                idle.add(new RawConnection(sluice.process().ingressPort()));
            }

            // When
            Events.numbered(namespace, 100).forEach(event -> sluice.send(namespace, event));

            // Then
            await().atMost(Sluice.PATIENCE).until(() -> subscriber.count() == 100);
            assertThat(sluice.process().residentBytes()).isLessThan(400L * 1024 * 1024);
            assertThat(sluice.get(sluice.process().admin("/health/ready")).statusCode())
                    .isEqualTo(200);
            assertThat(idle).allMatch(connection -> connection.isClosedByPeer(Duration.ofSeconds(20)));
        } finally {
            idle.forEach(RawConnection::close);
        }
    }

    @Test
    void a_request_whose_head_drips_is_cut_off_after_the_idle_timeout() {
        try (var connection = new RawConnection(sluice.process().ingressPort())) {
            // Given
            long start = System.nanoTime();
            connection.send("POST /" + namespace + "/default HTTP/1.1\r\nHost: localhost\r\nx-slow: ");

            // When: a byte now and then, which is not a request either
            await().atMost(Sluice.PATIENCE)
                    .pollInterval(Duration.ofMillis(200))
                    .until(() -> !connection.trySend("x") || connection.isClosedByPeer(Duration.ofMillis(50)));

            // Then
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isBetween(Duration.ofMillis(1_500), Duration.ofSeconds(12));
        }
    }

    @Test
    void a_connection_is_kept_for_the_next_request() {
        // Given
        sluice.apply(namespace, Manifests.trigger(namespace, "all", subscriber.uri()));
        try (var connection = new RawConnection(sluice.process().ingressPort())) {
            for (int i = 0; i < 3; i++) {
                // When
                connection.send(
                        "POST /" + namespace + "/default HTTP/1.1\r\nHost: localhost\r\nce-specversion: 1.0\r\nce-id: "
                                + i + "\r\nce-source: /s\r\nce-type: t\r\nContent-Length: 0\r\n\r\n");

                // Then
                assertThat(connection.readHead(Sluice.PATIENCE)).startsWith("HTTP/1.1 202 ");
            }
        }
        await().atMost(Sluice.PATIENCE).until(() -> subscriber.count() == 3);
    }
}
