/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.net.HostAndPort;
import io.vertx.core.net.SocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AdminListenerTest {

    private final Vertx vertx = Vertx.vertx();
    private final Health health = new Health();
    private final Metrics metrics = new Metrics();
    private final AdminListener listener = new AdminListener(
            vertx,
            "127.0.0.1",
            0,
            health,
            metrics,
            Optional.empty(),
            request -> request.response().end("shown"));
    private int port;

    @BeforeEach
    void listen() {
        port = listener.listen().await();
    }

    @AfterEach
    void close() {
        vertx.close().await();
        metrics.close();
    }

    private HttpResponse<String> request(String method, String path, String... headers) throws Exception {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .method(method, HttpRequest.BodyPublishers.noBody());
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void is_ready_neither_before_the_first_sync_nor_while_stopping_and_alive_all_the_time() throws Exception {
        // Then
        assertThat(request("GET", "/health/ready").statusCode()).isEqualTo(503);
        assertThat(request("GET", "/health/ready").body())
                .isEqualTo("{\"status\":\"starting\",\"reason\":\"the resources are not loaded yet\"}");
        assertThat(request("GET", "/health/live").statusCode()).isEqualTo(200);

        health.ready();
        assertThat(request("GET", "/health/ready").statusCode()).isEqualTo(200);

        health.stopping();
        assertThat(request("GET", "/health/ready").statusCode()).isEqualTo(503);
        assertThat(request("GET", "/health/ready").body()).contains("\"reason\":\"the process is stopping\"");
        assertThat(request("GET", "/health/live").statusCode()).isEqualTo(200);
    }

    @Test
    void the_api_answers_503_until_it_is_there() throws Exception {
        // When
        int before = request("GET", "/api/v1/brokers").statusCode();
        listener.serve(AdminListener.API, request -> request.response().end("brokers"));

        // Then
        assertThat(before).isEqualTo(503);
        assertThat(request("GET", "/api/v1/brokers").body()).isEqualTo("brokers");
        assertThat(request("GET", "/api/v10").statusCode()).isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/health/live", "/health/ready", "/metrics"})
    void what_is_only_read_refuses_to_be_written(String path) throws Exception {
        // When
        HttpResponse<String> response = request("POST", path);

        // Then
        assertThat(response.statusCode()).isEqualTo(405);
        assertThat(response.headers().firstValue("allow")).contains("GET, HEAD");
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1,true",
        "127.1.2.3,true",
        "::1,true",
        "::ffff:127.0.0.1,true",
        "10.0.0.1,false",
        "192.168.1.7,false",
        "fe80::1,false",
    })
    void who_calls_from_this_machine_is_told_by_the_address(String address, boolean local) {
        assertThat(AdminListener.isLocal(SocketAddress.inetSocketAddress(1234, address)))
                .isEqualTo(local);
    }

    @ParameterizedTest
    @CsvSource({
        "localhost:9090,,false",
        "LOCALHOST:9090,,false",
        "127.0.0.1:9090,,false",
        "[::1]:9090,,false",
        "[::ffff:127.0.0.1]:9090,,false",
        "edge-box:9090,,false",
        "admin.shop.example,,false",
        "localhost:9090,http://localhost:9090,false",
        "localhost,http://localhost,false",
        "[::1]:9090,http://[::1]:9090,false",
        "localhost:9090,http://shop.example,true",
        "localhost:9090,http://localhost:3000,true",
        "localhost:9090,https://localhost:9090,true",
        "localhost:9090,null,true",
        "shop.example:9090,http://shop.example:9090,true",
        "shop.example:9090,,true",
        "127.0.0.1.shop.example:9090,,true",
    })
    void a_page_of_another_site_is_told_by_its_origin_and_by_the_name_it_asks_for(
            String asked, @Nullable String origin, boolean other) {
        assertThat(AdminListener.isOfAnotherSite("admin.shop.example", HostAndPort.parseAuthority(asked, -1), origin))
                .isEqualTo(other);
    }

    @Test
    void a_page_of_another_site_gets_no_answer_of_the_api_through_a_browser_on_this_machine() throws Exception {
        // Given
        listener.serve(AdminListener.API, request -> request.response().end("discarded"));

        // When
        HttpResponse<String> response =
                request("POST", "/api/v1/dead-letters/discard", "Origin", "http://shop.example");

        // Then
        assertThat(response.statusCode()).isEqualTo(403);
        assertThat(response.body()).contains("another site", "--admin-token-file");
        assertThat(request("GET", "/metrics", "Origin", "http://shop.example").statusCode())
                .isEqualTo(200);
        assertThat(request("POST", "/api/v1/dead-letters/discard").body()).isEqualTo("discarded");
    }

    @Test
    void a_caller_without_an_address_is_not_from_this_machine() {
        assertThat(AdminListener.isLocal(SocketAddress.inetSocketAddress(1234, "not-looked-up.example")))
                .isFalse();
    }

    @Test
    void a_token_opens_only_as_a_whole_and_is_never_printed() {
        // Given
        AdminToken token = AdminToken.of(" s3cret\n").orElseThrow();

        // Then
        assertThat(token.opens("Bearer s3cret")).isTrue();
        assertThat(token.opens("bearer s3cret")).isTrue();
        assertThat(token.opens("Bearer s3cre")).isFalse();
        assertThat(token.opens("Bearer s3cret1")).isFalse();
        assertThat(token.opens("Basic s3cret")).isFalse();
        assertThat(token.opens("Bearer ")).isFalse();
        assertThat(token.opens("")).isFalse();
        assertThat(token.opens(null)).isFalse();
        assertThat(token).hasToString("[hidden]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " \n", "two words", "umläut", "a\nb"})
    void a_text_that_can_not_stand_in_a_header_is_no_token(String text) {
        assertThat(AdminToken.of(text)).isEmpty();
    }
}
