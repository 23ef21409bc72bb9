/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.dispatcher.send.CidrBlock;
import io.vertx.core.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class DispatcherSettingsTest {

    @Test
    void the_defaults_are_what_the_docs_say() {
        DispatcherSettings defaults = DispatcherSettings.defaults();
        assertThat(defaults.maxInFlight()).isEqualTo(100);
        assertThat(defaults.connectTimeout()).isEqualTo(Duration.ofSeconds(5));
        assertThat(defaults.maxReplySize()).isEqualTo(1_048_576);
        assertThat(defaults.replyMemory()).isEqualTo(Runtime.getRuntime().maxMemory() / 100 * 5);
        assertThat(defaults.initialTtl()).isEqualTo(255);
        assertThat(defaults.refusedDestinations())
                .extracting(CidrBlock::toString)
                .containsExactly("169.254.0.0/16", "fe80::/10", "fd00:ec2::254/128", "100.100.100.200/32");
        assertThat(defaults.refusedPorts()).isEmpty();
    }

    @Test
    void each_value_can_be_another() {
        // Given
        List<CidrBlock> blocks = List.of(CidrBlock.parse("10.0.0.0/8"));
        List<SocketAddress> listeners = List.of(SocketAddress.inetSocketAddress(9090, "127.0.0.1"));

        // When
        DispatcherSettings settings = DispatcherSettings.defaults()
                .withMaxInFlight(7)
                .withConnectTimeout(Duration.ofSeconds(1))
                .withMaxReplySize(10)
                .withReplyMemory(20)
                .withInitialTtl(3)
                .withRefusedDestinations(blocks)
                .withRefusedPorts(listeners);

        // Then
        assertThat(settings).isEqualTo(new DispatcherSettings(7, Duration.ofSeconds(1), 10, 20, 3, blocks, listeners));
    }

    @Test
    void a_value_out_of_range_is_named() {
        DispatcherSettings defaults = DispatcherSettings.defaults();
        assertThatThrownBy(() -> defaults.withMaxInFlight(0)).hasMessage("maxInFlight=0 must be at least 1");
        assertThatThrownBy(() -> defaults.withMaxReplySize(-1)).hasMessage("maxReplySize=-1 must be at least 0");
        assertThatThrownBy(() -> defaults.withReplyMemory(0)).hasMessage("replyMemory=0 must be at least 1");
        assertThatThrownBy(() -> defaults.withInitialTtl(0)).hasMessage("initialTtl=0 must be at least 1");
        assertThatThrownBy(() -> defaults.withConnectTimeout(Duration.ZERO))
                .hasMessage("connectTimeout=PT0S must be above zero");
    }
}
