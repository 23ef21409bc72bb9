/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.send;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.api.routing.Destination;
import dev.sluice.testkit.Waiting;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import java.net.URI;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class SinkClientsTest {

    private final Vertx vertx = Vertx.vertx();
    private final SinkClients clients = new SinkClients(vertx, SinkSettings.defaults(), SinkGuard.NONE);

    @AfterEach
    void close() {
        Waiting.on(clients.close());
        Waiting.on(vertx.close());
    }

    private HttpClient trusting(String caCerts) {
        return clients.of(new Destination(URI.create("https://sink.test/"), Optional.of(caCerts), Optional.empty()));
    }

    @Test
    void certificates_that_nobody_asks_for_any_more_keep_no_client() {
        // Given
        HttpClient rotated = trusting("rotated");
        HttpClient inUse = trusting("in use");

        // When
        for (int i = 0; i < 1_000; i++) {
            trusting("later " + i);
            assertThat(trusting("in use")).isSameAs(inUse);
        }

        // Then
        assertThat(trusting("rotated")).isNotSameAs(rotated);
    }
}
