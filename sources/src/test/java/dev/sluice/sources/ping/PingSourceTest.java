/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.ping;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.source.AdapterHost;
import dev.sluice.api.source.AdapterSetup;
import dev.sluice.api.source.SecretValues;
import dev.sluice.api.source.SinkException;
import dev.sluice.api.source.SourceAdapter;
import dev.sluice.api.source.SourceCondition;
import dev.sluice.api.source.SourceDefinition;
import dev.sluice.api.source.Webhook;
import dev.sluice.api.source.WebhookOutcome;
import dev.sluice.api.source.WebhookRequest;
import dev.sluice.testkit.Waiting;
import dev.sluice.testkit.WrittenField;
import io.cloudevents.CloudEvent;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PingSourceTest {

    private static final ResourceName NAME = new ResourceName("shop", "tick");
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Vertx vertx = Vertx.vertx();
    private final List<CloudEvent> events = new CopyOnWriteArrayList<>();
    private final List<SourceCondition> reported = new CopyOnWriteArrayList<>();
    private final List<String> notes = new CopyOnWriteArrayList<>();
    private volatile Optional<String> kept = Optional.empty();
    private volatile Future<Void> sink = Future.succeededFuture();
    /** Of the first events, in place of the sink's. */
    private final Queue<Future<Void>> firstAnswers = new ConcurrentLinkedQueue<>();

    private final AdapterHost host = new AdapterHost() {
        @Override
        public Vertx vertx() {
            return vertx;
        }

        @Override
        public Future<Void> emit(CloudEvent event) {
            Future<Void> answer = firstAnswers.poll();
            events.add(event);
            return answer == null ? sink : answer;
        }

        @Override
        public void report(SourceCondition condition) {
            reported.add(condition);
        }

        @Override
        public Optional<URI> webhookUrl() {
            return Optional.empty();
        }

        @Override
        public Optional<String> kept() {
            return kept;
        }

        @Override
        public void keep(String text) {
            kept = Optional.of(text);
        }

        @Override
        public void note(String what) {
            notes.add(what);
        }
    };

    @AfterEach
    void close() {
        Waiting.on(vertx.close());
    }

    private static SourceDefinition definition(String spec) {
        WrittenField field = WrittenField.spec(new JsonObject(spec));
        SourceDefinition definition = new PingSourceKind().read(NAME, WrittenField.metadata(new JsonObject()), field);
        assertThat(field.errors()).isEmpty();
        return Objects.requireNonNull(definition);
    }

    private static SourceAdapter adapter(String spec) {
        return definition(spec).adapter(new AdapterSetup(NAME, SecretValues.none(), Clock.systemUTC()));
    }

    @Test
    void every_tick_is_one_event_with_knatives_attributes() {
        // Given
        SourceAdapter adapter =
                adapter("{\"schedule\": \"* * * * * *\", \"contentType\": \"text/plain\", \"data\": \"hello\"}");

        // When
        Waiting.on(adapter.start(host));
        await().atMost(PATIENCE).until(() -> events.size() >= 3);
        Waiting.on(adapter.close());

        // Then
        CloudEvent event = events.get(0);
        assertThat(event.getType()).isEqualTo("dev.knative.sources.ping");
        assertThat(event.getSource()).isEqualTo(URI.create("/apis/v1/namespaces/shop/pingsources/tick"));
        assertThat(event.getDataContentType()).isEqualTo("text/plain");
        assertThat(event.getSubject()).isNull();
        assertThat(new String(Objects.requireNonNull(event.getData()).toBytes(), UTF_8))
                .isEqualTo("hello");
        assertThat(events).extracting(CloudEvent::getId).doesNotHaveDuplicates();
        assertThat(events).extracting(CloudEvent::getTime).doesNotHaveDuplicates();
        assertThat(reported).contains(SourceCondition.isTrue("Delivering"));
    }

    @Test
    void two_that_send_the_same_tick_send_the_same_event() {
        // Given
        var one = (PingDefinition) definition("{}");
        var other = (PingDefinition) definition("{}");

        // Then
        assertThat(one.event(Instant.EPOCH)).isEqualTo(other.event(Instant.EPOCH));
        assertThat(one.event(Instant.EPOCH).getData()).isNull();
        assertThat(one.event(Instant.EPOCH).getDataContentType()).isNull();
    }

    @Test
    void nothing_is_begun_once_it_is_closed_and_what_is_under_way_is_waited_for() {
        // Given
        var pending = Promise.<Void>promise();
        sink = pending.future();
        SourceAdapter adapter = adapter("{\"schedule\": \"* * * * * *\"}");
        Waiting.on(adapter.start(host));
        await().atMost(PATIENCE).until(() -> !events.isEmpty());

        // When
        Future<Void> closing = adapter.close();

        // Then
        assertThat(closing.isComplete()).isFalse();
        pending.complete();
        Waiting.on(closing);
        int sent = events.size();
        await().during(Duration.ofMillis(1200)).atMost(PATIENCE).until(() -> events.size() == sent);
    }

    @Test
    void a_sink_that_gives_up_an_event_shows() {
        // Given
        sink = Future.failedFuture(new SinkException("the sink answered 503", true));
        SourceAdapter adapter = adapter("{\"schedule\": \"* * * * * *\"}");

        // When
        Waiting.on(adapter.start(host));

        // Then
        await().atMost(PATIENCE)
                .until(() -> reported.stream()
                        .anyMatch(condition -> condition.state() == SourceCondition.State.FALSE
                                && condition.message().contains("the sink answered 503")));
        Waiting.on(adapter.close());
    }

    @Test
    void while_a_hundred_events_wait_for_the_sink_ticks_are_left_out_and_that_shows() {
        // Given: a sink that never answers, and a clock of which every look takes half a second
        var never = Promise.<Void>promise();
        sink = never.future();
        Instant noon = Instant.parse("2026-01-31T12:00:00Z");
        AtomicLong looks = new AtomicLong();
        InstantSource clock = () -> noon.plusMillis(500 * looks.incrementAndGet());
        SourceAdapter adapter = definition("{\"schedule\": \"* * * * * *\"}")
                .adapter(new AdapterSetup(NAME, SecretValues.none(), clock));

        // When
        Waiting.on(adapter.start(host));
        await().atMost(PATIENCE)
                .until(() -> reported.stream()
                        .anyMatch(condition -> condition.state() == SourceCondition.State.FALSE
                                && condition.message().equals("100 events wait for the sink; ticks are left out")));

        // Then
        assertThat(events).hasSize(100);
        assertThat(notes).isNotEmpty().containsOnly("missed-tick");
        Future<Void> closing = adapter.close();
        never.complete();
        Waiting.on(closing);
    }

    @Test
    void what_would_come_next_can_be_tried_at_any_time() {
        // Given
        Instant noon = Instant.parse("2026-01-31T12:00:00Z");
        Webhook trial = Objects.requireNonNull(definition("{\"schedule\": \"*/10 * * * *\"}")
                .trial(new AdapterSetup(NAME, SecretValues.none(), InstantSource.fixed(noon))));

        // When
        WebhookOutcome outcome = trial.receive(new WebhookRequest(
                "GET",
                "/",
                MultiMap.caseInsensitiveMultiMap(),
                MultiMap.caseInsensitiveMultiMap(),
                Buffer.buffer(),
                noon));

        // Then
        assertThat(outcome)
                .isInstanceOfSatisfying(
                        WebhookOutcome.Emit.class,
                        emit -> assertThat(emit.event().getTime()).isEqualTo("2026-01-31T12:10:00Z"));
    }

    private void startAt(String schedule, Instant now) {
        SourceAdapter adapter = definition("{\"schedule\": \"" + schedule + "\"}")
                .adapter(new AdapterSetup(NAME, SecretValues.none(), InstantSource.fixed(now)));
        Waiting.on(adapter.start(host));
        Waiting.on(adapter.close());
    }

    @Test
    void ticks_that_fell_into_a_time_when_no_process_ran_are_told_and_not_made_up_for() {
        // Given: a process that ended
        Instant noon = Instant.parse("2026-01-31T12:00:00Z");
        startAt("*/10 * * * *", noon);

        // When
        startAt("*/10 * * * *", noon.plusSeconds(35 * 60));

        // Then
        assertThat(notes).containsExactly("missed-tick", "missed-tick", "missed-tick");
        assertThat(reported).singleElement().satisfies(condition -> {
            assertThat(condition.reason()).isEqualTo("TicksMissed");
            assertThat(condition.message()).contains("3 ticks from 2026-01-31T12:10:00Z");
        });
        assertThat(events).isEmpty();

        // When: the next one has seen nothing fall
        startAt("*/10 * * * *", noon.plusSeconds(39 * 60));

        // Then
        assertThat(notes).hasSize(3);
    }

    private Instant timeOf(int event) {
        return Objects.requireNonNull(events.get(event).getTime()).toInstant();
    }

    private Instant keptUntil() {
        String text = kept.orElseThrow();
        return Instant.parse(text.substring(0, text.indexOf(' ')));
    }

    @Test
    void what_the_sink_did_not_have_when_a_process_was_killed_is_told_as_missed() {
        // Given: a sink that takes its time with one tick alone
        var late = Promise.<Void>promise();
        firstAnswers.add(late.future());
        SourceAdapter adapter = adapter("{\"schedule\": \"* * * * * *\"}");
        Waiting.on(adapter.start(host));
        await().atMost(PATIENCE).until(() -> events.size() >= 3);
        Optional<String> atKill = kept;
        assertThat(keptUntil()).isBefore(timeOf(0));
        late.complete();
        await().atMost(PATIENCE).until(() -> !keptUntil().isBefore(timeOf(2)));
        Waiting.on(adapter.close());

        // When
        kept = atKill;
        startAt("* * * * * *", timeOf(1));

        // Then: and nobody knows of those behind it
        assertThat(notes).containsExactly("missed-tick", "missed-tick");
        assertThat(reported)
                .last()
                .satisfies(condition -> assertThat(condition.message()).contains("2 ticks from " + timeOf(0)));
    }

    @Test
    void what_an_adapter_has_in_hand_that_gives_way_is_not_missed() {
        // Given
        var late = Promise.<Void>promise();
        firstAnswers.add(late.future());
        SourceAdapter adapter = adapter("{\"schedule\": \"* * * * * *\"}");
        Waiting.on(adapter.start(host));
        await().atMost(PATIENCE).until(() -> !events.isEmpty());
        assertThat(keptUntil()).isBefore(timeOf(0));

        // When
        Future<Void> given = adapter.giveWay(definition("{\"schedule\": \"* * * * * *\", \"data\": \"other\"}"));

        // Then
        await().atMost(PATIENCE).until(() -> !keptUntil().isBefore(timeOf(0)));
        assertThat(given.isComplete()).isFalse();
        kept = Optional.of("the next one's");
        late.complete();
        Waiting.on(given);
        assertThat(kept).hasValue("the next one's");
    }

    @Test
    void a_long_time_is_not_counted_tick_by_tick() {
        // Given
        Instant noon = Instant.parse("2026-01-31T12:00:00Z");
        startAt("* * * * * *", noon);

        // When
        startAt("* * * * * *", noon.plus(Duration.ofDays(365)));

        // Then
        assertThat(notes).hasSize(100);
        assertThat(reported)
                .singleElement()
                .satisfies(condition -> assertThat(condition.message()).contains("100 or more ticks"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "rubbish", "rubbish 0 */10 * * * * Z", "2026-01-01T00:00:00Z 0 * * * * * Z"})
    void of_another_schedule_or_of_none_nothing_is_told(String before) {
        // Given
        kept = Optional.of(before);

        // When
        startAt("*/10 * * * *", Instant.parse("2026-01-31T12:00:00Z"));

        // Then
        assertThat(notes).isEmpty();
        assertThat(kept).hasValue("2026-01-31T12:00:00Z 0 */10 * * * * Z");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'timezone': 'Nowhere/Land'}                                   | timezone is no time zone",
                "{'schedule': '61 * * * *'}                                     | schedule has a minute",
                "{'data': 'a', 'dataBase64': 'YQ=='}                            | stands beside data",
                "{'dataBase64': '*'}                                            | dataBase64",
                "{'contentType': 'application/json', 'data': 'no json'}         | is no JSON",
                "{'contentType': 'json'}                                        | no media type",
                "{'schedul': '* * * * *'}                                       | schedul is not a known field",
            })
    void what_is_wrong_is_told(String spec, String rule) {
        // Given
        WrittenField field = WrittenField.spec(new JsonObject(spec.replace('\'', '"')));

        // When
        new PingSourceKind().read(NAME, WrittenField.metadata(new JsonObject()), field);

        // Then
        assertThat(field.errors()).anyMatch(error -> error.contains(rule));
    }
}
