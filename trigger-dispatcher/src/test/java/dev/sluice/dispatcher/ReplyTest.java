/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher;

import static dev.sluice.dispatcher.DispatcherFixture.delivery;
import static dev.sluice.dispatcher.DispatcherFixture.trigger;
import static dev.sluice.dispatcher.DispatcherFixture.withFilter;
import static dev.sluice.dispatcher.DispatcherFixture.withReply;
import static dev.sluice.dispatcher.DispatcherFixture.withSink;
import static dev.sluice.dispatcher.DispatcherFixture.withTimeout;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.channel.ChannelException.Kind;
import dev.sluice.api.event.Extensions;
import dev.sluice.api.filter.Filter;
import dev.sluice.api.ledger.End;
import dev.sluice.api.routing.TriggerRoute;
import dev.sluice.api.routing.TriggerRoute.ReplyPolicy;
import dev.sluice.dispatcher.send.FailureKind;
import dev.sluice.testkit.Answer;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.Received;
import dev.sluice.testkit.RecordingSubscriber;
import io.cloudevents.CloudEvent;
import io.cloudevents.SpecVersion;
import io.cloudevents.core.builder.CloudEventBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReplyTest {

    @RegisterExtension
    final DispatcherFixture dispatcher = new DispatcherFixture();

    @RegisterExtension
    final RecordingSubscriber subscriber = RecordingSubscriber.start();

    @RegisterExtension
    final RecordingSubscriber next = RecordingSubscriber.start();

    /** Gets requests, and what it answers goes to {@link #answers()}. */
    private TriggerRoute requests() {
        return withFilter(
                trigger("requests", subscriber.uri(), delivery()), new Filter.Exact(Map.of("type", "request")));
    }

    private TriggerRoute answers() {
        return withFilter(trigger("answers", next.uri(), delivery()), new Filter.Exact(Map.of("type", "answer")));
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 201, 202, 204, 299})
    void an_event_in_any_2xx_enters_the_broker(int status) {
        // Given
        String head = "HTTP/1.1 " + status + " Fine\r\nce-specversion: 1.0\r\nce-id: r1\r\nce-type: answer\r\n"
                + "ce-source: /me\r\n";
        subscriber.answer(
                status == 204
                        ? Answer.raw(head + "\r\n")
                        : Answer.raw(head + "content-type: text/plain\r\ncontent-length: 2\r\n\r\nhi"));
        dispatcher.apply(requests(), answers());

        // When
        dispatcher.append(Events.of("1", "request"));

        // Then
        dispatcher.awaitEnded("answers", End.DELIVERED, 1);
        assertThat(next.ids()).containsExactly("r1");
        assertThat(dispatcher.stats("requests").replies()).isEqualTo(1);
        assertThat(dispatcher.ended("requests", End.DELIVERED)).isEqualTo(1);
        dispatcher.verifyNothingLeft();
    }

    @Test
    void a_structured_reply_enters_the_broker() {
        // Given
        subscriber.answer(
                Answer.ok()
                        .withBody(
                                "application/cloudevents+json",
                                "{\"specversion\":\"1.0\",\"id\":\"r1\",\"type\":\"answer\",\"source\":\"/me\",\"data\":1.10}"));
        dispatcher.apply(requests(), answers());

        // When
        dispatcher.append(Events.of("1", "request"));

        // Then
        dispatcher.awaitEnded("answers", End.DELIVERED, 1);
        assertThat(next.last().body().toString()).isEqualTo("1.10");
    }

    @Test
    void a_reply_keeps_its_specversion() {
        // Given
        subscriber.answer(Answer.reply(Events.EVERY_ATTRIBUTE_V03));
        dispatcher.apply(
                requests(),
                withFilter(
                        trigger("old", next.uri(), delivery()),
                        new Filter.Exact(Map.of("type", Events.EVERY_ATTRIBUTE_V03.getType()))));

        // When
        dispatcher.append(Events.of("1", "request"));

        // Then
        dispatcher.awaitEnded("old", End.DELIVERED, 1);
        assertThat(next.last().requireEvent().getSpecVersion()).isEqualTo(SpecVersion.V03);
    }

    @Test
    void a_reply_goes_on_with_the_loop_count_of_what_it_answers_whatever_it_claims() {
        // Given
        subscriber.answer(Answer.reply(Extensions.with(Events.of("r1", "answer"), "knativebrokerttl", 200)));
        dispatcher.apply(requests(), answers());

        // When
        dispatcher.append(Extensions.with(Events.of("1", "request"), "knativebrokerttl", 9));

        // Then
        dispatcher.awaitEnded("answers", End.DELIVERED, 1);
        assertThat(next.last().header("sluice-ttl")).contains("8");
        assertThat(next.last().header("ce-knativearrivaltime")).isPresent();
    }

    @Test
    void a_loop_ends_when_its_count_is_used_up() {
        // Given
        AtomicInteger replies = new AtomicInteger();
        subscriber.answerBy(request -> Answer.reply(Events.of("r" + replies.incrementAndGet(), "request")));
        dispatcher.apply(withFilter(
                trigger("requests", subscriber.uri(), withSink(delivery(), next.uri())),
                new Filter.Exact(Map.of("type", "request"))));

        // When
        dispatcher.append(Extensions.with(Events.of("1", "request"), "knativebrokerttl", 5));

        // Then
        dispatcher.awaitEnded("requests", End.DEAD_LETTERED, 1);
        dispatcher.verifyNothingLeft();
        assertThat(dispatcher.ended("requests", End.DELIVERED)).isEqualTo(4);
        assertThat(subscriber.count()).isEqualTo(5);
        assertThat(next.last().header("ce-knativeerrordest"))
                .contains(subscriber.uri().toString());
    }

    // ---- what is no reply ---------------------------------------------------------------------------------------

    @Test
    void a_body_without_a_claim_is_delivered_and_shown() {
        // Given
        subscriber.answer(Answer.ok().withBody("text/plain", "thanks\u0007 a lot"));
        dispatcher.apply(requests());

        // When
        dispatcher.append(Events.of("1", "request"));

        // Then
        dispatcher.awaitEnded("requests", End.DELIVERED, 1);
        assertThat(dispatcher.stats("requests").unusableReplies()).isEqualTo(1);
        assertThat(dispatcher
                        .stats("requests")
                        .lastUnusableReply()
                        .orElseThrow()
                        .text())
                .contains("200", "text/plain", "thanks")
                .doesNotContain("\u0007");
        dispatcher.verifyNothingLeft();
    }

    @Test
    void a_strict_trigger_takes_a_body_without_a_claim_for_a_failure() {
        // Given
        subscriber.answer(Answer.ok().withBody("text/plain", "thanks"));
        dispatcher.apply(
                withReply(trigger("strict", subscriber.uri(), withSink(delivery(2), next.uri())), ReplyPolicy.STRICT));

        // When
        dispatcher.append(Events.MINIMAL);

        // Then
        dispatcher.awaitEnded("strict", End.DEAD_LETTERED, 1);
        assertThat(subscriber.count()).isEqualTo(3);
        assertThat(dispatcher.stats("strict").lastFailure().orElseThrow().text())
                .contains("strict", "thanks");
    }

    @Test
    void an_ignoring_trigger_takes_any_2xx_for_delivered() {
        // Given
        subscriber.answerNext(
                Answer.reply(Events.of("r1", "answer")),
                Answer.ok().withBody("text/plain", "thanks"),
                Answer.ok().withHeader("ce-specversion", "1.0"),
                Answer.closeMidway());
        dispatcher.apply(withReply(trigger("ignore", subscriber.uri(), delivery(0)), ReplyPolicy.IGNORE), answers());

        // When
        dispatcher.append(Events.numbered("e", 4));

        // Then
        dispatcher.awaitEnded("ignore", End.DELIVERED, 4);
        dispatcher.verifyNothingLeft();
        assertThat(dispatcher.stats("ignore").replies()).isZero();
        assertThat(dispatcher.stats("ignore").unusableReplies()).isZero();
        assertThat(next.count()).isZero();
    }

    static Stream<Named<Answer>> malformed() {
        String event = "{\"specversion\":\"1.0\",\"id\":\"1\",\"type\":\"t\",\"source\":\"/s\"}";
        return Stream.of(
                Named.of(
                        "no id",
                        Answer.ok()
                                .withHeader("ce-specversion", "1.0")
                                .withHeader("ce-type", "t")
                                .withHeader("ce-source", "/s")),
                Named.of(
                        "unknown specversion", Answer.reply(Events.of("r", "t")).withHeader("ce-specversion", "9.9")),
                Named.of("no JSON", Answer.ok().withBody("application/cloudevents+json", "{\"specversion")),
                Named.of("empty JSON event", Answer.ok().withHeader("content-type", "application/cloudevents+json")),
                Named.of(
                        "a batch",
                        Answer.ok().withBody("application/cloudevents-batch+json", "[" + event + "," + event + "]")));
    }

    @ParameterizedTest
    @MethodSource("malformed")
    void a_malformed_reply_is_a_failed_delivery(Answer answer) {
        // Given
        subscriber.answer(answer);
        dispatcher.apply(trigger("all", subscriber.uri(), withSink(delivery(1), next.uri())));

        // When
        dispatcher.append(Events.MINIMAL);

        // Then
        dispatcher.awaitEnded("all", End.DEAD_LETTERED, 1);
        assertThat(subscriber.count()).isEqualTo(2);
        assertThat(next.last().header("ce-knativeerrorcode")).contains("200");
        dispatcher.verifyNothingLeft();
    }

    @Test
    void a_reply_over_the_limit_is_a_failed_delivery_and_one_at_the_limit_is_not() {
        // Given
        dispatcher.with(settings -> settings.withMaxReplySize(1000));
        subscriber.answerNext(Answer.reply(Events.ofSize("big", 1001)), Answer.reply(Events.ofSize("fits", 1000)));
        dispatcher.apply(withReply(
                withFilter(trigger("requests", subscriber.uri(), delivery(1)), new Filter.Exact(Map.of("id", "1"))),
                ReplyPolicy.DEFAULT));

        // When
        dispatcher.append(Events.of("1", "request"));

        // Then
        dispatcher.awaitEnded("requests", End.DELIVERED, 1);
        assertThat(dispatcher.stats("requests").replies()).isEqualTo(1);
        assertThat(dispatcher.stats("requests").lastFailure().orElseThrow().text())
                .contains("more than 1000 bytes");
        dispatcher.verifyNothingLeft();
    }

    @Test
    void an_endless_reply_is_cut_off_at_the_limit() {
        // Given
        dispatcher.with(settings -> settings.withMaxReplySize(100_000));
        subscriber.answerNext(Answer.endless(200)
                .withHeader("ce-specversion", "1.0")
                .withHeader("ce-id", "r")
                .withHeader("ce-type", "t")
                .withHeader("ce-source", "/s"));
        dispatcher.apply(trigger("all", subscriber.uri(), delivery(1)));

        // When
        dispatcher.append(Events.MINIMAL);

        // Then
        dispatcher.awaitEnded("all", End.DELIVERED, 1);
        assertThat(subscriber.count()).isEqualTo(2);
        assertThat(dispatcher.stats("all").lastFailure().orElseThrow().text()).contains("more than 100000 bytes");
        await().until(() -> subscriber.inProgress() == 0);
        assertThat(subscriber.poured()).isLessThan(DispatcherFixture.BUFFERS_OF_THE_SYSTEM);
        dispatcher.verifyNothingLeft();
    }

    @Test
    void a_reply_that_drips_ends_with_the_timeout() {
        // Given
        subscriber.answerNext(Answer.reply(Events.ofSize("r", 1000)).dripping(Duration.ofMillis(20)));
        dispatcher.apply(trigger("all", subscriber.uri(), withTimeout(delivery(1), Duration.ofSeconds(1))));

        // When
        dispatcher.append(Events.MINIMAL);

        // Then
        dispatcher.awaitEnded("all", End.DELIVERED, 1);
        assertThat(dispatcher.stats("all").lastFailure().orElseThrow().text()).contains("did not end its answer");
        dispatcher.verifyNothingLeft();
    }

    // ---- when the channel does not take a reply -----------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(strings = {"FULL", "UNAVAILABLE", "CLOSED"})
    void a_reply_that_could_not_be_kept_is_appended_again_and_never_asked_for_again(String kind) {
        // Given
        dispatcher.channel().refuseReplies(5, Kind.valueOf(kind));
        subscriber.answer(Answer.reply(Events.of("r1", "answer")));
        dispatcher.apply(requests(), answers());

        // When
        dispatcher.append(Events.of("1", "request"));

        // Then
        dispatcher.awaitEnded("answers", End.DELIVERED, 1);
        assertThat(dispatcher.channel().refused()).isEqualTo(5);
        assertThat(subscriber.count()).isEqualTo(1);
        assertThat(next.count()).isEqualTo(1);
        dispatcher.verifyNothingLeft();
    }

    @Test
    void a_subscriber_whose_replies_find_no_room_in_the_channel_is_not_taken_for_broken() {
        // Given
        dispatcher.channel().refuseReplies(100, Kind.FULL);
        subscriber.answer(Answer.reply(Events.of("r1", "answer")));
        dispatcher.apply(DispatcherFixture.withPacing(requests(), DispatcherFixture.BREAKING));

        // When
        dispatcher.append(numbered("e", 20, "request"));

        // Then
        await().until(() -> dispatcher.channel().refused() == 100);
        assertThat(dispatcher.stats("requests").hold()).isEmpty();
        dispatcher.awaitEnded("requests", End.DELIVERED, 20);
        assertThat(subscriber.count()).isEqualTo(20);
        dispatcher.verifyNothingLeft();
    }

    @Test
    void replies_that_wait_for_room_keep_their_places_in_flight() {
        // Given
        dispatcher.with(settings -> settings.withMaxInFlight(2));
        dispatcher.channel().refuseReplies(20, Kind.FULL);
        subscriber.answer(Answer.reply(Events.of("r1", "answer")));
        dispatcher.apply(requests());

        // When
        dispatcher.append(Events.of("1", "request"), Events.of("2", "request"), Events.of("3", "request"));
        await().until(() -> dispatcher.channel().refused() >= 6);

        // Then
        assertThat(subscriber.count()).isEqualTo(2);
        dispatcher.awaitEnded("requests", End.DELIVERED, 3);
        dispatcher.verifyNothingLeft();
    }

    @Test
    void a_reply_that_can_never_be_kept_goes_to_the_dead_letter_sink() {
        // Given
        dispatcher.channel().refuseReplies(1, Kind.TOO_LARGE);
        subscriber.answer(Answer.reply(Events.of("r1", "answer")));
        dispatcher.apply(trigger("all", subscriber.uri(), withSink(delivery(), next.uri())));

        // When
        dispatcher.append(Events.MINIMAL);

        // Then
        dispatcher.awaitEnded("all", End.DEAD_LETTERED, 1);
        assertThat(subscriber.count()).isEqualTo(1);
        assertThat(next.requests()).extracting(Received::eventId).containsExactly(Events.MINIMAL.getId());
        dispatcher.verifyNothingLeft();
    }

    // ---- room -------------------------------------------------------------------------------------------------------

    private static CloudEvent answerOf(int bytes) {
        return CloudEventBuilder.v1(Events.of("r", "answer"))
                .withData("application/octet-stream", new byte[bytes])
                .build();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void replies_for_which_there_is_no_room_at_first_are_kept_in_the_end(boolean lengthKnown) {
        // Given: room for one at a time, or for the beginnings of a few
        dispatcher.with(settings -> settings.withReplyMemory(200_000).withMaxReplySize(150_000));
        Answer answer = Answer.reply(answerOf(120_000));
        subscriber.answer(lengthKnown ? answer : answer.inPieces());
        dispatcher.apply(requests());

        // When
        List<CloudEvent> events = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            events.add(Events.of("e" + i, "request"));
        }
        dispatcher.append(events);

        // Then
        dispatcher.awaitEnded("requests", End.DELIVERED, 40);
        assertThat(dispatcher.stats("requests").replies()).isEqualTo(40);
        assertThat(subscriber.count()).isEqualTo(40);
        dispatcher.verifyNothingLeft();
    }

    @Test
    void a_subscriber_that_drips_its_replies_takes_no_room_from_another() {
        // Given
        dispatcher.with(settings -> settings.withReplyMemory(200_000).withMaxReplySize(100_000));
        subscriber.answer(Answer.reply(answerOf(1_000)).dripping(Duration.ofMinutes(1)));
        next.answer(Answer.reply(answerOf(60_000)));
        dispatcher.apply(
                withFilter(
                        trigger("drips", subscriber.uri(), withTimeout(delivery(0), Duration.ofSeconds(4))),
                        new Filter.Exact(Map.of("type", "request"))),
                withFilter(trigger("quick", next.uri(), delivery()), new Filter.Exact(Map.of("type", "other"))));
        for (int i = 0; i < 5; i++) {
            dispatcher.append(Events.of("d" + i, "request"));
        }
        await().until(() -> subscriber.inProgress() == 5);

        // When
        for (int i = 0; i < 20; i++) {
            dispatcher.append(Events.of("q" + i, "other"));
        }

        // Then
        dispatcher.awaitEnded("quick", End.DELIVERED, 20);
        assertThat(next.count()).as("requests, none of which timed out").isEqualTo(20);
        dispatcher.awaitEnded("drips", End.PARKED, 5);
        assertThat(dispatcher.parked())
                .extracting(parked -> parked.cause().message())
                .anySatisfy(message -> assertThat(message).contains("did not end its answer within"))
                .anySatisfy(message -> assertThat(message).contains("no room").contains("--reply-memory"));
    }

    @Test
    void a_subscriber_whose_replies_find_no_room_in_memory_is_not_taken_for_broken() {
        // Given: room for one reply, which one takes that does not end
        dispatcher.with(settings -> settings.withReplyMemory(1_000).withMaxReplySize(1_000));
        subscriber.answer(Answer.reply(answerOf(1_000)).dripping(Duration.ofMinutes(1)));
        next.answer(Answer.reply(answerOf(900)));
        dispatcher.apply(
                withFilter(
                        trigger("drips", subscriber.uri(), withTimeout(delivery(0), Duration.ofMinutes(5))),
                        new Filter.Exact(Map.of("type", "request"))),
                DispatcherFixture.withPacing(
                        withFilter(
                                trigger("replies", next.uri(), withTimeout(delivery(0), Duration.ofSeconds(1))),
                                new Filter.Exact(Map.of("type", "other"))),
                        DispatcherFixture.BREAKING));
        dispatcher.append(Events.of("d", "request"));
        AtomicInteger before = new AtomicInteger();
        await("the room is taken").until(() -> {
            dispatcher.append(Events.of("before" + before.incrementAndGet(), "other"));
            return dispatcher.ended("replies", End.PARKED) > 0;
        });

        // When
        dispatcher.append(numbered("e", 20, "other"));

        // Then
        await().until(() -> dispatcher.parked().stream()
                        .filter(parked -> parked.event().getId().startsWith("e"))
                        .count()
                == 20);
        assertThat(dispatcher.stats("replies").hold()).isEmpty();
        assertThat(dispatcher.parked())
                .allSatisfy(parked -> assertThat(parked.cause().kind()).isEqualTo(FailureKind.NO_ROOM_FOR_REPLY));
    }

    private static List<CloudEvent> numbered(String prefix, int count, String type) {
        List<CloudEvent> events = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            events.add(Events.of(prefix + i, type));
        }
        return events;
    }
}
