/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.testkit.kube;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * A port of the loopback interface behind which a server is, and connections through it that can be broken. Both ends of one
 * that is broken get a reset, as from a network that has forgotten it. Safe for any thread.
 */
public final class BreakableLink implements AutoCloseable {

    private static final int BUFFER_BYTES = 16 * 1024;
    private static final int WAITING = 64;

    private final int serverPort;
    private final ServerSocket listener;

    // Guarded by this.
    private final List<Connection> standing = new ArrayList<>();
    private boolean severed;

    private BreakableLink(int serverPort, ServerSocket listener) {
        this.serverPort = serverPort;
        this.listener = listener;
    }

    /** @param serverPort of the loopback interface; nobody needs to listen there yet */
    static BreakableLink to(int serverPort) {
        try {
            BreakableLink link =
                    new BreakableLink(serverPort, new ServerSocket(0, WAITING, InetAddress.getLoopbackAddress()));
            daemon("link-to-" + serverPort, link::accept);
            return link;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where clients connect. */
    public int port() {
        return listener.getLocalPort();
    }

    /** How many connections stand. */
    public synchronized int standing() {
        return standing.size();
    }

    /**
     * Breaks one of the connections that stand.
     *
     * @param chance chooses it
     * @return false if none stands
     */
    public boolean cut(RandomGenerator chance) {
        Connection cut;
        synchronized (this) {
            if (standing.isEmpty()) {
                return false;
            }
            cut = standing.remove(chance.nextInt(standing.size()));
        }
        cut.reset();
        return true;
    }

    /** Breaks all connections, and every new one at once until it is mended. */
    public void sever() {
        List<Connection> all;
        synchronized (this) {
            severed = true;
            all = List.copyOf(standing);
            standing.clear();
        }
        all.forEach(Connection::reset);
    }

    /** Lets new connections through again. */
    public synchronized void mend() {
        severed = false;
    }

    /** Breaks all connections; nobody listens any more. */
    @Override
    public void close() {
        close(listener);
        sever();
    }

    private void accept() {
        while (!listener.isClosed()) {
            Socket client;
            try {
                client = listener.accept();
            } catch (IOException e) {
                // Closed, or one connection was gone before it was accepted.
                continue;
            }
            Connection connection = new Connection(client, new Socket());
            if (isTaken(connection)) {
                daemon("link-" + client.getPort(), connection::open);
            } else {
                connection.reset();
            }
        }
    }

    private synchronized boolean isTaken(Connection connection) {
        return !severed && standing.add(connection);
    }

    private synchronized void forget(Connection connection) {
        standing.remove(connection);
    }

    /** What comes in at one end goes out at the other, until either ends. */
    private final class Connection {

        private final Socket client;
        private final Socket server;

        Connection(Socket client, Socket server) {
            this.client = client;
            this.server = server;
        }

        void open() {
            try {
                client.setTcpNoDelay(true);
                server.setTcpNoDelay(true);
                server.connect(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), serverPort),
                        Math.toIntExact(TimeUnit.SECONDS.toMillis(5)));
            } catch (IOException e) {
                // Nobody is there, or it was broken meanwhile: the client learns it as it would without a link.
                end();
                return;
            }
            daemon("link-back-" + client.getPort(), () -> pass(server, client));
            pass(client, server);
        }

        private void pass(Socket from, Socket to) {
            byte[] buffer = new byte[BUFFER_BYTES];
            try {
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream();
                for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                    out.write(buffer, 0, read);
                }
            } catch (IOException e) {
                // It was broken, here or by one of the two.
            }
            end();
        }

        private void end() {
            forget(this);
            close(client);
            close(server);
        }

        /** Sockets that linger for no time are reset when they are closed. */
        void reset() {
            try {
                client.setSoLinger(true, 0);
                server.setSoLinger(true, 0);
            } catch (IOException e) {
                // It has ended by itself.
            }
            end();
        }
    }

    private static void close(Closeable closing) {
        try {
            closing.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void daemon(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }
}
