/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.e2e.EventMessage.Mode;
import dev.sluice.e2e.SluiceProcess.Finished;
import dev.sluice.testkit.RecordingSubscriber;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** {@code sluice explain} and its door on the admin port: what they say agrees with what is delivered. */
final class ExplainIT {

    @RegisterExtension
    static final Sluice sluice = Sluice.start();

    @RegisterExtension
    final RecordingSubscriber subscriber = RecordingSubscriber.start();

    @TempDir
    Path folder;

    private final String namespace = Sluice.namespace();

    private static final CloudEvent PAID = CloudEventBuilder.v1()
            .withId("42")
            .withSource(URI.create("/shop"))
            .withType("com.example.order.paid")
            .withExtension("region", "eu")
            .withExtension("items", "12")
            .build();

    @Test
    void what_is_explained_to_match_is_what_is_delivered() {
        // Given: triggers of every dialect, and events that some of them match
        Map<String, String> filters = new LinkedHashMap<>();
        filters.put("everything", "filters: []");
        filters.put("attributes", "filter: {attributes: {region: '', type: com.example.order.paid}}");
        filters.put("exact", "filters: [{exact: {region: us}}]");
        filters.put("prefix", "filters: [{prefix: {type: com.example.order.}}]");
        filters.put("suffix", "filters: [{suffix: {type: .refunded}}]");
        filters.put("any", "filters: [{any: [{exact: {region: us}}, {all: [{exact: {items: '12'}}]}]}]");
        filters.put("not", "filters: [{not: {exact: {region: eu}}}]");
        filters.put("cesql", "filters: [{cesql: \"items > 10 AND region IN ('eu', 'uk')\"}]");
        filters.put("error", "filters: [{cesql: \"subject = 'x' OR TRUE\"}]");
        filters.put("broker", "filters: [{cesql: EXISTS knativearrivaltime}]");
        List<String> triggers = new ArrayList<>();
        filters.forEach(
                (name, filter) -> triggers.add(Manifests.trigger(namespace, name, subscriber.uri("/" + name), filter)));
        sluice.apply(namespace, triggers.toArray(String[]::new));
        List<CloudEvent> events = List.of(
                PAID,
                CloudEventBuilder.v1(PAID)
                        .withType("com.example.order.refunded")
                        .build(),
                CloudEventBuilder.v1(PAID).withExtension("region", "us").build(),
                CloudEventBuilder.v1(PAID)
                        .withSubject("x")
                        .withExtension("items", "9")
                        .build(),
                CloudEventBuilder.v1(PAID).withoutExtension("region").build());

        for (CloudEvent event : events) {
            // When
            subscriber.reset();
            var expected = new TreeSet<String>();
            for (JsonNode item : explain(Mode.BINARY, event).path("items")) {
                if (item.path("matched").asBoolean()) {
                    expected.add(item.path("trigger").asText().substring(namespace.length() + 1));
                }
            }
            sluice.send(namespace, event);

            // Then: and nothing more, when each of them has settled it
            await().atMost(Sluice.PATIENCE).until(() -> subscriber.count() >= expected.size());
            CounterLaw.awaitNothingKept(sluice, namespace);
            assertThat(subscriber.requests())
                    .as(event.toString())
                    .extracting(request -> request.uri().substring(1))
                    .containsExactlyInAnyOrderElementsOf(expected);
            assertThat(expected).contains("everything").hasSizeLessThan(filters.size());
        }
    }

    @Test
    void explains_an_event_in_each_content_mode_alike() {
        // Given
        sluice.apply(
                namespace, Manifests.trigger(namespace, "us", subscriber.uri(), "filters: [{exact: {region: us}}]"));

        // Then
        JsonNode binary = explain(Mode.BINARY, PAID);
        assertThat(binary).isEqualTo(explain(Mode.STRUCTURED, PAID));
        assertThat(binary.at("/items/0/reasons/0/path").asText()).isEqualTo("filters[0].exact.region");
        assertThat(subscriber.count()).isZero();
    }

    @Test
    void the_command_shows_why_each_trigger_does_not_match() throws IOException {
        // Given
        sluice.apply(
                namespace,
                Manifests.trigger(namespace, "all", subscriber.uri()),
                Manifests.trigger(
                        namespace,
                        "us-paid",
                        subscriber.uri(),
                        "filters:",
                        "  - any: [{exact: {region: us}}, {prefix: {region: uk}}]",
                        "  - cesql: \"LENGTH(region) = 2 AND items > 20\""));
        Path file = Files.writeString(folder.resolve("event.json"), """
                {"specversion": "1.0", "id": "42", "source": "/shop", "type": "paid", "region": "eu", "items": 12}
                """);

        // When
        Finished explained = command("--event", file.toString());

        // Then
        assertThat(explained.status()).isZero();
        assertThat(explained.stdout()).isEqualTo("""
                Event 42, type paid, source /shop
                1 of 2 Triggers of Broker %1$s/default matches.

                yes  %1$s/all

                no   %1$s/us-paid
                     filters[0].any: none of its 2 filters matches
                     filters[0].any[0].exact.region: region is "eu", wanted "us"
                     filters[0].any[1].prefix.region: region is "eu", wanted a value that starts with "uk"
                     filters[1].cesql: column 24: items > 20 is false: items is 12""".formatted(namespace));
    }

    @Test
    void the_command_says_what_is_wanted_where_there_is_no_event() {
        // Given
        sluice.apply(
                namespace,
                Manifests.trigger(namespace, "all", subscriber.uri()),
                Manifests.trigger(namespace, "us", subscriber.uri(), "filters: [{exact: {region: us}}]"));

        // Then
        assertThat(command().stdout()).isEqualTo("""
                2 Triggers of Broker %1$s/default

                %1$s/all
                  every event

                %1$s/us
                  filters[0].exact.region: region is "us\"""".formatted(namespace));
        assertThat(command("-o", "json").stdout()).contains("\"wants\"", "\"wanted\": \"us\"");
    }

    @Test
    void a_trigger_that_is_not_ready_is_said_to_deliver_nothing() {
        // Given
        sluice.write(
                namespace + ".yaml",
                Manifests.broker(namespace, "default"),
                Manifests.trigger(namespace, "lost", URI.create("http://x/"))
                        .replace("uri: http://x/", "ref: {apiVersion: v1, kind: Service, name: nowhere}"));
        await().atMost(Sluice.PATIENCE)
                .until(() -> sluice.ready("triggers", namespace, "lost").equals("False"));

        // When
        Finished explained = SluiceProcess.command(
                        "explain", "--broker", namespace + "/default", "--event", "-", "--admin-url", adminUrl())
                .run("{\"specversion\": \"1.0\", \"id\": \"1\", \"source\": \"/s\", \"type\": \"t\"}");

        // Then
        assertThat(explained.stdout())
                .contains("yes  " + namespace + "/lost, but it does not deliver now")
                .contains("note: nothing of it is in force: ")
                .contains("nowhere");
    }

    @Test
    void a_paused_trigger_is_said_to_match_and_to_hold_its_events() {
        // Given
        sluice.apply(
                namespace,
                Manifests.annotated(
                        Manifests.trigger(namespace, "held", subscriber.uri()), "sluice.dev/paused: \"true\""));

        // When
        JsonNode item = explain(Mode.BINARY, PAID).at("/items/0");

        // Then
        assertThat(item.path("matched").asBoolean()).isTrue();
        assertThat(item.path("delivers").asBoolean()).isFalse();
        assertThat(item.at("/notes/0").asText()).startsWith("its events wait: Paused: ");
    }

    @Test
    void what_can_not_be_explained_is_refused_in_one_line_that_helps() throws IOException {
        // Given
        sluice.apply(namespace);
        Path noEvent = Files.writeString(folder.resolve("no-event.json"), "{\"specversion\": \"1.0\", \"id\": \"1\"}");

        // Then
        assertRefused(2, command("--event", noEvent.toString()), "no-event.json", "\"source\" is missing");
        assertRefused(
                1,
                SluiceProcess.run("explain", "--broker", namespace + "/defualt", "--admin-url", adminUrl()),
                "there is no Broker \"" + namespace + "/defualt\"",
                "did you mean " + namespace + "/default?");
    }

    private static void assertRefused(int status, Finished finished, String... words) {
        assertThat(finished.status()).as(finished.stderr()).isEqualTo(status);
        assertThat(finished.stderr().lines()).hasSize(1);
        assertThat(finished.stderr()).contains(words);
    }

    private JsonNode explain(Mode mode, CloudEvent event) {
        HttpResponse<String> response =
                sluice.post(sluice.process().admin("/api/v1/explain/" + namespace + "/default"), mode.of(event));
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return Sluice.json(response);
    }

    private Finished command(String... options) {
        var words = new ArrayList<>(List.of("explain", "--broker", namespace + "/default", "--admin-url", adminUrl()));
        words.addAll(List.of(options));
        return SluiceProcess.run(words.toArray(String[]::new));
    }

    private static String adminUrl() {
        return sluice.process().admin("").toString();
    }
}
