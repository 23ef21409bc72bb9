/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.plane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.api.routing.BrokerRoute;
import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.routing.RoutingTable;
import dev.sluice.control.reconcile.DataPlaneReport;
import dev.sluice.testkit.ClosedPort;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A control role that asks two ingresses, which are HTTP servers like any. */
class ProbedDataPlaneTest {

    private static final ResourceName SHOP = new ResourceName("shop", "default");

    private final Vertx vertx = Vertx.vertx();
    private final Door one = new Door();
    private final Door other = new Door();

    /** An ingress that answers whatever it is told to. */
    private final class Door {

        private final List<String> asked = new CopyOnWriteArrayList<>();
        private volatile int status = 200;
        private int port;

        void open() {
            HttpServer server = vertx.createHttpServer()
                    .requestHandler(this::answer)
                    .listen(0, "127.0.0.1")
                    .await();
            port = server.actualPort();
        }

        private void answer(HttpServerRequest request) {
            asked.add(request.method() + " " + request.path() + " " + request.getHeader("sluice-probe"));
            request.response().setStatusCode(status).end();
        }

        HostAndPort address() {
            return HostAndPort.create("127.0.0.1", port);
        }
    }

    @BeforeEach
    void open() {
        one.open();
        other.open();
    }

    @AfterEach
    void close() {
        vertx.close().await();
    }

    private ProbedDataPlane asking(HostAndPort... ingresses) {
        return new ProbedDataPlane(
                table -> Future.succeededFuture(DataPlaneReport.inForce()), vertx, List.of(ingresses));
    }

    private static RoutingTable broker(String uid, Optional<String> notReady) {
        return new RoutingTable(Map.of(
                SHOP, new BrokerRoute(SHOP, uid, new ChannelSpec("kafka", SHOP, uid, Map.of()), notReady, Map.of())));
    }

    private static RoutingTable broker(String uid) {
        return broker(uid, Optional.empty());
    }

    private static Map<ResourceName, String> notServed(ProbedDataPlane plane, RoutingTable table) {
        return plane.apply(table).await().ingressFailures();
    }

    @Test
    void a_broker_is_served_when_every_ingress_says_so_and_is_not_asked_for_again_then() {
        // Given
        ProbedDataPlane plane = asking(one.address(), other.address());
        other.status = 404;

        // When
        Map<ResourceName, String> first = notServed(plane, broker("first"));

        // Then
        assertThat(first)
                .containsExactly(Map.entry(SHOP, "the ingress at 127.0.0.1:" + other.port + " answers 404 for it"));
        assertThat(one.asked).containsExactly("OPTIONS /shop/default first");

        // When
        other.status = 200;

        // Then
        assertThat(notServed(plane, broker("first"))).isEmpty();
        assertThat(notServed(plane, broker("first"))).isEmpty();
        assertThat(other.asked).hasSize(2);

        // When: another Broker has the name
        other.status = 404;

        // Then
        assertThat(notServed(plane, broker("second"))).containsOnlyKeys(SHOP);
    }

    @Test
    void an_ingress_that_does_not_answer_serves_nothing() {
        try (ClosedPort closed = ClosedPort.take()) {
            HostAndPort nobody = HostAndPort.create("127.0.0.1", closed.port());

            assertThat(notServed(asking(one.address(), nobody), broker("first")).get(SHOP))
                    .startsWith("the ingress at " + nobody + " does not answer: ");
        }
    }

    @Test
    void of_a_broker_that_can_not_be_served_nobody_is_asked() {
        // When
        Map<ResourceName, String> failures =
                notServed(asking(one.address()), broker("first", Optional.of("its channel is none")));

        // Then
        assertThat(failures).isEmpty();
        assertThat(one.asked).isEmpty();
    }
}
