/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.send;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.dispatcher.DispatcherSettings;
import io.vertx.core.net.SocketAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DestinationGuardTest {

    private static SocketAddress at(String host, int port) {
        return SocketAddress.inetSocketAddress(port, host);
    }

    @ParameterizedTest
    @CsvSource({
        // own listener, connected to, from, path, refused
        "127.0.0.1, 127.0.0.1:9090, 127.0.0.1, /, true",
        "127.0.0.1, 127.0.0.1:9090, 127.0.0.1, /display, false",
        "127.0.0.1, 127.0.0.1:9090, 127.0.0.1, /display/../api, true",
        "127.0.0.1, 127.0.0.1:9090, 127.0.0.1, //display, true",
        "127.0.0.1, 127.0.0.1:9091, 127.0.0.1, /, false",
        "127.0.0.1, 10.0.0.5:9090, 10.0.0.6, /, false",
        "0.0.0.0, 127.0.0.1:9090, 127.0.0.1, /, true",
        "0.0.0.0, 127.9.9.9:9090, 127.0.0.1, /, true",
        "0.0.0.0, 10.0.0.5:9090, 10.0.0.5, /, true",
        "0.0.0.0, 10.0.0.5:9090, 10.0.0.6, /, false",
        "10.0.0.5, 10.0.0.5:9090, 10.0.0.5, /, true",
        "10.0.0.5, 127.0.0.1:9090, 127.0.0.1, /, false",
    })
    void keeps_events_from_the_own_admin_listener(
            String listener, String remote, String local, String path, boolean refused) {
        // Given
        DestinationGuard guard = new DestinationGuard(List.of(), List.of(at(listener, 9090)));
        int colon = remote.lastIndexOf(':');

        // When
        String refusal = guard.refusal(
                at(remote.substring(0, colon), Integer.parseInt(remote.substring(colon + 1))), at(local, 40000), path);

        // Then
        assertThat(refusal != null).isEqualTo(refused);
    }

    @Test
    void names_the_block_and_the_address_and_the_option() {
        // Given
        DestinationGuard guard = new DestinationGuard(List.of(CidrBlock.parse("169.254.0.0/16")), List.of());

        // When
        String refusal = guard.refusal(at("169.254.169.254", 80), at("10.0.0.1", 40000), "/");

        // Then
        assertThat(refusal).contains("169.254.169.254", "169.254.0.0/16", "--refuse-destinations");
        assertThat(guard.refusal(at("10.0.0.2", 80), at("10.0.0.1", 40000), "/"))
                .isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "169.254.169.254, true",
        "::ffff:169.254.169.254, true",
        "::ffff:a9fe:a9fe, true",
        "64:ff9b::a9fe:a9fe, true",
        "64:ff9b::a00:1, false",
        "64:ff9b:1::a9fe:a9fe, false",
        "fe80::1, true",
        "fe80::1%eth0, true",
        "2001:db8::1, false"
    })
    void knows_a_refused_address_inside_of_another(String remote, boolean refused) {
        // Given
        DestinationGuard guard = new DestinationGuard(
                List.of(CidrBlock.parse("169.254.0.0/16"), CidrBlock.parse("fe80::/10")), List.of());

        // When
        String refusal = guard.refusal(at(remote, 80), at("10.0.0.1", 40000), "/");

        // Then
        assertThat(refusal != null).isEqualTo(refused);
    }

    @ParameterizedTest
    @CsvSource({
        "169.254.169.254, true",
        "169.254.170.2, true",
        "fd00:ec2::254, true",
        "fe80::1, true",
        "100.100.100.200, true",
        "::ffff:100.100.100.200, true",
        "100.100.100.201, false",
        "fd00:ec2::255, false",
        "127.0.0.1, false",
        "10.0.0.2, false"
    })
    void refuses_metadata_services_unless_told_otherwise(String remote, boolean refused) {
        // Given
        DestinationGuard guard =
                new DestinationGuard(DispatcherSettings.defaults().refusedDestinations(), List.of());

        // When
        String refusal = guard.refusal(at(remote, 80), at("10.0.0.1", 40000), "/");

        // Then
        assertThat(refusal != null).isEqualTo(refused);
    }

    @Test
    void refuses_a_connection_whose_address_it_can_not_tell() {
        DestinationGuard guard = new DestinationGuard(List.of(), List.of());
        assertThat(guard.refusal(null, null, "/")).isNotNull();
        assertThat(guard.refusal(SocketAddress.domainSocketAddress("/tmp/s"), null, "/"))
                .isNotNull();
    }

    @Test
    void wants_its_own_listeners_as_addresses() {
        assertThatThrownBy(() -> new DestinationGuard(List.of(), List.of(at("admin.example", 9090))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("admin.example");
    }
}
