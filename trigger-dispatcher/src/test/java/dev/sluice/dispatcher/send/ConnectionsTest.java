/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.send;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.http.ContentMode;
import dev.sluice.api.routing.Destination;
import dev.sluice.dispatcher.send.AttemptResult.Answered;
import dev.sluice.dispatcher.send.AttemptResult.Unanswered;
import dev.sluice.dispatcher.send.AttemptResult.Withheld;
import dev.sluice.testkit.ClosedPort;
import dev.sluice.testkit.Events;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientConnection;
import io.vertx.core.http.HttpConnectOptions;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.NetServer;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConnectionsTest {

    private final Vertx vertx = Vertx.vertx();
    private final Context context = vertx.getOrCreateContext();
    private final AtomicInteger opened = new AtomicInteger();
    private final List<HttpConnection> open = new CopyOnWriteArrayList<>();
    private final List<HttpServerRequest> unanswered = new CopyOnWriteArrayList<>();
    private final List<AttemptResult> results = new CopyOnWriteArrayList<>();
    private volatile Consumer<HttpServerRequest> subscriber =
            request -> request.response().setStatusCode(204).end();
    private HttpServer server;
    private Targets targets;
    private Target target;

    @BeforeEach
    void start() {
        server = get(vertx.createHttpServer()
                .connectionHandler(connection -> {
                    opened.incrementAndGet();
                    open.add(connection);
                    connection.closeHandler(closed -> open.remove(connection));
                })
                .requestHandler(request -> request.end().onSuccess(read -> subscriber.accept(request)))
                .listen(0, "127.0.0.1"));
        targets = new Targets(
                vertx,
                new DestinationGuard(List.of(), List.of()),
                Duration.ofSeconds(5),
                1000,
                new ReplyMemory(1 << 20));
        target = targets.open(
                Destination.of(URI.create("http://127.0.0.1:" + server.actualPort() + "/")),
                "shop",
                Duration.ofSeconds(10));
    }

    @AfterEach
    void stop() {
        get(vertx.close());
    }

    @Test
    void a_connection_carries_one_request_after_the_other() {
        // When
        for (int i = 1; i <= 5; i++) {
            send(1);
            awaitResults(i);
        }

        // Then
        assertAllAnswered(204);
        assertThat(opened).hasValue(1);
    }

    @Test
    void attempts_at_the_same_time_have_a_connection_each_and_leave_them_to_the_next() {
        // Given
        subscriber = unanswered::add;
        send(3);
        await().until(() -> unanswered.size() == 3);

        // When
        subscriber = request -> request.response().setStatusCode(204).end();
        unanswered.forEach(request -> request.response().setStatusCode(204).end());
        awaitResults(3);
        send(3);
        awaitResults(6);

        // Then
        assertAllAnswered(204);
        assertThat(opened).hasValue(3);
    }

    @Test
    void a_connection_that_its_server_closed_is_left_behind() {
        // Given
        send(1);
        awaitResults(1);
        get(open.get(0).close());

        // When: the second may be on its way before this side can notice, the third is not.
        send(1);
        awaitResults(2);
        send(1);
        awaitResults(3);

        // Then
        assertThat(((Answered) results.get(2)).status()).isEqualTo(204);
        assertThat(opened).hasValue(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"close", "Close", "x-hop, close"})
    void a_connection_is_not_used_again_after_an_answer_that_says_close(String header) {
        // Given
        subscriber = request -> request.response()
                .putHeader("connection", header)
                .setStatusCode(204)
                .end();

        // When
        for (int i = 1; i <= 3; i++) {
            send(1);
            awaitResults(i);
        }

        // Then
        assertAllAnswered(204);
        assertThat(opened).hasValue(3);
        await().until(open::isEmpty);
    }

    @Test
    void a_connection_is_kept_no_longer_than_its_server_says() {
        // Given
        subscriber = request -> request.response()
                .putHeader("keep-alive", "timeout=0, max=100")
                .setStatusCode(204)
                .end();

        // When
        for (int i = 1; i <= 3; i++) {
            send(1);
            awaitResults(i);
        }

        // Then
        assertAllAnswered(204);
        assertThat(opened).hasValue(3);
    }

    @Test
    void connections_that_nobody_needs_are_closed() {
        // Given
        AtomicInteger closed = new AtomicInteger();
        NetServer silent = get(vertx.createNetServer()
                .connectHandler(socket -> socket.closeHandler(end -> closed.incrementAndGet()))
                .listen(0, "127.0.0.1"));
        HttpClientAgent client = vertx.createHttpClient();
        Connections connections = new Connections(
                vertx,
                client,
                client::close,
                new HttpConnectOptions()
                        .setProtocolVersion(HttpVersion.HTTP_1_1)
                        .setHost("127.0.0.1")
                        .setPort(silent.actualPort()),
                new DestinationGuard(List.of(), List.of()),
                "/",
                Duration.ofMillis(50),
                new ConnectTurns(vertx));

        // When: the attempts are gone by the time their connections are there.
        context.runOnContext(turn -> {
            List<Attempt> leave = List.of(attempt(), attempt());
            leave.forEach(connections::take);
            leave.forEach(connections::leave);
        });

        // Then
        await().until(() -> closed.get() == 2);
    }

    @Test
    void the_connection_of_an_attempt_that_gave_up_goes_to_the_next() {
        // When
        context.runOnContext(turn -> {
            Attempt late = attempt();
            late.start();
            late.timeOut();
            attempt().start();
        });
        awaitResults(2);

        // Then
        assertThat(results.get(0)).isInstanceOf(Unanswered.class);
        assertThat(((Answered) results.get(1)).status()).isEqualTo(204);
        assertThat(opened).hasValue(1);
    }

    @Test
    void an_attempt_that_gave_up_on_its_answer_takes_its_connection_with_it() {
        // Given
        subscriber = unanswered::add;
        List<Attempt> started = new ArrayList<>();
        context.runOnContext(turn -> {
            started.add(attempt());
            started.get(0).start();
        });
        await().until(() -> unanswered.size() == 1);

        // When
        subscriber = request -> request.response().setStatusCode(204).end();
        context.runOnContext(turn -> started.get(0).timeOut());
        awaitResults(1);
        send(1);
        awaitResults(2);

        // Then: an answer that comes too late is not taken for the next one's.
        assertThat(results.get(0)).isInstanceOf(Unanswered.class);
        assertThat(((Answered) results.get(1)).status()).isEqualTo(204);
        assertThat(opened).hasValue(2);
    }

    @Test
    void a_target_that_is_closed_closes_what_is_free_and_what_comes_back() {
        // Given
        send(1);
        awaitResults(1);
        subscriber = unanswered::add;
        send(2);
        await().until(() -> unanswered.size() == 2);

        // When
        Future<Void> closed = Future.future(done -> context.runOnContext(
                turn -> target.close(Duration.ofSeconds(10)).onComplete(done)));
        unanswered.forEach(request -> request.response().setStatusCode(204).end());

        // Then
        awaitResults(3);
        assertAllAnswered(204);
        get(closed);
        await().until(open::isEmpty);
    }

    @Test
    void a_target_that_is_closed_leaves_the_timers_of_others_alone() {
        // Given: the first timer of this Vert.x, which a client that has none of its own takes for its own.
        AtomicInteger rang = new AtomicInteger();
        long first = vertx.setTimer(500, timer -> rang.incrementAndGet());
        assertThat(first).isZero();
        send(1);
        awaitResults(1);

        // When
        get(Future.<Void>future(
                done -> context.runOnContext(turn -> target.close(Duration.ZERO).onComplete(done))));

        // Then
        await().until(() -> rang.get() == 1);
    }

    @Test
    void the_next_attempt_does_not_wait_for_a_connection_that_hangs() {
        // Given
        Promise<HttpClientConnection> hanging = Promise.promise();
        Connections connections = connectingBy(List.of(hanging.future()));
        context.runOnContext(turn -> {
            Attempt late = attempt();
            connections.take(late);
            connections.leave(late);

            // When
            connections.take(attempt());
        });

        // Then
        await().until(() -> opened.get() == 1);
    }

    @Test
    void an_attempt_is_told_that_its_own_connection_failed_though_an_older_one_hangs() {
        // Given
        Promise<HttpClientConnection> hanging = Promise.promise();
        Promise<HttpClientConnection> failing = Promise.promise();
        Connections connections = connectingBy(List.of(hanging.future(), failing.future()));
        context.runOnContext(turn -> {
            connections.take(attempt());
            connections.take(attempt());
        });

        // When
        context.runOnContext(turn -> failing.fail("refused"));

        // Then
        awaitResults(1);
        context.runOnContext(turn -> hanging.fail("timed out"));
        awaitResults(2);
        assertThat(results)
                .extracting(result -> ((Unanswered) result).message())
                .satisfiesExactly(
                        first -> assertThat(first).contains("refused"),
                        second -> assertThat(second).contains("timed out"));
    }

    @Test
    void who_comes_first_gets_the_first_connection_and_leaves_its_own_to_the_other() {
        // Given
        Promise<HttpClientConnection> hanging = Promise.promise();
        Promise<HttpClientConnection> quick = Promise.promise();
        Connections connections = connectingBy(List.of(hanging.future(), quick.future()));
        List<String> told = new CopyOnWriteArrayList<>();
        context.runOnContext(turn -> {
            connections.take(telling(told, "first"));
            connections.take(telling(told, "second"));
        });
        HttpClientConnection real = get(vertx.createHttpClient().connect(address()));

        // When
        context.runOnContext(turn -> quick.complete(real));
        await().until(() -> told.contains("first: 204"));
        context.runOnContext(turn -> hanging.fail("timed out"));

        // Then
        await().until(() -> told.size() == 2);
        assertThat(told.get(1)).startsWith("second").contains("timed out");
    }

    @Test
    void targets_take_turns_at_opening_connections_and_open_few_at_a_time() {
        // Given
        List<String> begun = new CopyOnWriteArrayList<>();
        ConnectTurns turns = new ConnectTurns(vertx);
        Connections hungry = hanging("hungry", begun, turns);
        Connections modest = hanging("modest", begun, turns);
        AtomicInteger atOnce = new AtomicInteger();

        // When
        context.runOnContext(turn -> {
            for (int i = 0; i < 30; i++) {
                hungry.take(attempt());
            }
            modest.take(attempt());
            atOnce.set(begun.size());
        });

        // Then
        await().until(() -> begun.size() == 31);
        assertThat(atOnce.get()).isEqualTo(2);
        assertThat(begun.indexOf("modest")).isLessThan(5);
    }

    @Test
    void targets_that_do_not_answer_have_their_connections_opened_more_slowly_than_those_that_do() {
        // Given
        List<String> begun = new CopyOnWriteArrayList<>();
        ConnectTurns turns = new ConnectTurns(vertx);
        Connections silent = hanging("silent", begun, turns);
        List<Connections> answering = new ArrayList<>();
        answering.add(hanging("answering", begun, () -> answering.get(0).responded(), turns));

        // When
        context.runOnContext(turn -> {
            for (int i = 0; i < 100; i++) {
                silent.take(attempt());
                answering.get(0).take(attempt());
            }
        });

        // Then: even where each turn of the event loop takes longer than either of them has to wait
        await().until(() -> Collections.frequency(begun, "answering") == 100);
        List<String> soFar = List.copyOf(begun);
        List<String> untilAnsweringHasAll = soFar.subList(0, soFar.lastIndexOf("answering"));
        assertThat(Collections.frequency(untilAnsweringHasAll, "silent")).isLessThan(70);
    }

    @Test
    void what_many_silent_targets_want_is_opened_more_slowly_still() {
        // Given
        List<String> begun = new CopyOnWriteArrayList<>();
        List<Long> times = new CopyOnWriteArrayList<>();
        ConnectTurns turns = new ConnectTurns(vertx);
        List<Connections> silent = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            silent.add(hanging("silent-" + i, begun, () -> times.add(System.nanoTime()), turns));
        }

        // When
        context.runOnContext(turn -> silent.forEach(each -> {
            for (int i = 0; i < 10; i++) {
                each.take(attempt());
            }
        }));

        // Then: four of each at first, a hundred more, and the rest of two hundred
        await().until(() -> times.size() == 200);
        List<Duration> pauses = new ArrayList<>();
        for (int i = 182; i < 200; i++) {
            pauses.add(Duration.ofNanos(times.get(i) - times.get(i - 1)));
        }
        Collections.sort(pauses);
        assertThat(pauses.get(pauses.size() / 2)).isGreaterThan(Duration.ofMillis(30));
    }

    @Test
    void a_target_that_refuses_at_once_is_not_taken_for_one_that_is_silent() {
        try (ClosedPort port = ClosedPort.take()) {
            // Given
            Target refusing = targets.open(
                    Destination.of(URI.create("http://127.0.0.1:" + port.port() + "/")),
                    "shop",
                    Duration.ofSeconds(10));

            // When
            context.runOnContext(turn -> {
                for (int i = 0; i < 50; i++) {
                    refusing.attempt(Events.MINIMAL, ContentMode.BINARY, Purpose.REPLY_WANTED, () -> true, results::add)
                            .start();
                }
            });

            // Then: else it would get one connection each ten milliseconds
            awaitResults(50);
            Promise<Boolean> silent = Promise.promise();
            context.runOnContext(turn ->
                    silent.complete(requireNonNull(refusing.connections()).isSilent()));
            assertThat(get(silent.future())).isFalse();
        }
    }

    @Test
    void the_time_of_an_attempt_that_waits_for_its_turn_at_a_connection_counts_from_its_turn() {
        // Given
        List<String> begun = new CopyOnWriteArrayList<>();
        Connections connections = hanging("hanging", begun, new ConnectTurns(vertx));
        List<Attempt> attempts = List.of(attempt(), attempt(), attempt());
        long start = System.nanoTime();
        long longAfter = start + TimeUnit.HOURS.toNanos(1);
        AtomicReference<List<Boolean>> over = new AtomicReference<>();

        // When: the third comes when two have been begun at once
        context.runOnContext(turn -> {
            attempts.forEach(connections::take);
            over.set(attempts.stream()
                    .map(attempt -> attempt.dueNanos(start, longAfter) <= longAfter)
                    .toList());
        });

        // Then
        await().until(() -> begun.size() == 3);
        assertThat(over.get()).containsExactly(true, true, false);
        long now = System.nanoTime();
        assertThat(attempts.get(2).dueNanos(start, now))
                .isGreaterThan(start)
                .isLessThanOrEqualTo(now + target.timeout().toNanos());
    }

    @Test
    void an_attempt_that_gave_up_before_its_turn_opens_no_connection() {
        // Given
        List<String> begun = new CopyOnWriteArrayList<>();
        ConnectTurns turns = new ConnectTurns(vertx);
        Connections left = hanging("left", begun, turns);
        Connections next = hanging("next", begun, turns);

        // When
        context.runOnContext(turn -> {
            for (int i = 0; i < 10; i++) {
                Attempt attempt = attempt();
                left.take(attempt);
                left.leave(attempt);
            }
            next.take(attempt());
            next.take(attempt());
            next.take(attempt());
        });

        // Then
        await().until(() -> Collections.frequency(begun, "next") == 3);
        assertThat(begun).containsExactly("left", "left", "next", "next", "next");
    }

    @Test
    void a_request_that_may_not_begin_any_more_when_there_is_a_connection_for_it_is_not_sent() {
        // Given
        AtomicInteger requests = new AtomicInteger();
        subscriber = request -> {
            requests.incrementAndGet();
            request.response().setStatusCode(204).end();
        };
        send(1);
        awaitResults(1);

        // When
        context.runOnContext(turn -> target.attempt(
                        Events.MINIMAL, ContentMode.BINARY, Purpose.REPLY_WANTED, () -> false, results::add)
                .start());
        awaitResults(2);

        // Then: what comes behind it is sent, over the same connection
        assertThat(results.get(1)).isInstanceOf(Withheld.class);
        send(1);
        awaitResults(3);
        assertThat(((Answered) results.get(2)).status()).isEqualTo(204);
        assertThat(requests).hasValue(2);
        assertThat(opened).hasValue(1);
    }

    @Test
    void a_request_that_may_not_begin_any_more_when_it_has_been_opened_is_not_sent() {
        // Given
        AtomicInteger requests = new AtomicInteger();
        subscriber = request -> {
            requests.incrementAndGet();
            request.response().setStatusCode(204).end();
        };
        AtomicBoolean may = new AtomicBoolean(true);

        // When
        context.runOnContext(turn -> target.attempt(
                        Events.MINIMAL,
                        ContentMode.BINARY,
                        Purpose.REPLY_WANTED,
                        () -> may.getAndSet(false),
                        results::add)
                .start());
        awaitResults(1);

        // Then: what comes behind it is sent, over a connection of its own
        assertThat(results).singleElement().isInstanceOf(Withheld.class);
        send(1);
        awaitResults(2);
        assertThat(((Answered) results.get(1)).status()).isEqualTo(204);
        assertThat(requests).hasValue(1);
        await().until(() -> open.size() == 1);
    }

    @Test
    void however_many_requests_may_not_begin_any_more_they_cost_no_connection() {
        // Given
        int many = 10_000;
        Queue<AttemptResult> withheld = new ConcurrentLinkedQueue<>();
        subscriber = unanswered::add;
        send(1);
        await().until(() -> unanswered.size() == 1);

        // When
        context.runOnContext(turn -> {
            for (int i = 0; i < many; i++) {
                target.attempt(Events.MINIMAL, ContentMode.BINARY, Purpose.REPLY_WANTED, () -> false, withheld::add)
                        .start();
            }
            unanswered.get(0).response().setStatusCode(204).end();
        });

        // Then
        awaitResults(1);
        await().until(() -> withheld.size() == many);
        assertThat(withheld).hasOnlyElementsOfType(Withheld.class);
        await().until(() -> open.size() == opened.get());
    }

    @Test
    void a_target_that_is_left_closes_its_connections_when_its_last_attempt_is_abandoned() {
        // Given
        List<Attempt> running = new CopyOnWriteArrayList<>();
        subscriber = request -> {
            if (unanswered.isEmpty()) {
                unanswered.add(request);
            } else {
                request.response().setStatusCode(204).end();
            }
        };
        context.runOnContext(turn -> {
            for (int i = 0; i < 2; i++) {
                Attempt started = attempt();
                running.add(started);
                started.start();
            }
        });
        awaitResults(1);
        assertThat(open).hasSize(2);

        // When
        context.runOnContext(turn -> {
            target.leave();
            running.forEach(Attempt::abandon);
        });

        // Then
        await().until(open::isEmpty);
    }

    @Test
    void a_target_that_is_left_releases_its_client_when_its_last_attempt_is_timed_out() {
        // Given
        subscriber = unanswered::add;
        List<Attempt> started = new CopyOnWriteArrayList<>();
        context.runOnContext(turn -> {
            started.add(attempt());
            started.get(0).start();
        });
        await().until(() -> unanswered.size() == 1);
        HttpClientAgent itsClient = sharedClient();

        // When
        context.runOnContext(turn -> {
            target.leave();
            started.get(0).timeOut();
        });

        // Then: whoever asks for one like it gets another one
        await().until(() -> sharedClient() != itsClient);
    }

    @Test
    void a_subscriber_that_has_stopped_reading_keeps_neither_connection_nor_request() throws IOException {
        // Given: more than the system takes for a socket that nobody reads.
        int size = 32 << 20;
        try (ServerSocket frozen = new ServerSocket()) {
            frozen.setReceiveBufferSize(4096);
            frozen.bind(new InetSocketAddress("127.0.0.1", 0));
            Target to = new Targets(
                            vertx,
                            new DestinationGuard(List.of(), List.of()),
                            Duration.ofSeconds(5),
                            1000,
                            new ReplyMemory(1 << 20))
                    .open(
                            Destination.of(URI.create("http://127.0.0.1:" + frozen.getLocalPort() + "/")),
                            "shop",
                            Duration.ofSeconds(10));
            List<Attempt> started = new CopyOnWriteArrayList<>();
            context.runOnContext(turn -> {
                Attempt attempt = to.attempt(
                        Events.ofSize("large", size),
                        ContentMode.BINARY,
                        Purpose.REPLY_WANTED,
                        () -> true,
                        results::add);
                started.add(attempt);
                attempt.start();
            });
            try (Socket accepted = frozen.accept()) {
                accepted.setSoTimeout(20_000);
                assertThat(accepted.getInputStream().read()).isEqualTo('P');

                // When
                context.runOnContext(turn -> started.get(0).timeOut());
                awaitResults(1);

                // Then: what it could still read is less than what was to be sent, and then there is no more.
                assertThat(bytesUntilTheEnd(accepted)).isLessThan(size);
            }
        }
    }

    private static long bytesUntilTheEnd(Socket socket) throws IOException {
        byte[] piece = new byte[1 << 16];
        long bytes = 0;
        try {
            for (int read = socket.getInputStream().read(piece);
                    read >= 0;
                    read = socket.getInputStream().read(piece)) {
                bytes += read;
            }
        } catch (SocketTimeoutException e) {
            throw new AssertionError("the connection is still open", e);
        } catch (SocketException e) {
            // Reset: an end too.
            return bytes;
        }
        return bytes;
    }

    /** Connections of which the first are opened as the test says, and the others to the server. */
    private Connections connectingBy(List<Future<HttpClientConnection>> first) {
        HttpClientAgent real = vertx.createHttpClient();
        Deque<Future<HttpClientConnection>> scripted = new ArrayDeque<>(first);
        HttpClientAgent client = (HttpClientAgent) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {HttpClientAgent.class}, (self, method, arguments) -> {
                    if (method.getName().equals("connect") && !scripted.isEmpty()) {
                        return scripted.poll();
                    }
                    return method.invoke(real, arguments);
                });
        return new Connections(
                vertx,
                client,
                client::close,
                address(),
                new DestinationGuard(List.of(), List.of()),
                "/",
                Duration.ofSeconds(30),
                new ConnectTurns(vertx));
    }

    /** Connections that are never there; {@code begun} is told the name for each that is begun. */
    private Connections hanging(String name, List<String> begun, ConnectTurns turns) {
        return hanging(name, begun, () -> {}, turns);
    }

    private Connections hanging(String name, List<String> begun, Runnable whenBegun, ConnectTurns turns) {
        HttpClientAgent client = (HttpClientAgent) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {HttpClientAgent.class}, (self, method, arguments) -> {
                    assertThat(method.getName()).isEqualTo("connect");
                    begun.add(name);
                    whenBegun.run();
                    return Promise.<HttpClientConnection>promise().future();
                });
        return new Connections(
                vertx,
                client,
                client::close,
                address(),
                new DestinationGuard(List.of(), List.of()),
                "/",
                Duration.ofSeconds(30),
                turns);
    }

    private HttpConnectOptions address() {
        return new HttpConnectOptions()
                .setProtocolVersion(HttpVersion.HTTP_1_1)
                .setHost("127.0.0.1")
                .setPort(server.actualPort());
    }

    private Attempt telling(List<String> told, String name) {
        return target.attempt(
                Events.MINIMAL,
                ContentMode.BINARY,
                Purpose.REPLY_WANTED,
                () -> true,
                result -> told.add(name + ": "
                        + (result instanceof Answered answered ? answered.status() : ((Unanswered) result).message())));
    }

    /** The client that {@link #target} has, or would have. */
    private HttpClientAgent sharedClient() {
        return get(Future.future(done -> context.runOnContext(turn -> {
            int connectMillis = (int) targets.connectTimeout().toMillis();
            Clients.Shared shared = targets.clients().use(connectMillis, Optional.empty());
            shared.release().map(shared.client()).onComplete(done);
        })));
    }

    private void send(int attempts) {
        context.runOnContext(turn -> {
            for (int i = 0; i < attempts; i++) {
                attempt().start();
            }
        });
    }

    private Attempt attempt() {
        return target.attempt(Events.MINIMAL, ContentMode.BINARY, Purpose.REPLY_WANTED, () -> true, results::add);
    }

    private void awaitResults(int count) {
        await().until(() -> results.size() == count);
    }

    private void assertAllAnswered(int status) {
        assertThat(results)
                .allSatisfy(result -> assertThat(((Answered) result).status()).isEqualTo(status));
    }

    private static <T> T get(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError("did not complete: " + e, e);
        }
    }
}
