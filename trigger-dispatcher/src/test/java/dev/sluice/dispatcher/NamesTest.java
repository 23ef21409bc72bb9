/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher;

import static dev.sluice.dispatcher.DispatcherFixture.awaitAllCommitted;
import static dev.sluice.dispatcher.DispatcherFixture.delivery;
import static dev.sluice.dispatcher.DispatcherFixture.trigger;
import static dev.sluice.dispatcher.DispatcherFixture.withSink;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.channel.LogChannel;
import dev.sluice.api.event.Extensions;
import dev.sluice.api.ledger.End;
import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.dispatcher.send.CidrBlock;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.InProcessLog;
import dev.sluice.testkit.RecordingSubscriber;
import io.vertx.core.dns.AddressResolverOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What becomes of events when the name of a subscriber goes, returns and changes, with a real name server. */
class NamesTest {

    private static final String NAME = "subscriber.test";

    private final NameServer names = NameServer.start();

    @RegisterExtension
    final DispatcherFixture dispatcher = new DispatcherFixture(
            new AddressResolverOptions().addServer(names.address()).setNdots(1).setQueryTimeout(2_000));

    @RegisterExtension
    final RecordingSubscriber subscriber = RecordingSubscriber.start();

    @RegisterExtension
    final RecordingSubscriber sink = RecordingSubscriber.start();

    @AfterEach
    void stop() {
        names.close();
    }

    @Test
    void a_name_that_disappears_and_returns_costs_no_event() {
        // Given
        names.put(NAME, "127.0.0.1");
        dispatcher.apply(trigger("all", named(), delivery(10_000)));
        // One after the other, over one connection: none is being opened that would be there without the name later on.
        for (int i = 1; i <= 3; i++) {
            dispatcher.append(Events.numbered("before-" + i, 1));
            dispatcher.awaitEnded("all", End.DELIVERED, i);
        }

        // When: connections that stand would do without the name
        names.remove(NAME);
        subscriber.dropConnections();
        dispatcher.append(Events.numbered("meanwhile", 20));
        await().untilAsserted(() -> assertThat(dispatcher.stats("all").lastFailure())
                .hasValueSatisfying(failure -> assertThat(failure.text()).contains(NAME, "NXDOMAIN")));
        assertThat(subscriber.count()).isEqualTo(3);
        names.put(NAME, "127.0.0.1");

        // Then
        dispatcher.awaitEnded("all", End.DELIVERED, 23);
        assertThat(subscriber.ids()).doesNotHaveDuplicates().hasSize(23);
        dispatcher.verifyNothingLeft();
    }

    @Test
    void a_name_that_comes_to_lead_to_a_refused_address_is_refused_from_then_on() throws IOException {
        // Given: somebody listens at the refused address, on the same port
        dispatcher.with(settings -> settings.withRefusedDestinations(List.of(CidrBlock.parse("127.0.0.5"))));
        try (ServerSocket refused = new ServerSocket(subscriber.port(), 1, InetAddress.getByName("127.0.0.5"))) {
            names.put(NAME, "127.0.0.1");
            dispatcher.apply(trigger("all", named(), withSink(delivery(), sink.uri())));
            dispatcher.append(Events.numbered("before", 1));
            dispatcher.awaitEnded("all", End.DELIVERED, 1);

            // When
            names.put(NAME, "127.0.0.5");
            subscriber.dropConnections();
            dispatcher.append(Events.numbered("after", 1));

            // Then: connected to, as that is how the address is known, and sent nothing
            dispatcher.awaitEnded("all", End.DEAD_LETTERED, 1);
            assertThat(dispatcher.stats("all").lastFailure().orElseThrow().text())
                    .contains("127.0.0.5", "--refuse-destinations");
            refused.setSoTimeout(5_000);
            try (Socket connection = refused.accept()) {
                connection.setSoTimeout(5_000);
                assertThat(connection.getInputStream().readAllBytes()).isEmpty();
            }
            assertThat(subscriber.count()).isEqualTo(1);
            dispatcher.verifyNothingLeft();
        }
    }

    @Test
    void what_expires_while_it_waits_for_a_connection_is_not_sent_and_not_read_again() {
        // Given
        InProcessLog log = new InProcessLog(1);
        LogChannel channel = log.open(new ChannelSpec("in-process-log", DispatcherFixture.BROKER, "uid", Map.of()));
        dispatcher.with(channel, LogSettings.defaults());
        dispatcher.apply(trigger("all", named(), delivery()));
        names.put(NAME, "127.0.0.1");
        CountDownLatch expired = new CountDownLatch(1);
        names.answerAfter(expired);

        // When
        OffsetDateTime soon = OffsetDateTime.now().plusSeconds(1);
        dispatcher.append(Extensions.with(Events.MINIMAL, "expirytime", soon));
        await().until(() -> OffsetDateTime.now().isAfter(soon));
        expired.countDown();

        // Then
        dispatcher.awaitEnded("all", End.EXPIRED, 1);
        awaitAllCommitted(log);
        assertThat(subscriber.count()).isZero();
        dispatcher.verifyConservation();
    }

    private URI named() {
        return URI.create("http://" + NAME + ":" + subscriber.port() + "/");
    }
}
