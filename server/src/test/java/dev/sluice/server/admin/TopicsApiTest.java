/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.api.channel.Channel;
import dev.sluice.api.channel.ChannelEngine;
import dev.sluice.api.channel.KeptChannel;
import dev.sluice.api.routing.BrokerRoute;
import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.routing.RoutingTable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TopicsApiTest {

    private static final ResourceName SHOP = new ResourceName("shop", "default");
    private static final RoutingTable NO_BROKERS = RoutingTable.empty();
    private static final RoutingTable NOT_YET_LOOKED = new RoutingTable(Map.of(), Set.of(), false);

    private final Vertx vertx = Vertx.vertx();
    private final List<String> removed = new CopyOnWriteArrayList<>();
    private volatile RoutingTable table = NO_BROKERS;
    private int port;

    @BeforeEach
    void listen() {
        port = vertx.createHttpServer()
                .requestHandler(new TopicsApi(List.of(new OneTopic()), () -> table))
                .listen(0, "127.0.0.1")
                .await()
                .actualPort();
    }

    @AfterEach
    void close() {
        vertx.close().await();
    }

    private HttpResponse<String> request(String method, String more) throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + TopicsApi.PATH + more))
                                .method(method, HttpRequest.BodyPublishers.noBody())
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
    }

    private static RoutingTable broker(String name, Optional<String> notReady) {
        ResourceName broker = new ResourceName("shop", name);
        return new RoutingTable(Map.of(
                broker,
                new BrokerRoute(
                        broker,
                        "uid-" + name,
                        new ChannelSpec("kafka", broker, "uid-" + name, Map.of()),
                        notReady,
                        Map.of())));
    }

    @Test
    void a_topic_of_no_broker_goes() throws Exception {
        // When
        HttpResponse<String> deleted = request("DELETE", "/orders");

        // Then
        assertThat(deleted.statusCode()).as(deleted.body()).isEqualTo(200);
        assertThat(removed).containsExactly("orders");
    }

    @Test
    void a_topic_stays_while_not_all_brokers_are_known() throws Exception {
        // Given
        table = NOT_YET_LOOKED;

        // When
        HttpResponse<String> refused = request("DELETE", "/orders");

        // Then
        assertThat(refused.statusCode()).isEqualTo(409);
        assertThat(refused.body()).contains("not all Brokers are known", "/api/v1/problems", "?force=true");
        assertThat(removed).isEmpty();
    }

    @Test
    void a_topic_stays_while_it_may_be_that_of_a_broker_that_is_not_ready() throws Exception {
        // Given
        table = broker("elsewhere", Optional.of("ConfigMapMissing: there is no ConfigMap"));

        // When
        HttpResponse<String> refused = request("DELETE", "/orders");

        // Then
        assertThat(refused.statusCode()).isEqualTo(409);
        assertThat(refused.body()).contains("Broker shop/elsewhere is not ready");
        assertThat(removed).isEmpty();
    }

    @Test
    void a_topic_goes_by_force_whatever_is_known() throws Exception {
        // Given
        table = NOT_YET_LOOKED;

        // When
        HttpResponse<String> deleted = request("DELETE", "/orders?force=true");

        // Then
        assertThat(deleted.statusCode()).as(deleted.body()).isEqualTo(200);
        assertThat(removed).containsExactly("orders");
    }

    @Test
    void a_topic_counts_as_gone_only_where_all_brokers_are_known() throws Exception {
        // When
        table = NO_BROKERS;
        String gone = request("GET", "").body();
        table = NOT_YET_LOOKED;
        String unsure = request("GET", "").body();
        table = broker(SHOP.name(), Optional.of("why"));
        String used = request("GET", "").body();

        // Then
        assertThat(gone).contains("\"brokers\":[]", "\"known\":true");
        assertThat(unsure).contains("\"brokers\":[]", "\"known\":false");
        assertThat(used).contains("\"brokers\":[\"shop/default\"]", "\"known\":true");
    }

    /** Keeps the topic orders, which is that of the Broker shop/default. */
    private final class OneTopic implements ChannelEngine {

        @Override
        public Future<Channel> open(ChannelSpec spec) {
            throw new UnsupportedOperationException("nothing is opened here");
        }

        @Override
        public Future<List<KeptChannel>> kept(Collection<ChannelSpec> brokers) {
            Set<ResourceName> usedBy = brokers.stream()
                    .map(ChannelSpec::broker)
                    .filter(SHOP::equals)
                    .collect(Collectors.toSet());
            return Future.succeededFuture(
                    List.of(new KeptChannel("orders", "kafka:9092", 1, 7, usedBy, true, 0, List.of())));
        }

        @Override
        public Future<Void> remove(KeptChannel kept, Collection<ChannelSpec> brokers) {
            removed.add(kept.name());
            return Future.succeededFuture();
        }

        @Override
        public Future<Void> close() {
            return Future.succeededFuture();
        }
    }
}
