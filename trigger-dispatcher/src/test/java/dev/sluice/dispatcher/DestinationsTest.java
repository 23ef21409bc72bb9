/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher;

import static dev.sluice.dispatcher.DispatcherFixture.delivery;
import static dev.sluice.dispatcher.DispatcherFixture.trigger;
import static dev.sluice.dispatcher.DispatcherFixture.withSink;
import static dev.sluice.dispatcher.DispatcherFixture.withTimeout;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.api.ledger.End;
import dev.sluice.api.routing.Destination;
import dev.sluice.dispatcher.send.CidrBlock;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.RecordingSubscriber;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.SelfSignedCertificate;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DestinationsTest {

    @RegisterExtension
    final DispatcherFixture dispatcher = new DispatcherFixture();

    @RegisterExtension
    final RecordingSubscriber subscriber = RecordingSubscriber.start();

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433"})
    void nothing_is_sent_to_a_refused_address_however_it_is_written(String host) {
        // Given
        dispatcher.with(settings -> settings.withRefusedDestinations(List.of(CidrBlock.parse("127.0.0.0/8"))));
        URI refused = URI.create("http://" + host + ":" + subscriber.port() + "/");
        dispatcher.apply(trigger("all", refused, delivery()));

        // When
        dispatcher.append(Events.MINIMAL);

        // Then
        org.awaitility.Awaitility.await()
                .until(() -> dispatcher.stats("all").lastFailure().isPresent());
        assertThat(dispatcher.stats("all").lastFailure().orElseThrow().text()).contains(refused.toString());
        assertThat(subscriber.count()).isZero();
        dispatcher.verifyConservation();
    }

    @Test
    void the_admin_listener_takes_events_at_display_only() {
        // Given
        dispatcher.with(settings ->
                settings.withRefusedPorts(List.of(SocketAddress.inetSocketAddress(subscriber.port(), "127.0.0.1"))));
        dispatcher.apply(
                trigger("display", subscriber.uri("/display"), delivery()),
                trigger("api", subscriber.uri("/api/v1/anything"), delivery()));

        // When
        dispatcher.append(Events.MINIMAL);

        // Then
        dispatcher.awaitEnded("display", End.DELIVERED, 1);
        org.awaitility.Awaitility.await()
                .until(() -> dispatcher.stats("api").lastFailure().isPresent());
        assertThat(dispatcher.stats("api").lastFailure().orElseThrow().text()).contains("admin listener", "/display");
        assertThat(dispatcher.stats("api").retries()).isZero();
        assertThat(subscriber.requests()).extracting(request -> request.uri()).containsExactly("/display");
    }

    @Test
    void a_private_certificate_is_trusted_where_its_authority_is_named() throws IOException {
        // Given
        SelfSignedCertificate certificate = SelfSignedCertificate.create("localhost");
        HttpServer server = DispatcherFixture.get(dispatcher
                .vertx
                .createHttpServer(new HttpServerOptions()
                        .setSsl(true)
                        .setHost("127.0.0.1")
                        .setPort(0)
                        .setKeyCertOptions(certificate.keyCertOptions()))
                .requestHandler(request -> request.response().setStatusCode(202).end())
                .listen());
        URI uri = URI.create("https://localhost:" + server.actualPort() + "/");
        String pem = Files.readString(Path.of(certificate.certificatePath()));
        dispatcher.apply(
                trigger("trusts", new Destination(uri, Optional.of(pem), Optional.empty()), delivery()),
                trigger(
                        "broken",
                        new Destination(uri, Optional.of("no PEM"), Optional.empty()),
                        withSink(delivery(1), subscriber.uri())));

        // When
        dispatcher.append(Events.MINIMAL);

        // Then
        dispatcher.awaitEnded("trusts", End.DELIVERED, 1);
        dispatcher.awaitEnded("broken", End.DEAD_LETTERED, 1);
        dispatcher.verifyNothingLeft();
        certificate.delete();
    }

    @Test
    void an_unreachable_destination_ends_an_attempt_in_time() throws IOException {
        // Given: a listener whose queue of connections is full answers no further one.
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket first = new Socket(full.getInetAddress(), full.getLocalPort());
                Socket second = new Socket(full.getInetAddress(), full.getLocalPort())) {
            assertThat(first.isConnected() && second.isConnected()).isTrue();
            URI uri = URI.create("http://127.0.0.1:" + full.getLocalPort() + "/");
            dispatcher.apply(
                    trigger("all", uri, withSink(withTimeout(delivery(1), Duration.ofSeconds(1)), subscriber.uri())));

            // When
            dispatcher.append(Events.numbered("e", 10));

            // Then
            dispatcher.awaitEnded("all", End.DEAD_LETTERED, 10);
            assertThat(subscriber.requests())
                    .allSatisfy(request ->
                            assertThat(request.header("ce-knativeerrordest")).contains(uri.toString()));
            dispatcher.verifyNothingLeft();
        }
    }

    @Test
    void a_name_that_resolves_to_nothing_is_a_failure_that_says_so() {
        // Given
        dispatcher.apply(
                trigger("all", URI.create("http://no-such-host.invalid/"), withSink(delivery(1), subscriber.uri())));

        // When
        dispatcher.append(Events.MINIMAL);

        // Then
        dispatcher.awaitEnded("all", End.DEAD_LETTERED, 1);
        assertThat(dispatcher.stats("all").lastFailure().orElseThrow().text()).contains("no-such-host.invalid");
    }
}
