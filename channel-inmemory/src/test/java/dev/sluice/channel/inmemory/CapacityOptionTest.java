/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.inmemory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CapacityOptionTest {

    private static final long HEAP = 256L * 1024 * 1024;

    @ParameterizedTest
    @CsvSource({
        "1000000, 1000000",
        "64KiB, 65536",
        "64kib, 65536",
        "' 3 MiB ', 3145728",
        "128MiB, 134217728",
        "25%, 67108864",
        "50%, 134217728",
        "1%, 2684354"
    })
    void reads_bytes_units_and_parts_of_the_heap(String text, long bytes) {
        assertThat(CapacityOption.parse(text, HEAP)).isEqualTo(bytes);
    }

    @Test
    void is_a_quarter_of_the_heap_unless_told_otherwise() {
        assertThat(CapacityOption.parse(CapacityOption.DEFAULT, HEAP)).isEqualTo(HEAP / 4);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "MiB", "%", "64MB", "64 M", "1.5GiB", "lots", "25 percent", "1e6", "0x10000"})
    void refuses_what_is_no_size_and_says_how_to_write_one(String text) {
        assertThatThrownBy(() -> CapacityOption.parse(text, HEAP))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("inmemory-capacity=" + text)
                .hasMessageContaining("64MiB");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "65535", "129MiB", "1GiB", "9223372036854775807GiB", "0%", "51%", "-5%", "100%"})
    void refuses_what_is_out_of_range_and_says_the_range(String text) {
        assertThatThrownBy(() -> CapacityOption.parse(text, HEAP))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("inmemory-capacity=" + text)
                .hasMessageContaining("must be between")
                .hasMessageContaining("-Xmx");
    }

    @Test
    void is_read_when_the_engine_is_made() {
        Vertx vertx = Vertx.vertx();
        try {
            InMemoryChannelProvider provider = new InMemoryChannelProvider();
            assertThatThrownBy(() -> provider.engine(vertx, Map.of("inmemory-capacity", "x")))
                    .hasMessageContaining("inmemory-capacity=x");
        } finally {
            assertThat(vertx.close().toCompletionStage().toCompletableFuture()).succeedsWithin(Duration.ofSeconds(10));
        }
    }
}
