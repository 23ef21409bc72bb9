/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A name server on the loopback interface (RFC 1035) that knows the IPv4 addresses it is told, for this moment only: every
 * answer has a time to live of 0.
 */
final class NameServer implements AutoCloseable {

    private static final int HEADER_BYTES = 12;
    private static final int TYPE_A = 1;
    private static final int NO_SUCH_NAME = 3;

    private final DatagramSocket socket;
    private final Map<String, InetAddress> addresses = new ConcurrentHashMap<>();
    private final AtomicInteger unknown = new AtomicInteger();
    private volatile CountDownLatch mayAnswer = new CountDownLatch(0);

    private NameServer(DatagramSocket socket) {
        this.socket = socket;
    }

    static NameServer start() {
        try {
            NameServer started = new NameServer(new DatagramSocket(0, InetAddress.getLoopbackAddress()));
            Thread thread = new Thread(started::run, "name-server");
            thread.setDaemon(true);
            thread.start();
            return started;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where it listens, as Vert.x takes it. */
    String address() {
        return "127.0.0.1:" + socket.getLocalPort();
    }

    void put(String name, String address) {
        try {
            addresses.put(name, InetAddress.getByName(address));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void remove(String name) {
        addresses.remove(name);
    }

    /** From now on answers wait until the latch is open. */
    void answerAfter(CountDownLatch open) {
        mayAnswer = open;
    }

    /** How often it was asked for a name that it does not know. */
    int unknown() {
        return unknown.get();
    }

    private void run() {
        byte[] buffer = new byte[1500];
        while (!socket.isClosed()) {
            DatagramPacket query = new DatagramPacket(buffer, buffer.length);
            try {
                socket.receive(query);
                mayAnswer.await();
                byte[] answer = answer(buffer);
                socket.send(new DatagramPacket(answer, answer.length, query.getSocketAddress()));
            } catch (IOException e) {
                if (!socket.isClosed()) {
                    throw new UncheckedIOException(e);
                }
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** The question as it came, and behind it the address if there is one. */
    private byte[] answer(byte[] query) {
        StringBuilder name = new StringBuilder();
        int at = HEADER_BYTES;
        for (int length = query[at]; length > 0; length = query[at]) {
            name.append(name.isEmpty() ? "" : ".");
            name.append(new String(query, at + 1, length, StandardCharsets.US_ASCII));
            at += 1 + length;
        }
        int type = (query[at + 1] & 0xff) << 8 | query[at + 2] & 0xff;
        int questionEnd = at + 5;
        InetAddress address = addresses.get(name.toString().toLowerCase(Locale.ROOT));
        if (address == null) {
            unknown.incrementAndGet();
        }
        boolean answered = address != null && type == TYPE_A;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(query, 0, 2);
        // A response to a standard query, with recursion.
        out.write(0x81);
        out.write(0x80 | (address == null ? NO_SUCH_NAME : 0));
        out.writeBytes(new byte[] {0, 1, 0, (byte) (answered ? 1 : 0), 0, 0, 0, 0});
        out.write(query, HEADER_BYTES, questionEnd - HEADER_BYTES);
        if (answered) {
            // The name of the question again, type A, class IN, time to live 0, four bytes.
            out.writeBytes(new byte[] {(byte) 0xc0, HEADER_BYTES, 0, TYPE_A, 0, 1, 0, 0, 0, 0, 0, 4});
            out.writeBytes(address.getAddress());
        }
        return out.toByteArray();
    }

    @Override
    public void close() {
        socket.close();
    }
}
