/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.testkit;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.junit.jupiter.api.Test;

final class ClosedPortTest {

    @Test
    void connections_are_refused_and_nobody_else_gets_the_port() {
        try (ClosedPort closed = ClosedPort.take()) {
            assertThatThrownBy(() -> new Socket("127.0.0.1", closed.port()).close())
                    .isInstanceOf(ConnectException.class);
            assertThatThrownBy(() -> new ServerSocket(closed.port(), 1, InetAddress.getLoopbackAddress()).close())
                    .isInstanceOf(BindException.class);
        }
    }
}
