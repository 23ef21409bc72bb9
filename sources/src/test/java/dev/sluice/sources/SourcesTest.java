/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.routing.Delivery;
import dev.sluice.api.routing.Destination;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.source.SecretRef;
import dev.sluice.api.source.SecretValues;
import dev.sluice.api.source.SinkException;
import dev.sluice.api.source.SourceCondition;
import dev.sluice.api.source.SourceDefinition;
import dev.sluice.api.source.SourceKind;
import dev.sluice.api.source.SourceName;
import dev.sluice.api.source.SourceRoute;
import dev.sluice.api.source.SourceTable;
import dev.sluice.sources.listen.ListenSettings;
import dev.sluice.sources.ping.PingSourceKind;
import dev.sluice.sources.send.SinkGuard;
import dev.sluice.sources.send.SinkSettings;
import dev.sluice.sources.webhook.WebhookSourceKind;
import dev.sluice.testkit.Answer;
import dev.sluice.testkit.ClosedPort;
import dev.sluice.testkit.Received;
import dev.sluice.testkit.RecordingSubscriber;
import dev.sluice.testkit.Waiting;
import dev.sluice.testkit.WrittenField;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonObject;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class SourcesTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final SourceName HOOK = new SourceName("Scripted", new ResourceName("shop", "hook"));
    private static final SourceName OTHER = new SourceName("Scripted", new ResourceName("shop", "other"));
    private static final int LARGEST = 4096;

    @RegisterExtension
    final RecordingSubscriber sink = RecordingSubscriber.start();

    @TempDir
    private Path folder;

    private final Vertx vertx = Vertx.vertx();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    /** Over HTTP/2 it takes an answer that it has not looked at yet for lost when the connection is closed behind it. */
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final ScriptedDefinition definition = new ScriptedDefinition(true);
    private Optional<Path> memory = Optional.empty();
    private Sources sources = sources(Duration.ofSeconds(20), SinkGuard.NONE);

    @AfterEach
    void close() {
        Waiting.on(sources.close());
        Waiting.on(vertx.close());
    }

    private Sources sources(Duration answerWithin, SinkGuard guard) {
        return sources(answerWithin, Duration.ofSeconds(20), guard);
    }

    private Sources sources(Duration answerWithin, Duration attemptTimeout, SinkGuard guard) {
        return new Sources(
                vertx,
                new SourcesSettings(
                        new ListenSettings(
                                "127.0.0.1", 0, LARGEST, 1 << 20, answerWithin, Duration.ofSeconds(60), 8192, 100),
                        new SinkSettings(
                                3,
                                Duration.ofMillis(10),
                                Duration.ofSeconds(1),
                                attemptTimeout,
                                Duration.ofSeconds(5),
                                8,
                                100),
                        Optional.of(URI.create("https://hooks.example.com/")),
                        memory),
                guard,
                registry);
    }

    private void restart(Duration answerWithin, SinkGuard guard) {
        Waiting.on(sources.close());
        sources = sources(answerWithin, guard);
    }

    private SourceRoute route(SourceName name, ScriptedDefinition of, URI to) {
        return new SourceRoute(
                name, "uid-of-" + name.name().name(), 1, of, Destination.of(to), Map.of(), SecretValues.none());
    }

    private void apply(SourceRoute... routes) {
        Waiting.on(sources.apply(table(routes)));
    }

    private static SourceTable table(SourceRoute... routes) {
        Map<SourceName, SourceRoute> byName = new HashMap<>();
        for (SourceRoute route : routes) {
            byName.put(route.name(), route);
        }
        return new SourceTable(byName, Map.of());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + sources.port().orElseThrow() + path))
                .timeout(PATIENCE)
                .POST(BodyPublishers.ofString("{\"a\": 1}"));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) {
        return sendAsync(request).join();
    }

    private CompletableFuture<HttpResponse<String>> sendAsync(HttpRequest.Builder request) {
        return client.sendAsync(request.build(), BodyHandlers.ofString());
    }

    private double meter(String name, String... tags) {
        var counter = registry.find(name).tags(tags).counter();
        return counter == null ? 0 : counter.count();
    }

    // ---- what a sender is told
    // ----------------------------------------------------------------------------------------

    @Test
    void a_success_is_told_only_after_the_sink_has_the_event() {
        // Given
        apply(route(HOOK, definition, sink.uri()));
        sink.hold();

        // When
        CompletableFuture<HttpResponse<String>> answer = sendAsync(request("/shop/hook"));
        await().atMost(PATIENCE).until(() -> sink.heldCount() == 1);

        // Then
        assertThat(answer).isNotDone();
        sink.release();
        assertThat(answer.join().statusCode()).isEqualTo(202);
        assertThat(answer.join().body()).isEmpty();
        assertThat(sink.last().body().toString()).isEqualTo("{\"a\": 1}");
        await().atMost(PATIENCE).until(() -> meter("sluice.source.sent", "source", "hook") == 1);
    }

    @Test
    void a_sink_that_fails_for_a_moment_is_tried_again_and_the_sender_notices_nothing() {
        // Given
        apply(route(HOOK, definition, sink.uri()));
        sink.answerNext(Answer.status(503), Answer.status(429).withHeader("retry-after", "0"), Answer.reset());

        // When
        HttpResponse<String> answer = send(request("/shop/hook"));

        // Then
        assertThat(answer.statusCode()).isEqualTo(202);
        assertThat(sink.ids()).containsExactly("1", "1", "1", "1");
        assertThat(meter("sluice.source.retries", "source", "hook")).isEqualTo(3);
    }

    @Test
    void a_sink_that_asks_to_be_left_alone_is() {
        // Given
        apply(route(HOOK, definition, sink.uri()));
        sink.answerNext(Answer.status(429).withHeader("retry-after", "1"));

        // When
        HttpResponse<String> answer = send(request("/shop/hook"));

        // Then
        assertThat(answer.statusCode()).isEqualTo(202);
        List<Received> attempts = sink.requests();
        assertThat(attempts).hasSize(2);
        assertThat(attempts.get(1).arrivedNanos() - attempts.get(0).arrivedNanos())
                .isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(950));
    }

    @Test
    void a_delivery_that_comes_again_is_the_same_event_again() {
        // Given
        apply(route(HOOK, definition, sink.uri()));

        // When
        send(request("/shop/hook").header("x-id", "delivery-7"));
        HttpResponse<String> again = send(request("/shop/hook").header("x-id", "delivery-7"));

        // Then: whoever must not do it twice can tell, and the sender need not know
        assertThat(again.statusCode()).isEqualTo(202);
        assertThat(sink.events())
                .extracting(event -> event.getSource() + " " + event.getId())
                .containsExactly("/scripted delivery-7", "/scripted delivery-7");
    }

    @Test
    void a_sink_that_is_down_makes_the_sender_try_again() {
        try (ClosedPort closed = ClosedPort.take()) {
            // Given
            apply(route(HOOK, definition, closed.uri()));

            // When
            HttpResponse<String> answer = send(request("/shop/hook"));

            // Then
            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(answer.headers().firstValue("retry-after")).hasValue("1");
            assertThat(answer.body())
                    .contains("did not take the event", "again")
                    .doesNotContain(Integer.toString(closed.port()));
            assertThat(meter("sluice.source.refused", "source", "hook", "reason", "SinkUnavailable"))
                    .isEqualTo(1);
            assertThat(meter("sluice.source.failed", "source", "hook")).isEqualTo(1);
        }
    }

    @Test
    void a_sink_that_refuses_for_good_is_not_tried_again() {
        // Given
        apply(route(HOOK, definition, sink.uri()));
        sink.answer(Answer.status(400).withBody("text/plain", "no such\norder"));

        // When
        HttpResponse<String> answer = send(request("/shop/hook"));

        // Then
        assertThat(answer.statusCode()).isEqualTo(502);
        assertThat(answer.headers().firstValue("retry-after")).isEmpty();
        assertThat(answer.body()).contains("did not take the event").doesNotContain("no such order");
        assertThat(sink.count()).isEqualTo(1);
    }

    @Test
    void a_redirect_is_not_followed() {
        // Given
        apply(route(HOOK, definition, sink.uri()));
        sink.answer(Answer.redirect(307, sink.uri("/elsewhere").toString()));

        // Then
        assertThat(send(request("/shop/hook")).statusCode()).isEqualTo(502);
        assertThat(sink.count()).isEqualTo(1);
    }

    @Test
    void a_sink_that_never_answers_costs_the_sender_no_more_than_the_time_it_was_promised() {
        // Given
        restart(Duration.ofMillis(700), SinkGuard.NONE);
        apply(route(HOOK, definition, sink.uri()));
        sink.answer(Answer.never());

        // When
        HttpResponse<String> answer = send(request("/shop/hook"));

        // Then
        assertThat(answer.statusCode()).isEqualTo(503);
        // Whether the attempt or the request ran out of time first is a matter of milliseconds.
        assertThat(answer.body()).contains("did not");
    }

    @Test
    void the_connection_of_an_attempt_that_was_given_up_is_not_used_for_another() {
        // Given
        Waiting.on(sources.close());
        sources = sources(PATIENCE, Duration.ofMillis(500), SinkGuard.NONE);
        apply(route(HOOK, definition, sink.uri()));
        sink.answerNext(Answer.never());

        // When
        HttpResponse<String> answer = send(request("/shop/hook"));

        // Then
        assertThat(answer.statusCode()).isEqualTo(202);
        assertThat(sink.requests().get(1).connection())
                .isNotEqualTo(sink.requests().get(0).connection());
    }

    @ParameterizedTest
    @MethodSource("answersThatNeverEnd")
    void an_event_that_was_taken_is_not_sent_again_whatever_becomes_of_the_rest_of_the_answer(Answer taken) {
        // Given
        apply(route(HOOK, definition, sink.uri()));
        sink.answer(taken);

        // When
        HttpResponse<String> answer = send(request("/shop/hook"));

        // Then
        assertThat(answer.statusCode()).isEqualTo(202);
        assertThat(sink.count()).isEqualTo(1);
    }

    static List<Answer> answersThatNeverEnd() {
        return List.of(Answer.closeMidway(), Answer.endless(200));
    }

    @Test
    void what_may_not_be_sent_to_gets_nothing() {
        // Given
        restart(Duration.ofSeconds(20), (remote, local, path) -> "it is at a forbidden address");
        apply(route(HOOK, definition, sink.uri()));

        // When
        HttpResponse<String> answer = send(request("/shop/hook"));

        // Then
        assertThat(answer.statusCode()).isEqualTo(502);
        assertThat(answer.body()).contains("did not take the event").doesNotContain("forbidden");
        assertThat(sink.count()).isZero();
    }

    // ---- what is refused at the door
    // ----------------------------------------------------------------------------------

    @Test
    void an_unknown_source_is_told_from_a_path_that_names_none() {
        // Given
        apply(route(HOOK, definition, sink.uri()));

        // Then
        assertThat(send(request("/shop/nobody")).statusCode()).isEqualTo(404);
        assertThat(send(request("/shop/nobody")).body()).contains("shop/nobody", "sources list");
        assertThat(send(request("/")).body()).contains("/{namespace}/");
        assertThat(meter("sluice.source.refused", "source", "", "reason", "UnknownSource"))
                .isEqualTo(2);
        assertThat(send(request("/shop/hook/")).statusCode()).isEqualTo(202);
    }

    @Test
    void a_source_that_is_not_ready_says_why_and_that_it_may_be_later() {
        // Given
        Waiting.on(sources.apply(new SourceTable(
                Map.of(OTHER, route(OTHER, definition, sink.uri())), Map.of(HOOK, "there is no Secret shop/github"))));

        // When
        HttpResponse<String> answer = send(request("/shop/hook"));

        // Then
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.body()).contains("is not ready").doesNotContain("Secret");
    }

    @Test
    void a_compressed_body_is_refused() {
        // Given
        apply(route(HOOK, definition, sink.uri()));

        // Then
        assertThat(send(request("/shop/hook").header("content-encoding", "gzip"))
                        .statusCode())
                .isEqualTo(415);
    }

    @Test
    void what_a_source_refuses_answers_or_fails_at_goes_nowhere() {
        // Given
        apply(route(HOOK, definition, sink.uri()));

        // Then
        HttpResponse<String> refused = send(request("/shop/hook").header("x-wish", "refuse"));
        assertThat(refused.statusCode()).isEqualTo(401);
        assertThat(refused.headers().firstValue("www-authenticate")).isPresent();
        assertThat(refused.body()).contains("the header is wrong", "send another");
        assertThat(send(request("/shop/hook").header("x-wish", "answer")).body())
                .isEqualTo("hello");
        assertThat(send(request("/shop/hook").header("x-wish", "fault")).statusCode())
                .isEqualTo(500);
        assertThat(sink.count()).isZero();
        assertThat(meter("sluice.source.answered", "source", "hook")).isEqualTo(1);
        assertThat(meter("sluice.source.refused", "source", "hook", "reason", "Unauthorized"))
                .isEqualTo(1);
    }

    @Test
    void a_second_close_breaks_off_nothing_that_the_first_waits_for() {
        // Given
        apply(route(HOOK, definition, sink.uri()));
        sink.hold();
        CompletableFuture<HttpResponse<String>> inHand = sendAsync(request("/shop/hook"));
        await().atMost(PATIENCE).until(() -> sink.heldCount() == 1);
        Future<Void> first = sources.close();

        // When
        Future<Void> second = sources.close();

        // Then
        assertThat(second).isSameAs(first);
        sink.release();
        assertThat(inHand.join().statusCode()).isEqualTo(202);
    }

    // ---- changes
    // ------------------------------------------------------------------------------------------------------

    @Test
    void a_change_of_one_source_leaves_the_others_alone() {
        // Given
        ScriptedDefinition other = new ScriptedDefinition(true);
        apply(route(HOOK, definition, sink.uri()), route(OTHER, other, sink.uri()));

        // When
        apply(route(HOOK, new ScriptedDefinition(true), sink.uri()), route(OTHER, other, sink.uri()));

        // Then
        assertThat(definition.life()).containsExactly("made", "started", "closed");
        assertThat(other.life()).containsExactly("made", "started");
    }

    @Test
    void another_sink_or_override_counts_from_the_next_event_on_with_the_same_adapter() {
        // Given
        apply(route(HOOK, definition, URI.create("http://127.0.0.1:1/")));
        SourceRoute turned = new SourceRoute(
                HOOK,
                "uid-of-hook",
                2,
                definition,
                Destination.of(sink.uri()),
                Map.of("from", "override", "more", "x"),
                SecretValues.none());

        // When
        apply(turned);
        send(request("/shop/hook"));

        // Then
        assertThat(sink.events().get(0).getExtension("from")).isEqualTo("override");
        assertThat(sink.events().get(0).getExtension("more")).isEqualTo("x");
        assertThat(definition.life()).containsExactly("made", "started");
    }

    @Test
    void another_secret_makes_another_adapter() {
        // Given
        apply(route(HOOK, definition, sink.uri()));
        SecretRef ref = new SecretRef("github", "secret");

        // When
        apply(new SourceRoute(
                HOOK,
                "uid-of-hook",
                1,
                definition,
                Destination.of(sink.uri()),
                Map.of(),
                new SecretValues(Map.of(ref, "new"))));

        // Then
        assertThat(definition.life()).containsExactly("made", "started", "made", "closed", "started");
    }

    @Test
    void what_is_deleted_is_taken_down_and_what_only_waits_is_not() {
        // Given
        ScriptedDefinition other = new ScriptedDefinition(true);
        apply(route(HOOK, definition, sink.uri()), route(OTHER, other, sink.uri()));

        // When
        Waiting.on(sources.apply(new SourceTable(Map.of(), Map.of(OTHER, "its Secret can't be read"))));

        // Then
        assertThat(definition.life()).endsWith("removed");
        assertThat(other.life()).endsWith("closed").doesNotContain("removed");
        assertThat(send(request("/shop/hook")).statusCode()).isEqualTo(404);
        assertThat(registry.find("sluice.source.sent").tag("source", "hook").counters())
                .isEmpty();
    }

    @Test
    void what_is_set_up_outside_can_be_taken_down_by_a_process_that_does_not_run_the_source() {
        // When
        Waiting.on(sources.takeDown(HOOK, definition, SecretValues.none()));
        Future<Void> refused = sources.takeDown(
                HOOK,
                new ScriptedDefinition(true).removedWith(Future.failedFuture("no route to host")),
                SecretValues.none());

        // Then
        assertThat(definition.life()).containsExactly("made", "taken down at https://hooks.example.com/shop/hook");
        await().atMost(PATIENCE).until(refused::failed);
        assertThat(refused.cause()).hasMessage("no route to host");
        assertThat(sources.state(HOOK)).isEmpty();
    }

    @Test
    void one_of_the_same_name_sets_up_nothing_before_the_one_before_has_taken_it_down() {
        // Given
        Promise<Void> removal = Promise.promise();
        apply(route(HOOK, definition.removedWith(removal.future()), sink.uri()));
        ScriptedDefinition created = new ScriptedDefinition(true);

        // When: deleted and created again
        Future<Void> applied = sources.apply(table(new SourceRoute(
                HOOK, "another-uid", 1, created, Destination.of(sink.uri()), Map.of(), SecretValues.none())));

        // Then
        await().atMost(PATIENCE).until(() -> created.life().contains("made"));
        assertThat(definition.life()).endsWith("removed");
        assertThat(created.life()).containsExactly("made");
        removal.complete();
        Waiting.on(applied);
        assertThat(created.life()).containsExactly("made", "started");
    }

    @Test
    void a_source_that_does_not_start_says_why_and_is_tried_again() {
        // Given
        definition.failNextStart("no route to host");

        // When
        apply(route(HOOK, definition, sink.uri()));

        // Then
        assertThat(sources.state(HOOK).orElseThrow().problem().orElseThrow().text())
                .contains("no route to host");
        await().atMost(PATIENCE)
                .until(() -> sources.state(HOOK).orElseThrow().problem().isEmpty());
        assertThat(definition.life()).endsWith("started");
    }

    @Test
    void the_port_is_opened_with_the_first_webhook() {
        // When
        apply(route(OTHER, new ScriptedDefinition(false), sink.uri()));

        // Then
        assertThat(sources.port()).isEmpty();
        apply(route(HOOK, definition, sink.uri()));
        assertThat(sources.port()).isPresent();
    }

    private SourceRoute[] idle(int count) {
        List<SourceRoute> routes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            routes.add(idle(new PingSourceKind(), "tick-" + i, "{\"schedule\": \"0 0 1 1 *\"}"));
            routes.add(idle(new WebhookSourceKind(), "hook-" + i, "{\"verification\": {\"recipe\": \"none\"}}"));
        }
        return routes.toArray(SourceRoute[]::new);
    }

    private SourceRoute idle(SourceKind kind, String name, String spec) {
        ResourceName resource = new ResourceName("shop", name);
        SourceDefinition read = Objects.requireNonNull(
                kind.read(resource, WrittenField.metadata(new JsonObject()), WrittenField.spec(new JsonObject(spec))));
        return new SourceRoute(
                new SourceName(kind.kind(), resource),
                "uid-of-" + name,
                1,
                read,
                Destination.of(sink.uri()),
                Map.of(),
                SecretValues.none());
    }

    @Test
    void a_thousand_idle_sources_take_no_threads() {
        // Given: what is there once, however many there are
        apply(idle(1));
        int before = ManagementFactory.getThreadMXBean().getThreadCount();

        // When
        apply(idle(1_000));

        // Then: the event loops that had nothing to do so far may be among them
        assertThat(ManagementFactory.getThreadMXBean().getThreadCount() - before)
                .isLessThan(100);
        assertThat(send(request("/shop/hook-999")).statusCode()).isEqualTo(202);
    }

    // ---- deliveries
    // ---------------------------------------------------------------------------------------------------

    private static CloudEvent event() {
        return CloudEventBuilder.v1()
                .withId("e")
                .withType("t")
                .withSource(URI.create("/s"))
                .build();
    }

    private SourceRoute delivering(URI to, int retry, Optional<URI> deadLetterSink, Delivery.Format format) {
        return new SourceRoute(
                HOOK,
                "uid-of-hook",
                1,
                definition,
                Destination.of(to),
                Map.of("team", "brewers"),
                SecretValues.none(),
                Optional.of(new Delivery(
                        retry,
                        Delivery.BackoffPolicy.LINEAR,
                        Duration.ofMillis(1),
                        Duration.ofMillis(5),
                        Duration.ofSeconds(20),
                        Optional.empty(),
                        deadLetterSink.map(Destination::of),
                        format)));
    }

    @Test
    void retries_and_format_are_those_of_its_own_delivery() {
        // Given
        apply(delivering(sink.uri(), 1, Optional.empty(), Delivery.Format.JSON));
        sink.answer(Answer.status(503));

        // When
        Future<Void> sent = definition.host().emit(event());

        // Then
        await().atMost(PATIENCE).until(sent::failed);
        assertThat(sink.count()).isEqualTo(2);
        assertThat(sink.last().header("content-type")).hasValue("application/cloudevents+json; charset=utf-8");
        assertThat(meter("sluice.source.failed", "source", "hook")).isEqualTo(1);
    }

    @Test
    void what_the_sink_would_not_have_goes_to_the_dead_letter_sink_with_the_reason() {
        // Given
        apply(delivering(sink.uri(), 1, Optional.of(sink.uri("/letters")), Delivery.Format.BINARY));
        String reason = "no such order, and much that is said about it; ".repeat(30);
        sink.answerBy(request -> request.uri().equals("/letters")
                ? Answer.status(202)
                : Answer.status(400).withBody("text/plain", reason));

        // When
        Waiting.on(definition.host().emit(event()));

        // Then
        CloudEvent letter = sink.last().requireEvent();
        assertThat(sink.last().uri()).isEqualTo("/letters");
        assertThat(letter.getExtension("team")).isEqualTo("brewers");
        assertThat(letter.getExtension("knativeerrordest")).isEqualTo(sink.uri().toString());
        assertThat(String.valueOf(letter.getExtension("knativeerrorcode"))).isEqualTo("400");
        assertThat(letter.getExtension("knativeerrordata"))
                .isEqualTo(Base64.getEncoder()
                        .encodeToString(reason.substring(0, 768).getBytes(UTF_8)));
        assertThat(meter("sluice.source.deadlettered", "source", "hook")).isEqualTo(1);
        assertThat(meter("sluice.source.sent", "source", "hook")).isZero();
        assertThat(meter("sluice.source.failed", "source", "hook")).isZero();
    }

    @Test
    void a_dead_letter_waits_for_its_sink_to_be_back() {
        // Given
        apply(delivering(sink.uri(), 0, Optional.of(sink.uri("/letters")), Delivery.Format.BINARY));
        sink.answerNext(Answer.status(503), Answer.status(503), Answer.reset(), Answer.status(500), Answer.status(200));

        // When
        Waiting.on(definition.host().emit(event()));

        // Then
        assertThat(sink.requests())
                .extracting(Received::uri)
                .containsExactly("/", "/letters", "/letters", "/letters", "/letters");
    }

    @Test
    void without_its_dead_letter_sink_an_event_is_tried_as_often_as_any() {
        // Given: neither sink takes it, and the dead letter sink has been tried more often than the sink would be
        apply(delivering(sink.uri(), 1, Optional.of(sink.uri("/letters")), Delivery.Format.BINARY));
        sink.answer(Answer.status(503));
        Future<Void> sent = definition.host().emit(event());
        await().atMost(PATIENCE).until(() -> sink.count() > 4);

        // When
        apply(delivering(sink.uri(), 1, Optional.empty(), Delivery.Format.BINARY));

        // Then
        await().atMost(PATIENCE).until(sent::failed);
        assertThat(sink.requests())
                .extracting(Received::uri)
                .filteredOn("/"::equals)
                .hasSize(4);
    }

    @Test
    void an_event_that_is_tried_without_end_goes_to_the_sink_that_has_been_mended() {
        try (ClosedPort closed = ClosedPort.take()) {
            // Given
            apply(delivering(closed.uri(), Integer.MAX_VALUE, Optional.empty(), Delivery.Format.BINARY));
            Future<Void> sent = definition.host().emit(event());
            await().atMost(PATIENCE).until(() -> meter("sluice.source.retries", "source", "hook") > 20);

            // When
            apply(delivering(sink.uri(), Integer.MAX_VALUE, Optional.empty(), Delivery.Format.BINARY));

            // Then
            Waiting.on(sent);
            assertThat(sink.ids()).containsExactly("e");
        }
    }

    @Test
    void an_event_that_is_not_wanted_any_more_is_not_tried_any_more() {
        // Given
        apply(delivering(sink.uri(), Integer.MAX_VALUE, Optional.empty(), Delivery.Format.BINARY));
        sink.answer(Answer.status(503));
        AtomicBoolean wanted = new AtomicBoolean(true);
        Future<Void> sent = definition.host().emit(event(), wanted::get);
        await().atMost(PATIENCE).until(() -> sink.count() > 3);

        // When
        wanted.set(false);

        // Then
        await().atMost(PATIENCE).until(sent::failed);
        assertThat(sent.cause())
                .isInstanceOfSatisfying(
                        SinkException.class,
                        failure -> assertThat(failure.isRetryable()).isTrue());
        assertThat(meter("sluice.source.failed", "source", "hook")).isZero();
    }

    // ---- adapters that run
    // --------------------------------------------------------------------------------------------

    @Test
    void an_adapter_that_runs_is_told_when_the_sink_has_its_event() throws Exception {
        // Given
        apply(route(HOOK, definition, sink.uri()));
        var event = CloudEventBuilder.v1()
                .withId("e")
                .withType("t")
                .withSource(URI.create("/s"))
                .build();
        sink.answerNext(Answer.status(500));

        // When
        Waiting.on(definition.host().emit(event));

        // Then
        assertThat(sink.ids()).containsExactly("e", "e");
        sink.answer(Answer.status(413));
        var refused = definition.host().emit(event).toCompletionStage().toCompletableFuture();
        assertThat(refused)
                .failsWithin(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                .withThrowableThat()
                .withCauseInstanceOf(SinkException.class);
    }

    @Test
    void what_an_adapter_asks_of_the_outside_goes_nowhere_that_no_event_may_go() {
        // Given
        restart(Duration.ofSeconds(20), (remote, local, path) -> "it is an address of our own");
        apply(route(HOOK, definition, sink.uri()));

        // When
        var asked = definition
                .host()
                .request(new RequestOptions().setAbsoluteURI(sink.uri().toString()))
                .toCompletionStage()
                .toCompletableFuture();

        // Then
        assertThat(asked)
                .failsWithin(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                .withThrowableThat()
                .withMessageContaining("it is an address of our own");
        assertThat(sink.count()).isZero();
    }

    @Test
    void what_an_adapter_counts_itself_goes_with_its_source() {
        // Given
        apply(route(HOOK, definition, sink.uri()));

        // When
        definition.host().note("redelivery");
        definition.host().note("redelivery");

        // Then
        assertThat(meter("sluice.source.noted", "source", "hook", "what", "redelivery"))
                .isEqualTo(2);
        apply();
        assertThat(registry.find("sluice.source.noted").counters()).isEmpty();
    }

    @Test
    void what_an_adapter_keeps_is_there_in_the_next_process_until_its_source_is_gone() {
        // Given
        memory = Optional.of(folder.resolve("sources.json"));
        restart(Duration.ofSeconds(20), SinkGuard.NONE);
        apply(route(HOOK, definition, sink.uri()));
        assertThat(definition.host().kept()).isEmpty();
        definition.host().keep("one");
        definition.host().keep("two");

        // When
        restart(Duration.ofSeconds(20), SinkGuard.NONE);
        apply(route(HOOK, definition, sink.uri()));

        // Then
        assertThat(definition.host().kept()).hasValue("two");
        apply();
        restart(Duration.ofSeconds(20), SinkGuard.NONE);
        apply(route(HOOK, definition, sink.uri()));
        assertThat(definition.host().kept()).isEmpty();
    }

    @Test
    void a_memory_that_can_not_be_read_is_done_without() throws Exception {
        // Given
        memory = Optional.of(Files.writeString(folder.resolve("sources.json"), "{\"uid-of-hook\": "));

        // When
        restart(Duration.ofSeconds(20), SinkGuard.NONE);
        apply(route(HOOK, definition, sink.uri()));

        // Then
        assertThat(definition.host().kept()).isEmpty();
        definition.host().keep("anew");
        assertThat(definition.host().kept()).hasValue("anew");
    }

    @Test
    void what_an_adapter_reports_can_be_seen_with_the_time_since_which_it_is_so() {
        // Given
        apply(route(HOOK, definition, sink.uri()));

        // When
        definition.host().report(SourceCondition.isFalse("Deployed", "First", "one"));
        var first = sources.state(HOOK).orElseThrow().conditions();
        definition.host().report(SourceCondition.isFalse("Deployed", "Second", "two"));

        // Then
        var second = sources.state(HOOK).orElseThrow().conditions();
        assertThat(second.keySet()).containsExactly(SourceCondition.isFalse("Deployed", "Second", "two"));
        assertThat(List.copyOf(second.values())).isEqualTo(List.copyOf(first.values()));
        assertThat(sources.state(HOOK).orElseThrow().webhook())
                .hasValue(URI.create("https://hooks.example.com/shop/hook"));
    }
}
