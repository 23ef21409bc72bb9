/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.testkit.kube;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/** Ports of the loopback interface that nobody listens at. */
final class Ports {

    /**
     * Below the ports that Linux gives to outgoing connections, so that no client sits on the port of a server while that is
     * down.
     */
    private static final int LOWEST = 20_000;

    private static final int HIGHEST = 32_000;

    private Ports() {}

    static List<Integer> free(int count) {
        List<ServerSocket> held = new ArrayList<>();
        try {
            // Held until all are found, so that none is found twice.
            while (held.size() < count) {
                int port = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST);
                ServerSocket socket = new ServerSocket();
                try {
                    socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                    held.add(socket);
                } catch (IOException e) {
                    // Somebody has it; the next one then.
                    socket.close();
                }
            }
            List<Integer> ports = new ArrayList<>();
            for (ServerSocket socket : held) {
                ports.add(socket.getLocalPort());
                socket.close();
            }
            return ports;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
