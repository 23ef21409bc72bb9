/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.concurrent.atomic.AtomicInteger;

/** Reads the first bytes of each request and resets the connection (RST) while the rest is still on its way. */
final class ResettingListener implements AutoCloseable {

    private static final int FIRST_BYTES = 100;

    private final ServerSocket listener;
    private final AtomicInteger resets = new AtomicInteger();

    private ResettingListener(ServerSocket listener) {
        this.listener = listener;
    }

    static ResettingListener start() {
        try {
            var started = new ResettingListener(new ServerSocket(0, 256, InetAddress.getLoopbackAddress()));
            Thread thread = new Thread(started::run, "resetting-listener");
            thread.setDaemon(true);
            thread.start();
            return started;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + listener.getLocalPort() + "/");
    }

    /** How many requests it has cut off. */
    int resets() {
        return resets.get();
    }

    private void run() {
        while (!listener.isClosed()) {
            try (Socket socket = listener.accept()) {
                socket.setSoLinger(true, 0);
                if (socket.getInputStream().readNBytes(FIRST_BYTES).length == FIRST_BYTES) {
                    resets.incrementAndGet();
                }
            } catch (IOException e) {
                // The peer went first, or the test is over.
                Thread.onSpinWait();
            }
        }
    }

    @Override
    public void close() {
        try {
            listener.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
