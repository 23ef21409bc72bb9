/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InstalledKindsTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final WatchedKind CLOCK =
            new WatchedKind("sources.example.com", "v1", "ClockSource", "clocksources", List.of());

    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private final AtomicInteger changes = new AtomicInteger();
    private volatile int code;
    private volatile String body = "";
    private ScriptedApiServer apiServer;
    private InstalledKinds kinds;

    @BeforeEach
    void begin() throws IOException {
        apiServer = ScriptedApiServer.start(asked -> new ScriptedApiServer.Answer(code, body));
        kinds = new InstalledKinds(
                apiServer.client(),
                thread::execute,
                kind -> {
                    throw new AssertionError("there is no such kind");
                },
                changes::incrementAndGet);
    }

    @AfterEach
    void end() {
        kinds.close();
        apiServer.close();
        thread.shutdownNow();
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 500, 503})
    void who_can_not_answer_now_is_asked_again_soon_and_nothing_is_concluded(int refused) {
        // Given
        code = refused;

        // When
        kinds.start(List.of(List.of(CLOCK)));
        await().atMost(PATIENCE).until(() -> apiServer.asked().size() >= 2);

        // Then: the second question is put after the first answer was judged
        assertThat(changes).hasValue(0);

        // When
        code = 404;

        // Then
        await().atMost(PATIENCE).until(() -> changes.get() == 1);
    }

    @Test
    void an_answer_that_is_none_does_not_end_the_asking() {
        // Given
        code = 200;
        body = "{\"resources\": [{}]}";

        // When
        kinds.start(List.of(List.of(CLOCK)));
        await().atMost(PATIENCE).until(() -> apiServer.asked().size() >= 2);

        // Then
        assertThat(changes).hasValue(0);
    }

    @ParameterizedTest
    @ValueSource(ints = {403, 404})
    void a_refusal_settles_a_kind(int refused) {
        // Given
        code = refused;

        // When
        kinds.start(List.of(List.of(CLOCK)));

        // Then
        await().atMost(PATIENCE).until(() -> changes.get() == 1);
    }
}
