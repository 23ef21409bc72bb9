/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;

/** A plain TCP connection, for what no HTTP client would send. */
final class RawConnection implements AutoCloseable {

    private final Socket socket;

    RawConnection(int port) {
        try {
            socket = new Socket();
            socket.setTcpNoDelay(true);
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 10_000);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends these characters; line ends are written as {@code \r\n} by the caller. */
    RawConnection send(String characters) {
        try {
            socket.getOutputStream().write(characters.getBytes(ISO_8859_1));
            socket.getOutputStream().flush();
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** As {@link #send}, but says whether the peer still took it. */
    boolean trySend(String characters) {
        try {
            send(characters);
            return true;
        } catch (UncheckedIOException closed) {
            return false;
        }
    }

    /** The head of the next response, status line included, to the empty line; what there was of it at the end of input. */
    String readHead(Duration timeout) {
        return read(timeout, true);
    }

    /** Everything until the peer closes. */
    String readToEnd(Duration timeout) {
        return read(timeout, false);
    }

    /** Says whether the peer has closed within this time. */
    boolean isClosedByPeer(Duration timeout) {
        try {
            socket.setSoTimeout((int) timeout.toMillis());
            while (socket.getInputStream().read() >= 0) {
                continue;
            }
            return true;
        } catch (SocketTimeoutException stillOpen) {
            return false;
        } catch (SocketException reset) {
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String read(Duration timeout, boolean headOnly) {
        var bytes = new ByteArrayOutputStream();
        try {
            socket.setSoTimeout((int) timeout.toMillis());
            for (int b = socket.getInputStream().read();
                    b >= 0;
                    b = socket.getInputStream().read()) {
                bytes.write(b);
                if (headOnly && b == '\n' && bytes.toString(ISO_8859_1).endsWith("\r\n\r\n")) {
                    break;
                }
            }
        } catch (SocketTimeoutException e) {
            throw new AssertionError("nothing more within " + timeout + " after: " + bytes.toString(ISO_8859_1), e);
        } catch (SocketException reset) {
            bytes.writeBytes("(connection reset)".getBytes(ISO_8859_1));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toString(ISO_8859_1);
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
