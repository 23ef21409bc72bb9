/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.api.source.Webhook;
import dev.sluice.api.source.WebhookOutcome;
import dev.sluice.api.source.WebhookOutcome.Answer;
import dev.sluice.api.source.WebhookOutcome.Emit;
import dev.sluice.api.source.WebhookOutcome.Refuse;
import io.cloudevents.CloudEvent;
import java.nio.charset.StandardCharsets;
import java.time.OffsetDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WebhookSourceTest {

    private static final Rule SOURCE = Rule.literal("/apis/v1/namespaces/default/webhooksources/hook");

    /** A source that verifies nothing. */
    private static Webhook open(Defaults defaults, Map<String, Rule> rules) {
        Map<String, Rule> extensions = new LinkedHashMap<>(rules);
        List.of("type", "source", "subject", "id", "time").forEach(extensions::remove);
        Mapping mapping = new Mapping(
                defaults,
                Optional.ofNullable(rules.get("type")),
                rules.getOrDefault("source", SOURCE),
                Optional.ofNullable(rules.get("subject")),
                Optional.ofNullable(rules.get("id")),
                Optional.ofNullable(rules.get("time")),
                extensions);
        return new WebhookSource(Verifier.NONE, mapping, defaults == Defaults.of(Recipe.SLACK));
    }

    private static Webhook open(Map<String, Rule> rules) {
        return open(Defaults.NONE, rules);
    }

    private static CloudEvent eventOf(Webhook webhook, Request request) {
        WebhookOutcome outcome = webhook.receive(request.build());
        assertThat(outcome).isInstanceOf(Emit.class);
        return ((Emit) outcome).event();
    }

    private static Refuse refusalOf(Webhook webhook, Request request) {
        WebhookOutcome outcome = webhook.receive(request.build());
        assertThat(outcome).isInstanceOf(Refuse.class);
        return (Refuse) outcome;
    }

    @Test
    void passes_the_body_byte_for_byte_with_its_content_type() {
        // Given
        byte[] body = {0, -1, '{', ' ', '\r', '\n', -61, 40};
        Request request = Request.of(body).header("Content-Type", "application/vnd.shop+json; charset=latin-1");

        // When
        CloudEvent event = eventOf(open(Map.of()), request);

        // Then
        assertThat(event.getData().toBytes()).isEqualTo(body);
        assertThat(event.getDataContentType()).isEqualTo("application/vnd.shop+json; charset=latin-1");
    }

    @Test
    void makes_an_event_of_any_request_without_being_told_how() {
        // Given
        Request request = Request.of("").at(1_769_860_800);

        // When
        CloudEvent event = eventOf(open(Map.of()), request);

        // Then
        assertThat(event.getType()).isEqualTo("dev.sluice.source.webhook");
        assertThat(event.getSource()).hasToString("/apis/v1/namespaces/default/webhooksources/hook");
        assertThat(UUID.fromString(event.getId())).isNotNull();
        assertThat(event.getTime()).isEqualTo(OffsetDateTime.parse("2026-01-31T12:00:00Z"));
        assertThat(event.getSubject()).isNull();
        assertThat(event.getData()).isNull();
        assertThat(event.getDataContentType()).isNull();
    }

    @Test
    void takes_attributes_from_literals_headers_the_query_and_the_body() {
        // Given
        Webhook webhook = open(Map.of(
                "type", Rule.header("X-Topic", "com.shop.", null),
                "source", Rule.literal("https://shop.example.com"),
                "subject", Rule.jsonata("order.id", "order-", null),
                "id", Rule.jsonata("delivery", "", null),
                "time", Rule.jsonata("at", "", null),
                "tenant", new Rule(Rule.Origin.QUERY, "tenant", Optional.empty(), "", Optional.of("none")),
                "total", Rule.jsonata("$sum(order.lines.price)", "", null),
                "absent", Rule.header("X-Absent", "p-", null),
                "fallback", Rule.header("X-Absent", "p-", "other")));
        Request request = Request.of("{\"order\":{\"id\":7,\"lines\":[{\"price\":1.5},{\"price\":2}]},"
                        + "\"delivery\":\"d-1\",\"at\":\"2026-01-31T13:00:00.5+01:00\"}")
                .header("X-Topic", "orders/paid")
                .query("tenant=M%C3%BCnchen");

        // When
        CloudEvent event = eventOf(webhook, request);

        // Then
        assertThat(event.getType()).isEqualTo("com.shop.orders/paid");
        assertThat(event.getSource()).hasToString("https://shop.example.com");
        assertThat(event.getSubject()).isEqualTo("order-7");
        assertThat(event.getId()).isEqualTo("d-1");
        assertThat(event.getTime()).isEqualTo(OffsetDateTime.parse("2026-01-31T13:00:00.5+01:00"));
        assertThat(event.getExtension("tenant")).isEqualTo("München");
        assertThat(event.getExtension("total")).isEqualTo("3.5");
        assertThat(event.getExtension("fallback")).isEqualTo("other");
        assertThat(event.getExtensionNames()).containsExactlyInAnyOrder("tenant", "total", "fallback");
    }

    @ParameterizedTest
    @CsvSource({
        "1769860800,2026-01-31T12:00:00Z",
        "1769860800123,2026-01-31T12:00:00.123Z",
        "1769860800.5,2026-01-31T12:00:00.5Z",
        "0,1970-01-01T00:00:00Z",
        "2026-01-31T12:00:00Z,2026-01-31T12:00:00Z"
    })
    void reads_times_as_people_and_machines_write_them(String written, String time) {
        assertThat(eventOf(
                                open(Map.of("time", Rule.jsonata("at", "", null))),
                                Request.of("{\"at\":\"" + written + "\"}"))
                        .getTime())
                .isEqualTo(OffsetDateTime.parse(time));
    }

    @ParameterizedTest
    @ValueSource(strings = {"yesterday", "-5", "1e9", "NaN", "0x10", "1.", ".5", "2026-01-31", "99999999999999999"})
    void refuses_a_time_that_is_none(String written) {
        Refuse refusal = refusalOf(
                open(Map.of("time", Rule.jsonata("at", "", null))), Request.of("{\"at\":\"" + written + "\"}"));
        assertThat(refusal.kind()).isEqualTo(WebhookOutcome.Kind.UNPROCESSABLE);
        assertThat(refusal.error()).startsWith("what is found for time is neither a timestamp");
    }

    @Test
    void reads_a_form_as_an_object() {
        // Given
        Webhook webhook = open(
                Map.of("subject", Rule.jsonata("command", "", null), "all", Rule.jsonata("$join(tag, ',')", "", null)));
        Request request =
                Request.of("command=%2Fdeploy&text=to+prod&tag=a&tag=b&empty").form();

        // When
        CloudEvent event = eventOf(webhook, request);

        // Then
        assertThat(event.getSubject()).isEqualTo("/deploy");
        assertThat(event.getExtension("all")).isEqualTo("a,b");
        assertThat(new String(event.getData().toBytes(), StandardCharsets.UTF_8))
                .startsWith("command=%2Fdeploy&");
    }

    @Test
    void refuses_a_request_without_what_an_attribute_must_have() {
        assertThat(refusalOf(open(Map.of("type", Rule.header("X-Topic", "", null))), Request.of("{}")))
                .isEqualTo(new Refuse(
                        WebhookOutcome.Kind.BAD_REQUEST,
                        "header \"X-Topic\", from which type is taken, is missing or empty",
                        "send it"));
        assertThat(refusalOf(open(Map.of("id", Rule.jsonata("id", "", null))), Request.of("{}")))
                .isEqualTo(new Refuse(
                        WebhookOutcome.Kind.UNPROCESSABLE,
                        "the body has nothing from which id is taken",
                        "send a body that has it"));
    }

    @Test
    void refuses_a_header_that_is_there_twice() {
        Refuse refusal = refusalOf(
                open(Map.of("type", Rule.header("X-Topic", "", null))),
                Request.of("{}").header("X-Topic", "a").header("x-topic", "b"));
        assertThat(refusal.error()).isEqualTo("header \"X-Topic\", from which type is taken, is there 2 times");
    }

    @Test
    void refuses_a_body_that_is_not_json_only_where_it_is_to_be_read() {
        // Given
        Request request = Request.of("{\n  \"id\": <secret>}");

        // When
        Refuse refusal = refusalOf(open(Map.of("subject", Rule.jsonata("id", "", null))), request);
        CloudEvent event = eventOf(open(Map.of("subject", Rule.literal("x"))), request);

        // Then
        assertThat(refusal.kind()).isEqualTo(WebhookOutcome.Kind.BAD_REQUEST);
        assertThat(refusal.error()).isEqualTo("the body is not JSON: line 2, column 9");
        assertThat(event.getSubject()).isEqualTo("x");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\u0000b", "a\nb", "a\u0085b", "\uFFFF", "\uD800", "\uFDD0"})
    void refuses_characters_that_no_attribute_can_have(String value) {
        Refuse refusal = refusalOf(
                open(Map.of("subject", Rule.header("X-Subject", "", null))),
                Request.of("").header("X-Subject", value));
        assertThat(refusal.kind()).isEqualTo(WebhookOutcome.Kind.UNPROCESSABLE);
        assertThat(refusal.error()).startsWith("what is found for subject has U+");
    }

    @Test
    void refuses_a_source_that_is_no_uri_reference() {
        assertThat(refusalOf(open(Map.of("source", Rule.jsonata("from", "", null))), Request.of("{\"from\":\"a b\"}"))
                        .error())
                .isEqualTo("what is found for source is not a URI reference");
    }

    @ParameterizedTest
    @ValueSource(strings = {"json", "/json", "application/", "a b/c", "text/pl@in"})
    void refuses_a_content_type_that_is_none(String contentType) {
        assertThat(refusalOf(open(Map.of()), Request.of("x").header("content-type", contentType))
                        .kind())
                .isEqualTo(WebhookOutcome.Kind.UNSUPPORTED_MEDIA_TYPE);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "GITHUB    | X-GitHub-Event: push        | X-GitHub-Delivery: d-1          | {}                                    | com.github.push        | d-1",
                "GITLAB    | X-Gitlab-Event: Push Hook   | Idempotency-Key: d-2            | {\"object_kind\":\"push\"}            | com.gitlab.push        | d-2",
                "GITLAB    | X-Gitlab-Event: System Hook | webhook-id: d-3                 | {\"event_name\":\"user_create\"}      | com.gitlab.user_create | d-3",
                "BITBUCKET | X-Event-Key: repo:push      | X-Request-UUID: d-4             | {}                                    | org.bitbucket.repo:push | d-4",
                "STRIPE    | X: y                        | Y: z                            | {\"id\":\"evt_1\",\"type\":\"invoice.paid\"} | com.stripe.invoice.paid | evt_1",
                "SLACK     | X: y                        | Y: z                            | {\"event_id\":\"Ev1\",\"type\":\"event_callback\",\"event\":{\"type\":\"app_mention\"}} | com.slack.app_mention | Ev1",
                "SHOPIFY   | X-Shopify-Topic: orders/paid | X-Shopify-Webhook-Id: d-5      | {}                                    | com.shopify.orders/paid | d-5",
                "TWILIO    | X: y                        | I-Twilio-Idempotency-Token: d-6 | {}                                    | com.twilio.webhook     | d-6",
                "STANDARD_WEBHOOKS | X: y                | webhook-id: msg_1               | {\"type\":\"user.created\"}           | user.created           | msg_1"
            })
    void knows_what_happened_and_which_delivery_it_is(
            Recipe recipe, String first, String second, String body, String type, String id) {
        // Given
        Request request = Request.of(body)
                .header(first.split(": ")[0], first.split(": ")[1])
                .header(second.split(": ")[0], second.split(": ")[1]);

        // When
        CloudEvent event = eventOf(open(Defaults.of(recipe), Map.of()), request);

        // Then
        assertThat(event.getType()).isEqualTo(type);
        assertThat(event.getId()).isEqualTo(id);
    }

    @ParameterizedTest
    @ValueSource(strings = {"not json", "{}", "[]", "{\"id\":{},\"type\":[1],\"event_id\":\"\"}", ""})
    void makes_up_what_the_sender_does_not_say(String body) {
        for (Recipe recipe : Recipe.values()) {
            CloudEvent event = eventOf(open(Defaults.of(recipe), Map.of()), Request.of(body));
            assertThat(event.getType()).isNotEmpty();
            assertThat(UUID.fromString(event.getId())).isNotNull();
        }
    }

    @Test
    void answers_slacks_challenge_once_it_is_verified() {
        // Given
        Webhook webhook = open(Defaults.of(Recipe.SLACK), Map.of());
        Request request = Request.of(
                "{\"token\":\"Jhj5dZrVaK7ZwHHjRyZWjbDl\",\"challenge\":\"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P\","
                        + "\"type\":\"url_verification\"}");

        // When
        WebhookOutcome outcome = webhook.receive(request.build());

        // Then
        assertThat(outcome).isInstanceOf(Answer.class);
        Answer answer = (Answer) outcome;
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.headers()).containsEntry("content-type", "text/plain; charset=utf-8");
        assertThat(answer.body()).hasToString("3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P");
    }

    @Test
    void does_not_answer_a_challenge_that_nobody_signed() {
        // Given
        Webhook webhook = new WebhookSource(
                Verifiers.of(Recipe.SLACK, "secret"),
                new Mapping(
                        Defaults.of(Recipe.SLACK),
                        Optional.empty(),
                        SOURCE,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Map.of()),
                true);

        // When
        Refuse refusal = refusalOf(webhook, Request.of("{\"challenge\":\"x\",\"type\":\"url_verification\"}"));

        // Then
        assertThat(refusal.kind()).isEqualTo(WebhookOutcome.Kind.UNAUTHORIZED);
    }

    @Test
    void takes_a_challenge_of_somebody_else_for_an_event() {
        assertThat(eventOf(open(Map.of()), Request.of("{\"challenge\":\"x\",\"type\":\"url_verification\"}")))
                .isNotNull();
    }

    @Test
    void answers_the_handshake_of_cloudevents() {
        // Given
        Request request = Request.of("")
                .method("OPTIONS")
                .header("WebHook-Request-Origin", "eventemitter.example.com")
                .header("WebHook-Request-Rate", "120");

        // When
        WebhookOutcome outcome = open(Map.of()).receive(request.build());

        // Then
        assertThat(outcome).isInstanceOf(Answer.class);
        assertThat(((Answer) outcome).headers())
                .containsEntry("allow", "POST, OPTIONS")
                .containsEntry("webhook-allowed-origin", "*")
                .containsEntry("webhook-allowed-rate", "*");
    }

    @Test
    void grants_no_origin_to_who_does_not_ask_for_one() {
        WebhookOutcome outcome =
                open(Map.of()).receive(Request.of("").method("OPTIONS").build());
        assertThat(((Answer) outcome).headers()).containsOnlyKeys("allow");
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "PUT", "DELETE", "HEAD", "PATCH"})
    void refuses_other_methods(String method) {
        assertThat(refusalOf(open(Map.of()), Request.of("").method(method)).kind())
                .isEqualTo(WebhookOutcome.Kind.METHOD_NOT_ALLOWED);
    }
}
