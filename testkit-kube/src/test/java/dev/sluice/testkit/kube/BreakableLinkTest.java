/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.testkit.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class BreakableLinkTest {

    private static final int PATIENCE_MILLIS = 30_000;

    private ServerSocket server;
    private BreakableLink link;

    @BeforeEach
    void listen() throws IOException {
        server = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
        server.setSoTimeout(PATIENCE_MILLIS);
        link = BreakableLink.to(server.getLocalPort());
    }

    @AfterEach
    void end() throws IOException {
        link.close();
        server.close();
    }

    private Socket connect() throws IOException {
        Socket client = new Socket(InetAddress.getLoopbackAddress(), link.port());
        client.setSoTimeout(PATIENCE_MILLIS);
        return client;
    }

    private static int said(Socket by, Socket to, int what) throws IOException {
        by.getOutputStream().write(what);
        return to.getInputStream().read();
    }

    @Test
    void what_is_said_at_one_end_is_heard_at_the_other_until_it_is_cut() throws IOException {
        // Given
        try (Socket client = connect();
                Socket accepted = server.accept()) {
            accepted.setSoTimeout(PATIENCE_MILLIS);
            assertThat(said(client, accepted, 'a')).isEqualTo('a');
            assertThat(said(accepted, client, 'b')).isEqualTo('b');
            assertThat(link.standing()).isEqualTo(1);

            // When
            assertThat(link.cut(new Random(1))).isTrue();

            // Then
            assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(IOException.class);
            assertThatThrownBy(() -> accepted.getInputStream().read()).isInstanceOf(IOException.class);
            assertThat(link.standing()).isZero();
            assertThat(link.cut(new Random(1))).isFalse();
        }
    }

    @Test
    void nothing_gets_through_while_it_is_severed_and_everything_when_it_is_mended() throws IOException {
        // Given
        link.sever();
        try (Socket client = connect()) {
            assertThatThrownBy(() -> {
                        client.getOutputStream().write('a');
                        if (client.getInputStream().read() < 0) {
                            throw new IOException("ended");
                        }
                    })
                    .isInstanceOf(IOException.class);
        }

        // When
        link.mend();

        // Then
        try (Socket client = connect();
                Socket accepted = server.accept()) {
            assertThat(said(client, accepted, 'a')).isEqualTo('a');
        }
    }

    @Test
    void an_end_that_says_it_is_done_closes_the_other() throws IOException {
        // Given
        try (Socket client = connect();
                Socket accepted = server.accept()) {
            accepted.setSoTimeout(PATIENCE_MILLIS);
            assertThat(said(client, accepted, 'a')).isEqualTo('a');

            // When
            client.shutdownOutput();

            // Then
            assertThat(accepted.getInputStream().read()).isNegative();
            await().atMost(Duration.ofMillis(PATIENCE_MILLIS)).until(() -> link.standing() == 0);
        }
    }
}
