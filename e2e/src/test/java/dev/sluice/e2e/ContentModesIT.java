/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.sluice.e2e.EventMessage.Mode;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.Received;
import dev.sluice.testkit.RecordingSubscriber;
import dev.sluice.testkit.WireForm;
import io.cloudevents.CloudEvent;
import io.cloudevents.SpecVersion;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Events go in and come out unchanged: every content mode, both specversions, the whole catalogue of events. */
final class ContentModesIT {

    private static final String NAMESPACE = Sluice.namespace();

    /** What the broker adds on the way (knative-eventing: extensions of the ingress). */
    private static final String ARRIVAL_TIME = "knativearrivaltime";

    @RegisterExtension
    static final Sluice sluice = Sluice.start();

    @RegisterExtension
    static final RecordingSubscriber binary = RecordingSubscriber.start();

    @RegisterExtension
    static final RecordingSubscriber json = RecordingSubscriber.start();

    @BeforeAll
    static void two_triggers_that_match_everything() {
        sluice.apply(
                NAMESPACE,
                Manifests.trigger(NAMESPACE, "binary", binary.uri()),
                Manifests.trigger(NAMESPACE, "json", json.uri(), "delivery:", "  format: json"));
    }

    /** The tests share a namespace, so none may leave an event behind that the next one would count. */
    @AfterEach
    void everything_has_arrived() {
        CounterLaw.awaitNothingKept(sluice, NAMESPACE);
    }

    static Stream<Arguments> every_mode_and_event() {
        return Stream.of(Mode.values()).flatMap(mode -> Events.named().map(event -> Arguments.of(mode, event)));
    }

    @ParameterizedTest
    @MethodSource("every_mode_and_event")
    void attributes_and_data_arrive_unchanged(Mode mode, CloudEvent event) {
        // When
        HttpResponse<String> answer = sluice.post(sluice.ingress(NAMESPACE), mode.of(event));

        // Then
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
        assertThat(answer.body()).isEmpty();
        await().atMost(Sluice.PATIENCE).until(() -> binary.count() == 1 && json.count() == 1);
        assertThat(asSent(binary.last())).isEqualTo(WireForm.of(event));
        assertThat(binary.last().header("ce-id")).isPresent();

        assertThat(json.last().header("content-type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("application/cloudevents+json"));
        assertThat(structured(json.last())).isEqualTo(WireForm.of(event));
    }

    @ParameterizedTest
    @EnumSource(SpecVersion.class)
    void a_batch_arrives_as_its_events(SpecVersion version) {
        // Given: all of one specversion, as the HTTP binding wants it (3.3.2)
        List<CloudEvent> batch = Events.all().stream()
                .filter(event -> event.getSpecVersion() == version)
                .toList();

        // When
        HttpResponse<String> answer = sluice.post(sluice.ingress(NAMESPACE), Mode.BATCHED.of(batch));

        // Then
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
        await().atMost(Sluice.PATIENCE).until(() -> binary.count() == batch.size());
        assertThat(binary.requests().stream().collect(Collectors.toMap(Received::eventId, ContentModesIT::asSent)))
                .isEqualTo(batch.stream().collect(Collectors.toMap(CloudEvent::getId, WireForm::of)));
    }

    @ParameterizedTest
    @EnumSource(HttpClient.Version.class)
    void both_versions_of_http_are_taken(HttpClient.Version version) throws Exception {
        // Given
        HttpClient client = HttpClient.newBuilder().version(version).build();
        CloudEvent event = Events.withId("over-" + version);

        // When
        HttpResponse<String> answer =
                client.send(Sluice.request(sluice.ingress(NAMESPACE), Mode.BINARY.of(event)), BodyHandlers.ofString());

        // Then
        assertThat(answer.statusCode()).isEqualTo(202);
        assertThat(answer.version()).isEqualTo(version);
        await().atMost(Sluice.PATIENCE).until(() -> binary.count() == 1);
        assertThat(asSent(binary.last())).isEqualTo(WireForm.of(event));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"application/xml", "application/json", "application/vnd.apache.thrift.binary", "text/plain"})
    void data_of_any_content_type_is_carried(String contentType) {
        // Given: bytes that are valid in none of these, since the content type is the receiver's business
        CloudEvent event = CloudEventBuilder.v1(Events.MINIMAL)
                .withData(contentType, new byte[] {'{', 0, (byte) 0xff, '"'})
                .build();

        // When
        sluice.send(NAMESPACE, event);

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> binary.count() == 1 && json.count() == 1);
        assertThat(asSent(binary.last())).isEqualTo(WireForm.of(event));
        assertThat(structured(json.last())).isEqualTo(WireForm.of(event));
    }

    @Test
    void text_in_a_structured_event_arrives_as_its_bytes() {
        // Given
        String body = """
                {"specversion": "1.0", "id": "text", "source": "/s", "type": "t", "datacontenttype": "text/plain",
                 "data": "Z\\u00fcrich\\n\\"quoted\\""}""";

        // When
        HttpResponse<String> answer = sluice.exchange(Sluice.request(
                sluice.ingress(NAMESPACE), Map.of("content-type", "application/cloudevents+json"), body.getBytes()));

        // Then
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
        await().atMost(Sluice.PATIENCE).until(() -> binary.count() == 1);
        assertThat(binary.last().body().toString()).isEqualTo("Zürich\n\"quoted\"");
        assertThat(binary.last().header("content-type")).contains("text/plain");
    }

    @Test
    void arrival_time_is_set_and_the_ttl_stays_inside() {
        // When
        sluice.send(NAMESPACE, Events.MINIMAL);

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> binary.count() == 1);
        assertThat(binary.last().requireEvent().getExtensionNames()).containsExactly(ARRIVAL_TIME);
    }

    @Test
    void requests_to_subscribers_say_that_a_reply_is_welcome_and_where_they_come_from() {
        // When
        sluice.send(NAMESPACE, Events.MINIMAL);

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> binary.count() == 1);
        assertThat(binary.last().header("prefer")).contains("reply");
        assertThat(binary.last().header("kn-namespace")).contains(NAMESPACE);
        assertThat(binary.last().method()).isEqualTo("POST");
    }

    @ParameterizedTest
    @EnumSource(Mode.class)
    void long_payloads_arrive_whole(Mode mode) {
        // Given: the length that Knative's own conformance test uses
        CloudEvent event = Events.ofSize("long-" + mode, 36_864);

        // When
        HttpResponse<String> answer = sluice.post(sluice.ingress(NAMESPACE), mode.of(event));

        // Then
        assertThat(answer.statusCode()).isEqualTo(202);
        await().atMost(Sluice.PATIENCE).until(() -> binary.count() == 1);
        assertThat(asSent(binary.last())).isEqualTo(WireForm.of(event));
    }

    @Test
    void the_ingress_answers_the_webhook_handshake() {
        // Given
        URI broker = sluice.ingress(NAMESPACE);

        // When
        HttpResponse<String> answer = sluice.exchange(HttpRequest.newBuilder(broker)
                .method("OPTIONS", BodyPublishers.noBody())
                .header("WebHook-Request-Origin", "eventemitter.example.com")
                .build());

        // Then
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("WebHook-Allowed-Origin"))
                .hasValueSatisfying(origin -> assertThat(origin).isIn("*", "eventemitter.example.com"));
        assertThat(answer.headers().firstValue("Allow"))
                .hasValueSatisfying(allow -> assertThat(allow).contains("POST"));
    }

    /**
     * A structured event as it stands in the body. The SDK's reader would not do: it parses a JSON value and writes it
     * anew, and takes {@code application/vnd.example+json} for no JSON.
     */
    private static WireForm structured(Received received) {
        var attributes = new TreeMap<String, String>();
        Buffer data = Buffer.buffer();
        try (JsonParser parser = new JsonFactory().createParser(received.body().getBytes())) {
            boolean base64 = false;
            parser.nextToken();
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String name = parser.currentName();
                JsonToken value = parser.nextToken();
                if (name.equals("datacontentencoding")) {
                    base64 = parser.getText().equals("base64");
                } else if (name.equals("data_base64")) {
                    data = Buffer.buffer(Base64.getDecoder().decode(parser.getText()));
                } else if (name.equals("data")) {
                    int start = (int) parser.currentTokenLocation().getByteOffset();
                    String text = value == JsonToken.VALUE_STRING ? parser.getText() : "";
                    parser.skipChildren();
                    parser.finishToken();
                    int end = (int) parser.currentLocation().getByteOffset();
                    data = received.body().getBuffer(start, end);
                    if (value == JsonToken.VALUE_STRING && !isJson(attributes.get("datacontenttype"))) {
                        data = Buffer.buffer(text);
                    }
                } else {
                    attributes.put(name, parser.getText());
                }
            }
            if (base64) {
                data = Buffer.buffer(Base64.getDecoder().decode(data.getBytes()));
            }
        } catch (IOException e) {
            throw new AssertionError("no JSON: " + received.body(), e);
        }
        String specVersion = Objects.requireNonNull(attributes.remove("specversion"), "specversion");
        return new WireForm(specVersion, attributes, data).without(ARRIVAL_TIME);
    }

    private static boolean isJson(@Nullable String contentType) {
        return contentType != null && contentType.matches("application/(.*\\+)?json.*");
    }

    private static WireForm asSent(Received received) {
        return WireForm.of(received.requireEvent()).without(ARRIVAL_TIME);
    }
}
