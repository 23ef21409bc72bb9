/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.testkit.Events;
import dev.sluice.testkit.Ledger;
import dev.sluice.testkit.RecordingSubscriber;
import io.cloudevents.CloudEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Where events go when names come, go and change, and where they never go, however the place is written. The process
 * looks names up in a file of ours: {@code 127.0.0.5} stands for an address that its operator refuses.
 */
final class DestinationsIT {

    private static final Path HOSTS = Scratch.folder("hosts").resolve("hosts");

    static {
        hosts("127.0.0.1 moving.example", "127.0.0.5 refused.example");
    }

    @RegisterExtension
    static final Sluice sluice = Sluice.start(process -> process.option("--refuse-destinations", "127.0.0.5/32")
            // The JDK's look-up, since it can be told what to look at, and to look anew each time.
            .jvm(
                    "-Dvertx.disableDnsResolver=true",
                    "-Djdk.net.hosts.file=" + HOSTS,
                    "-Dsun.net.inetaddr.ttl=0",
                    "-Dsun.net.inetaddr.negative.ttl=0"));

    @RegisterExtension
    final RecordingSubscriber subscriber = RecordingSubscriber.start();

    @RegisterExtension
    final RecordingSubscriber neighbour = RecordingSubscriber.start();

    @RegisterExtension
    final RecordingSubscriber sink = RecordingSubscriber.start();

    private final String namespace = Sluice.namespace();

    @Test
    void a_name_that_disappears_and_returns_costs_no_event() {
        // Given
        var ledger = new Ledger().expecting("all").expecting("neighbour");
        subscriber.onRequest(request -> ledger.delivered("all", request.eventId()));
        neighbour.onRequest(request -> ledger.delivered("neighbour", request.eventId()));
        sluice.apply(
                namespace,
                Manifests.trigger(namespace, "neighbour", neighbour.uri()),
                Manifests.annotated(
                        Manifests.trigger(
                                namespace,
                                "all",
                                named("moving.example"),
                                "delivery: {retry: 100000, backoffPolicy: linear, backoffDelay: PT0.05S}"),
                        "sluice.dev/backoff-max: PT0.2S",
                        "sluice.dev/breaker: \"off\""));

        try (Load load = Load.start(sluice, sluice.ingress(namespace), namespace, ledger, Duration.ofMillis(2))) {
            await().atMost(Sluice.PATIENCE).until(() -> ledger.deliveredCount("all") > 50);

            // When: connections that stand would do without the name, and so would one that was just being made
            hosts("127.0.0.5 refused.example");
            await().atMost(Sluice.PATIENCE).until(() -> {
                subscriber.dropConnections();
                return retries("all") > 20;
            });
            long meanwhile = load.sent();
            await().atMost(Sluice.PATIENCE).until(() -> load.sent() > meanwhile + 50);
            hosts("127.0.0.1 moving.example", "127.0.0.5 refused.example");
        }

        // Then: what was being answered when the connections were dropped has come twice, and nothing else
        await().atMost(Sluice.PATIENCE).until(() -> ledger.verify().isComplete());
        CounterLaw.awaitSettled(sluice, namespace);
        Ledger.Verdict verdict = ledger.verify().assertNothingLost();
        assertThat(verdict.duplicated())
                .hasSizeLessThanOrEqualTo(100)
                .noneMatch(fault -> fault.trigger().equals("neighbour"));
        assertThat(retries("neighbour")).isZero();
        CounterLaw.awaitSelfCheck(sluice);
    }

    @Test
    void a_name_that_comes_to_lead_to_a_refused_address_is_refused_from_then_on() {
        // Given: a listener at the refused address, on the port that the name is used with
        try (var refused = new SilentListener(subscriber.port())) {
            trigger(named("moving.example"));
            sluice.send(namespace, Events.withId("before"));
            await().atMost(Sluice.PATIENCE).until(() -> ended("delivered") == 1);

            // When
            hosts("127.0.0.5 moving.example");
            subscriber.dropConnections();
            await().atMost(Sluice.PATIENCE).until(() -> subscriber.connections() == 0);
            sluice.send(namespace, Events.withId("after"));

            // Then
            await().atMost(Sluice.PATIENCE).until(() -> sink.count() + subscriber.count() > 1);
            assertThat(subscriber.ids()).containsExactly("before");
            assertThat(sink.ids()).containsExactly("after");
            refused.assertHeardNothing();
        } finally {
            hosts("127.0.0.1 moving.example", "127.0.0.5 refused.example");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.5",
                "refused.example",
                "[::ffff:127.0.0.5]",
                "[::ffff:7f00:5]",
                "[0:0:0:0:0:ffff:7f00:0005]",
                "2130706437",
                "0x7f000005",
                "0177.0.0.5"
            })
    void nothing_is_sent_to_a_refused_address_however_it_is_written(String host) {
        // Given
        try (var refused = new SilentListener(0)) {
            trigger(URI.create("http://" + host + ":" + refused.port() + "/"));

            // When
            sluice.send(namespace, Events.MINIMAL);

            // Then
            await().atMost(Sluice.PATIENCE).until(() -> sink.count() == 1);
            assertThat(sink.last().requireEvent().getExtensionNames()).doesNotContain("knativeerrorcode");
            refused.assertHeardNothing();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "localhost",
                "moving.example",
                "[::ffff:127.0.0.1]",
                "[::1]",
                "2130706433",
                "0x7f000001",
                "0177.0.0.1",
                "0.0.0.0",
                "0",
                "[::]"
            })
    void nothing_is_sent_to_the_admin_port_however_it_is_written(String host) {
        // Given: a place there that would answer, and say so
        trigger(URI.create(
                "http://" + host + ":" + sluice.process().adminPort() + "/api/v1/explain/" + namespace + "/default"));

        // When
        sluice.send(namespace, Events.MINIMAL);

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> sink.count() == 1);
        CloudEvent letter = sink.last().requireEvent();
        assertThat(letter.getExtensionNames()).doesNotContain("knativeerrorcode");
    }

    @AfterEach
    void the_counters_agree() {
        CounterLaw.awaitSettled(sluice, namespace);
    }

    @AfterAll
    static void forget_the_hosts() {
        Scratch.delete(HOSTS.getParent());
    }

    private void trigger(URI to) {
        sluice.apply(
                namespace,
                Manifests.trigger(
                        namespace, "all", to, "delivery: {retry: 0, deadLetterSink: {uri: " + sink.uri() + "}}"));
    }

    private URI named(String host) {
        return URI.create("http://" + host + ":" + subscriber.port() + "/");
    }

    private double ended(String end) {
        return sluice.meter("sluice_trigger_ended_total", "namespace=\"" + namespace + "\"", "end=\"" + end + "\"");
    }

    private double retries(String trigger) {
        return sluice.meter(
                "sluice_trigger_retries_total", "namespace=\"" + namespace + "\"", "trigger=\"" + trigger + "\"");
    }

    private static void hosts(String... lines) {
        try {
            Path next = HOSTS.resolveSibling("next");
            Files.writeString(next, "127.0.0.1 localhost\n" + String.join("\n", lines) + "\n");
            Files.move(next, HOSTS, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Takes connections at the refused address and counts the bytes that come over them. */
    private static final class SilentListener implements AutoCloseable {

        private final ServerSocket listener;
        private final AtomicInteger bytes = new AtomicInteger();

        SilentListener(int port) {
            try {
                listener = new ServerSocket(port, 50, InetAddress.getByName("127.0.0.5"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            Thread reader = new Thread(this::run, "silent-listener");
            reader.setDaemon(true);
            reader.start();
        }

        int port() {
            return listener.getLocalPort();
        }

        private void run() {
            while (!listener.isClosed()) {
                try (Socket socket = listener.accept()) {
                    while (socket.getInputStream().read() >= 0) {
                        bytes.incrementAndGet();
                    }
                } catch (IOException e) {
                    // The peer went away, or the test is over.
                    Thread.onSpinWait();
                }
            }
        }

        void assertHeardNothing() {
            assertThat(bytes).hasValue(0);
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
}
