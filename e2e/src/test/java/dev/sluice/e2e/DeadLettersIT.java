/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.e2e.SluiceProcess.Finished;
import dev.sluice.testkit.Answer;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.RecordingSubscriber;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Events that can't be delivered are parked, and people can look at them, send them again and discard them. */
final class DeadLettersIT {

    @RegisterExtension
    static final Sluice sluice = Sluice.start();

    @RegisterExtension
    final RecordingSubscriber subscriber = RecordingSubscriber.start();

    private final String namespace = Sluice.namespace();

    // ---- set up -----------------------------------------------------------------------------------------------------

    /** Without a breaker, which would have a subscriber that is down wait for its dead letters one by one. */
    private String trigger(String name, URI to, String... more) {
        List<String> lines = new ArrayList<>(List.of("delivery:", "  retry: 1", "  backoffDelay: PT0.01S"));
        lines.addAll(List.of(more));
        return Manifests.annotated(
                Manifests.trigger(namespace, name, to, lines.toArray(String[]::new)), "sluice.dev/breaker: \"off\"");
    }

    /** Parks so many events of the trigger {@code orders}, whose subscriber answers 503. */
    private void park(int events) {
        subscriber.answer(Answer.status(503).withBody("text/plain", "closed"));
        sluice.apply(namespace, trigger("orders", subscriber.uri()));
        for (CloudEvent event : Events.numbered(namespace + "-", events)) {
            sluice.send(namespace, event);
        }
        awaitParked(events);
    }

    private void awaitParked(int events) {
        await().atMost(Sluice.PATIENCE).until(() -> items().size() == events);
    }

    private String broker() {
        return namespace + "/default";
    }

    private List<JsonNode> items(String... query) {
        return items(list("?broker=" + broker() + String.join("", query)));
    }

    private static List<JsonNode> items(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        List<JsonNode> items = new ArrayList<>();
        Sluice.json(response).path("items").forEach(items::add);
        return items;
    }

    private static HttpResponse<String> list(String query) {
        return sluice.get(sluice.process().admin("/api/v1/dead-letters" + query));
    }

    private static HttpResponse<String> post(String path, String body) {
        return post(sluice, path, body);
    }

    private static HttpResponse<String> post(Sluice to, String path, String body) {
        return to.exchange(HttpRequest.newBuilder(to.process().admin("/api/v1/dead-letters" + path))
                .timeout(Sluice.PATIENCE)
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build());
    }

    private static Finished command(String... words) {
        return SluiceProcess.run(words(words));
    }

    private static String[] words(String... words) {
        List<String> all = new ArrayList<>(List.of("dead-letters"));
        all.addAll(Arrays.asList(words));
        all.addAll(List.of("--admin-url", sluice.process().admin("").toString()));
        return all.toArray(String[]::new);
    }

    // ---- looking ----------------------------------------------------------------------------------------------------

    @Test
    void a_parked_event_is_listed_with_all_that_is_known_of_its_failure() {
        // Given
        Instant before = Instant.now();
        subscriber.answer(Answer.status(503).withBody("text/plain", "closed for today"));
        sluice.apply(namespace, trigger("orders", subscriber.uri("/in")));

        // When
        sluice.send(namespace, Events.EVERY_ATTRIBUTE);
        awaitParked(1);

        // Then
        JsonNode item = items().get(0);
        assertThat(item.path("id").asText()).isNotBlank().isNotEqualTo(Events.EVERY_ATTRIBUTE.getId());
        assertThat(item.path("broker").asText()).isEqualTo(broker());
        assertThat(item.path("trigger").asText()).isEqualTo(namespace + "/orders");
        assertThat(item.path("event").path("specversion").asText()).isEqualTo("1.0");
        assertThat(item.path("event").path("id").asText()).isEqualTo(Events.EVERY_ATTRIBUTE.getId());
        assertThat(item.path("event").path("subject").asText()).isEqualTo(Events.EVERY_ATTRIBUTE.getSubject());
        assertThat(item.path("reason").asText()).isEqualTo("unavailable");
        assertThat(item.path("code").asInt()).isEqualTo(503);
        assertThat(item.path("attempts").asInt()).isEqualTo(2);
        assertThat(Instant.parse(item.path("firstAttempt").asText())).isAfter(before.minusMillis(1));
        assertThat(Instant.parse(item.path("lastAttempt").asText()))
                .isAfter(Instant.parse(item.path("firstAttempt").asText()));
        assertThat(item.path("response").path("body").asText()).isEqualTo("closed for today");
        assertThat(sluice.meter("sluice_dead_letters", "namespace=\"" + namespace + "\""))
                .isEqualTo(1);
    }

    @Test
    void without_an_answer_there_is_neither_code_nor_response() {
        // Given
        sluice.apply(namespace, trigger("orders", URI.create("http://127.0.0.1:1/")));

        // When
        sluice.send(namespace, Events.MINIMAL);
        awaitParked(1);

        // Then
        JsonNode item = items().get(0);
        assertThat(item.path("reason").asText()).isEqualTo("no-connection");
        assertThat(item.path("code").isNull()).isTrue();
        assertThat(item.path("response").isNull()).isTrue();
    }

    @Test
    void a_list_comes_in_pages() {
        // Given
        park(5);

        // When
        List<String> ids = new ArrayList<>();
        String after = "";
        int pages = 0;
        do {
            JsonNode page = Sluice.json(list("?broker=" + broker() + "&limit=2" + after));
            page.path("items")
                    .forEach(item -> ids.add(item.path("event").path("id").asText()));
            after = page.path("next").isNull()
                    ? ""
                    : "&after=" + page.path("next").asText();
            pages++;
        } while (!after.isEmpty());

        // Then
        assertThat(pages).isEqualTo(3);
        assertThat(ids)
                .containsExactlyInAnyOrderElementsOf(Events.numbered(namespace + "-", 5).stream()
                        .map(CloudEvent::getId)
                        .toList());
    }

    @Test
    void a_list_is_narrowed_by_every_condition() {
        // Given
        subscriber.answerBy(
                request -> request.requireEvent().getType().equals("a") ? Answer.status(503) : Answer.status(400));
        sluice.apply(namespace, trigger("one", subscriber.uri()), trigger("two", subscriber.uri()));
        sluice.send(
                namespace,
                CloudEventBuilder.v1(Events.withId("1")).withType("a").build());
        sluice.send(
                namespace,
                CloudEventBuilder.v1(Events.withId("2")).withType("b").build());
        awaitParked(4);
        String future = Instant.now().plusSeconds(60).toString();

        // Then
        assertThat(items("&trigger=" + namespace + "/one")).hasSize(2);
        assertThat(items("&code=503")).hasSize(2);
        assertThat(items("&code=none")).isEmpty();
        assertThat(items("&since=" + future)).isEmpty();
        assertThat(items("&until=" + future)).hasSize(4);
        assertThat(items("&filter=type%20%3D%20%27a%27&trigger=" + namespace + "/two"))
                .hasSize(1);
        assertThat(items("&id=" + items().get(0).path("id").asText())).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "?broker=nowhere/none | there is no Broker nowhere/none",
                "?broker=a/b/c | broker \"a/b/c\" is no name",
                "?trigger=nowhere/none | there is no Trigger nowhere/none",
                "?since=yesterday | since \"yesterday\" is no time",
                "?until=2026-02-30T00:00:00Z | until \"2026-02-30T00:00:00Z\" is no time",
                "?code=abc | code \"abc\" is no status code",
                "?limit=0 | limit \"0\" is no whole number from 1 to 1000",
                "?filter=type%20%3D | at line 1, column 7",
                "?brocker=a/b | did you mean broker?",
            })
    void a_selection_that_makes_no_sense_is_refused_with_what_would(String query, String said) {
        // When
        HttpResponse<String> response = list(query);

        // Then
        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        assertThat(Sluice.json(response).path("error").asText()).contains(said);
        assertThat(Sluice.json(response).path("remedy").asText()).isNotBlank();
    }

    // ---- again ------------------------------------------------------------------------------------------------------

    @Test
    void a_redrive_sends_to_the_trigger_that_failed_alone_and_keeps_the_event_as_it_is() {
        // Given
        var healthy = RecordingSubscriber.start();
        var mended = RecordingSubscriber.start();
        try {
            subscriber.answer(Answer.status(400));
            sluice.apply(namespace, trigger("orders", subscriber.uri()), trigger("other", healthy.uri()));
            sluice.send(namespace, Events.EVERY_ATTRIBUTE);
            awaitParked(1);
            sluice.write(
                    namespace + ".yaml",
                    Manifests.broker(namespace, "default"),
                    trigger("orders", mended.uri()),
                    trigger("other", healthy.uri()));
            await().atMost(Sluice.PATIENCE)
                    .until(() -> sluice.resource("triggers", namespace, "orders")
                            .path("status")
                            .path("subscriberUri")
                            .asText()
                            .equals(mended.uri().toString()));

            // When
            Finished finished = command("redrive", "--trigger", namespace + "/orders");

            // Then
            assertThat(finished.status()).as(finished.stderr()).isZero();
            assertThat(finished.stdout()).contains("1 dead letter: 1 delivered");
            CloudEvent redriven = mended.requests().get(0).requireEvent();
            assertThat(redriven.getId()).isEqualTo(Events.EVERY_ATTRIBUTE.getId());
            assertThat(redriven.getTime()).isEqualTo(Events.EVERY_ATTRIBUTE.getTime());
            assertThat(healthy.count()).isEqualTo(1);
            assertThat(subscriber.count()).isEqualTo(1);
            assertThat(items()).isEmpty();
        } finally {
            healthy.close();
            mended.close();
        }
    }

    @Test
    void a_new_failure_updates_the_same_dead_letter() {
        // Given
        park(1);
        String id = items().get(0).path("id").asText();
        subscriber.answer(Answer.status(403));

        // When
        Finished finished = command("redrive", id);

        // Then
        assertThat(finished.status()).isEqualTo(1);
        assertThat(finished.stdout()).contains("1 failed again and stay parked");
        JsonNode item = items().get(0);
        assertThat(item.path("id").asText()).isEqualTo(id);
        assertThat(item.path("code").asInt()).isEqualTo(403);
        assertThat(item.path("attempts").asInt()).isEqualTo(3);
        assertThat(subscriber.count()).isEqualTo(3);
    }

    @Test
    void a_redrive_that_is_stopped_leaves_the_rest_parked_and_another_goes_on_without_gaps() {
        // Given
        park(40);
        subscriber.answer(Answer.ok());
        long before = subscriber.count();

        // When
        JsonNode begun = Sluice.json(post("/redrive", "{\"broker\": \"" + broker() + "\", \"rate\": 5}"));
        String path = "/redrives/" + begun.path("id").asText();
        await().atMost(Sluice.PATIENCE).until(() -> subscriber.count() >= before + 5);
        sluice.exchange(HttpRequest.newBuilder(sluice.process().admin("/api/v1/dead-letters" + path))
                .DELETE()
                .build());
        await().atMost(Sluice.PATIENCE)
                .until(() -> Sluice.json(list(path)).path("state").asText().equals("stopped"));

        // Then
        assertThat(begun.path("selected").asInt()).isEqualTo(40);
        int left = items().size();
        assertThat(left).isBetween(1, 35);
        assertThat(Sluice.json(list(path)).path("delivered").asInt()).isEqualTo(40 - left);

        // When
        Finished finished = command("redrive", "--broker", broker());

        // Then
        assertThat(finished.status()).as(finished.stderr()).isZero();
        assertThat(items()).isEmpty();
        List<String> delivered = subscriber.requests().stream()
                .skip(before)
                .map(request -> request.eventId())
                .toList();
        assertThat(delivered)
                .doesNotHaveDuplicates()
                .containsExactlyInAnyOrderElementsOf(Events.numbered(namespace + "-", 40).stream()
                        .map(CloudEvent::getId)
                        .toList());
    }

    @Test
    void two_redrives_of_the_same_selection_send_nothing_twice() {
        // Given
        park(30);
        long before = subscriber.count();
        subscriber.answer(Answer.ok()).hold();

        // When
        String body = "{\"broker\": \"" + broker() + "\"}";
        assertThat(post("/redrive", body).statusCode()).isEqualTo(202);
        assertThat(post("/redrive", body).statusCode()).isEqualTo(202);
        await().atMost(Sluice.PATIENCE).until(() -> subscriber.heldCount() == 30);
        subscriber.release();

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> items().isEmpty());
        assertThat(subscriber.count()).isEqualTo(before + 30);
    }

    @Test
    void what_a_deleted_trigger_could_not_deliver_is_refused_and_can_be_discarded() {
        // Given
        park(2);
        sluice.apply(namespace);
        await().atMost(Sluice.PATIENCE)
                .until(() -> sluice.resource("triggers", namespace, "orders").isMissingNode());

        // When
        Finished redrive = command("redrive", "--trigger", namespace + "/orders");

        // Then
        assertThat(redrive.status()).isEqualTo(1);
        assertThat(redrive.stderr()).contains("Trigger " + namespace + "/orders", "not there any more", "discard");
        assertThat(items()).hasSize(2);

        // When
        Finished discard = command("discard", "--trigger", namespace + "/orders");

        // Then
        assertThat(discard.status()).isZero();
        assertThat(discard.stdout()).contains("2 dead letters discarded");
        assertThat(items()).isEmpty();
    }

    @Test
    void a_trigger_of_the_same_name_does_not_get_the_dead_letters_of_the_one_before() {
        // Given
        park(1);
        sluice.apply(namespace);
        await().atMost(Sluice.PATIENCE)
                .until(() -> sluice.resource("triggers", namespace, "orders").isMissingNode());
        sluice.apply(namespace, trigger("orders", subscriber.uri()));

        // When
        HttpResponse<String> response = post("/redrive", "{\"trigger\": \"" + namespace + "/orders\"}");

        // Then
        assertThat(response.statusCode()).isEqualTo(409);
        assertThat(subscriber.count()).isEqualTo(2);
        assertThat(items()).hasSize(1);
    }

    // ---- throwing away ----------------------------------------------------------------------------------------------

    @Test
    void a_dry_run_says_how_many_and_does_nothing() {
        // Given
        park(3);

        // When
        Finished redrive = command("redrive", "--broker", broker(), "--dry-run");
        Finished discard = command("discard", "--broker", broker(), "--dry-run");

        // Then
        assertThat(redrive.stdout()).contains("3 dead letters would be sent again");
        assertThat(discard.stdout()).contains("3 dead letters would be discarded");
        assertThat(items()).hasSize(3);
        assertThat(subscriber.count()).isEqualTo(6);
    }

    @Test
    void discarding_needs_a_selection_or_the_word_all() {
        // Given
        park(1);

        // When
        HttpResponse<String> response = post("/discard", "{}");
        Finished finished = command("discard");

        // Then
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(Sluice.json(response).path("remedy").asText()).contains("\"all\": true");
        assertThat(finished.status()).isEqualTo(2);
        assertThat(finished.stderr()).contains("--all");
        assertThat(items()).hasSize(1);
    }

    @Test
    void what_is_discarded_counts_in_the_ledger_of_its_trigger() {
        // Given
        park(2);
        String mine = "namespace=\"" + namespace + "\"";

        // When
        HttpResponse<String> response = post("/discard", "{\"broker\": \"" + broker() + "\", \"code\": 503}");

        // Then
        assertThat(Sluice.json(response).path("discarded").asInt()).isEqualTo(2);
        await().atMost(Sluice.PATIENCE)
                .until(() -> sluice.meter("sluice_trigger_ended_total", mine, "end=\"discarded\"") == 2);
        assertThat(sluice.meter("sluice_trigger_matched_total", mine)
                        + sluice.meter("sluice_trigger_taken_over_total", mine))
                .isEqualTo(sluice.meter("sluice_trigger_ended_total", mine));
        assertThat(sluice.meter("sluice_ledger_difference", mine)).isZero();
    }

    @Test
    void one_that_is_named_by_its_id_goes_and_the_others_stay() {
        // Given
        park(3);
        List<String> ids =
                items().stream().map(item -> item.path("id").asText()).toList();

        // When
        HttpResponse<String> one = post("/discard", "{\"id\": \"" + ids.get(0) + "\"}");
        HttpResponse<String> none = post("/discard", "{\"id\": []}");
        HttpResponse<String> other = post("/discard", "{\"id\": [\"" + ids.get(1) + "\"]}");

        // Then
        assertThat(Sluice.json(one).path("discarded").asInt()).isEqualTo(1);
        assertThat(none.statusCode()).isEqualTo(400);
        assertThat(Sluice.json(other).path("discarded").asInt()).isEqualTo(1);
        assertThat(items()).extracting(item -> item.path("id").asText()).containsExactly(ids.get(2));
    }

    // ---- no room ----------------------------------------------------------------------------------------------------

    @Test
    void without_room_who_would_park_pauses_and_says_so_and_a_discard_lets_it_go_on() {
        // Given: one request at a time, so that it is known how many events have failed and not found room
        int events = 60;
        subscriber.answer(Answer.status(400));
        String parks = Manifests.annotated(
                Manifests.trigger(namespace, "parks", subscriber.uri()), "sluice.dev/max-in-flight: \"1\"");
        try (Sluice small = Sluice.start("--dead-letter-capacity", "64KiB");
                RecordingSubscriber healthy = RecordingSubscriber.start()) {
            small.apply(namespace, parks, Manifests.trigger(namespace, "healthy", healthy.uri()));

            // When: twice as much as there is room for, and more
            for (int i = 0; i < events; i++) {
                small.send(namespace, Events.ofSize(namespace + "-" + i, 3_000));
            }

            // Then
            await().atMost(Sluice.PATIENCE)
                    .until(() -> small.condition("triggers", namespace, "parks", "Delivering")
                            .path("reason")
                            .asText()
                            .equals("DeadLetterStoreFull"));
            assertThat(small.condition("triggers", namespace, "parks", "Delivering")
                            .path("status")
                            .asText())
                    .isEqualTo("False");
            assertThat(small.ready("triggers", namespace, "parks")).isEqualTo("True");
            assertThat(small.meter("sluice_trigger_parking_blocked", "trigger=\"parks\""))
                    .isEqualTo(1);
            await().atMost(Sluice.PATIENCE).until(() -> healthy.count() == events);
            assertThat(healthy.ids()).doesNotHaveDuplicates();
            int parked = (int) small.meter("sluice_dead_letters");
            assertThat(parked).isBetween(1, events - 2);
            assertThat(subscriber.count()).isEqualTo(parked + 1);

            // When
            subscriber.answer(Answer.ok());
            HttpResponse<String> response = post(small, "/discard", "{\"trigger\": \"" + namespace + "/parks\"}");

            // Then: the one that found no room is parked, and the others are delivered
            assertThat(Sluice.json(response).path("discarded").asInt()).isEqualTo(parked);
            CounterLaw.awaitSettled(small, namespace);
            assertThat(small.meter("sluice_dead_letters")).isEqualTo(1);
            assertThat(subscriber.ids()).hasSize(events).doesNotHaveDuplicates();
            assertThat(small.meter("sluice_trigger_parking_blocked")).isZero();
            await().atMost(Sluice.PATIENCE)
                    .until(() -> small.condition("triggers", namespace, "parks", "Delivering")
                            .path("status")
                            .asText()
                            .equals("True"));
        }
    }

    // ---- the command ------------------------------------------------------------------------------------------------

    @Test
    void the_command_lists_and_shows() {
        // Given
        park(2);
        String id = items().get(0).path("id").asText();

        // When
        Finished list = command("list", "--broker", broker(), "--since", "1h");
        Finished show = command("show", id);

        // Then
        assertThat(list.status()).as(list.stderr()).isZero();
        assertThat(list.stdout().lines()).hasSize(3).first().asString().startsWith("ID ");
        assertThat(list.stdout()).contains(id, namespace + "/orders", "503", "unavailable");
        assertThat(show.stdout()).contains(id, "closed", "\"specversion\": \"1.0\"");
    }

    @Test
    void the_command_selects_by_every_condition() {
        // Given: two that failed in different ways
        subscriber.answerBy(
                request -> request.requireEvent().getType().equals("a") ? Answer.status(503) : Answer.status(400));
        sluice.apply(namespace, trigger("orders", subscriber.uri()));
        for (String type : List.of("a", "b")) {
            sluice.send(
                    namespace,
                    CloudEventBuilder.v1(Events.withId(type)).withType(type).build());
        }
        awaitParked(2);
        String first = items("&code=503").get(0).path("id").asText();
        String second = items("&code=400").get(0).path("id").asText();

        // Then
        assertThat(command("list", "--broker", broker(), "--code", "503").stdout())
                .contains(first)
                .doesNotContain(second);
        assertThat(command("list", "--broker", broker(), "--filter", "type = 'b'")
                        .stdout())
                .contains(second)
                .doesNotContain(first);
        assertThat(command("list", "--broker", broker(), "--id", second).stdout())
                .contains(second)
                .doesNotContain(first);
        Finished before = command("list", "--broker", broker(), "--until", "1h");
        assertThat(before.status()).as(before.stderr()).isZero();
        assertThat(before.stdout()).isEmpty();
        assertThat(before.stderr()).contains("No dead letters found");
    }

    @Test
    void a_redrive_that_is_interrupted_says_so_and_the_same_again_goes_on_where_it_was() {
        // Given
        park(40);
        subscriber.answer(Answer.ok());
        long before = subscriber.count();

        // When: so slow that the interruption comes in its midst on any machine
        try (SluiceProcess redrive = SluiceProcess.command(words("redrive", "--broker", broker(), "--rate", "2"))
                .launch()) {
            redrive.awaitStderr("40 dead letters: [1-9]\\d* delivered.* still to be sent", Sluice.PATIENCE);
            redrive.sigint();

            // Then
            assertThat(redrive.awaitExit(Sluice.PATIENCE)).as(redrive.tail()).isEqualTo(1);
            assertThat(redrive.tail()).contains("stopped; the same command goes on where this one was");
        }
        int left = items().size();
        assertThat(left).isBetween(1, 39);
        assertThat(subscriber.count() - before).isEqualTo(40 - left);

        // When
        Finished again = command("redrive", "--broker", broker(), "--rate", "100");

        // Then
        assertThat(again.status()).as(again.stderr()).isZero();
        assertThat(again.stdout()).contains(left + " dead letters: " + left + " delivered");
        assertThat(subscriber.ids().subList((int) before, subscriber.ids().size()))
                .containsExactlyInAnyOrderElementsOf(Events.numbered(namespace + "-", 40).stream()
                        .map(CloudEvent::getId)
                        .toList());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "list --filter x= | at line 1, column 3",
                "redrive --rate 0 | rate \"0\" is no rate",
                "list --broker no/where | there is no Broker no/where",
            })
    void what_the_server_can_not_make_sense_of_ends_with_2_and_says_what_is_right(String words, String said) {
        // When
        Finished finished = command(words.split(" "));

        // Then
        assertThat(finished.status()).as(finished.stderr()).isEqualTo(2);
        assertThat(finished.stderr()).contains(said);
    }
}
