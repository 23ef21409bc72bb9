/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.github;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.api.event.CanonicalText;
import dev.sluice.api.source.EventDescription;
import dev.sluice.api.source.SecretRef;
import dev.sluice.api.source.WebhookOutcome;
import dev.sluice.api.source.WebhookOutcome.Kind;
import dev.sluice.api.source.WebhookRequest;
import io.cloudevents.CloudEvent;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.net.URI;
import java.net.URLEncoder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class GitHubWebhookTest {

    private static final String SECRET = "It's a Secret to Everybody";

    private final GitHubWebhook webhook = webhook(Set.of("*"), false, SECRET);

    private static GitHubDefinition definition(Set<String> events, boolean sha1) {
        return new GitHubDefinition(
                "tea-house/kettle",
                events,
                new SecretRef("github", "secret"),
                Optional.empty(),
                URI.create("https://api.github.com/"),
                Optional.empty(),
                sha1);
    }

    private static GitHubWebhook webhook(Set<String> events, boolean sha1, String... secrets) {
        return new GitHubWebhook(definition(events, sha1), List.of(secrets));
    }

    private static CloudEvent event(WebhookOutcome outcome) {
        assertThat(outcome).isInstanceOf(WebhookOutcome.Emit.class);
        return ((WebhookOutcome.Emit) outcome).event();
    }

    private static void assertRefused(WebhookOutcome outcome, Kind kind) {
        assertThat(outcome).isInstanceOfSatisfying(WebhookOutcome.Refuse.class, refusal -> {
            assertThat(refusal.kind()).isEqualTo(kind);
            assertThat(refusal.error()).isNotBlank();
            assertThat(refusal.remedy()).isNotBlank();
        });
    }

    // ---- the mapping, as Knative's GitHubSource has it
    // ----------------------------------------------------------------

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "check_run                      | 128620228             | owner=tea-house repository=kettle sender=ada-l action=completed",
                "check_suite                    | 118578147             | owner=tea-house repository=kettle sender=ada-l action=completed",
                "commit_comment                 | 6113728f27ae82c7b1a177c8d03f9e96e0adf246#commitcomment-33548674 | owner=tea-house repository=kettle sender=ada-l action=created",
                "create                         | tag                   | owner=tea-house repository=kettle sender=ada-l ref=v1.0.0-rc.1",
                "delete                         | branch                | owner=tea-house repository=kettle sender=ada-l ref=faster",
                "deployment                     | 145988746             | owner=tea-house repository=kettle sender=ada-l",
                "deployment_status              | 145988746             | owner=tea-house repository=kettle sender=ada-l",
                "fork                           | 186853261             | owner=tea-house repository=kettle sender=bob-k",
                "gollum                         | Home,Brewing-Tea      | owner=tea-house repository=kettle sender=ada-l",
                "installation                   | 2311213               | installation=2311213 sender=ada-l action=created",
                "issue_comment                  | 17#issuecomment-492700400 | owner=tea-house repository=kettle sender=bob-k action=created",
                "issues                         | 17                    | owner=tea-house repository=kettle sender=ada-l action=labeled label=bug assignee=bob-k",
                "label                          | bug                   | owner=tea-house repository=kettle sender=ada-l action=created label=bug",
                "member                         | 9919                  | owner=tea-house repository=kettle sender=ada-l action=added",
                "membership                     | 9919                  | owner=tea-house sender=ada-l action=added scope=team",
                "milestone                      | 1                     | owner=tea-house repository=kettle sender=ada-l action=created",
                "organization                   | member_added          | owner=tea-house sender=ada-l action=member_added",
                "page_build                     | 130514899             | owner=tea-house repository=kettle sender=ada-l",
                "ping                           | 109948940             | owner=tea-house repository=kettle sender=ada-l",
                "public                         | 186853002             | owner=tea-house repository=kettle sender=ada-l",
                "pull_request                   | 2                     | owner=tea-house repository=kettle sender=ada-l action=opened installation=2311213 number=2",
                "pull_request_review            | 237895671             | owner=tea-house repository=kettle sender=bob-k action=submitted installation=2311213 review=approved",
                "pull_request_review_comment    | 284312630             | owner=tea-house repository=kettle sender=bob-k action=created installation=2311213",
                "push                           | 0d1a26e67d8f...6113728f27ae | owner=tea-house repository=kettle sender=ada-l installation=2311213 pusher=ada-l ref=refs/heads/main created=false deleted=false forced=false",
                "release                        | v1.0.0                | owner=tea-house repository=kettle sender=ada-l action=published release=First_tea",
                "repository                     | 186853002             | owner=tea-house repository=kettle sender=ada-l action=publicized",
                "repository_vulnerability_alert | 91095730              | action=create",
                "security_advisory              | GHSA-rf4j-j272-fj86   | action=published",
                "status                         | 6113728f27ae82c7b1a177c8d03f9e96e0adf246 | owner=tea-house repository=kettle sender=ada-l state=success name=tea-house/kettle context=ci/build",
                "team                           | 3253328               | sender=ada-l action=created",
                "team_add                       | 186853002             | owner=tea-house repository=kettle sender=ada-l",
                "watch                          | 186853002             | owner=tea-house repository=kettle sender=bob-k action=started",
                "workflow_run                   |                       | owner=tea-house repository=kettle sender=ada-l action=completed",
            })
    void every_event_has_the_attributes_that_knatives_source_gives_it(String name, String subject, String extensions) {
        // When
        CloudEvent event = event(webhook.receive(Deliveries.of(name, SECRET)));

        // Then
        assertThat(event.getType()).isEqualTo("dev.knative.source.github." + name);
        assertThat(event.getSource()).isEqualTo(URI.create("https://github.com/tea-house/kettle"));
        assertThat(event.getId()).isEqualTo(Deliveries.ID);
        assertThat(event.getSubject()).isEqualTo(subject);
        assertThat(event.getDataContentType()).isEqualTo("application/json");
        assertThat(Objects.requireNonNull(event.getTime()).toInstant()).isEqualTo(Deliveries.ARRIVAL);
        Map<String, String> found = new HashMap<>();
        for (String extension : event.getExtensionNames()) {
            found.put(extension, CanonicalText.of(Objects.requireNonNull(event.getExtension(extension))));
        }
        Map<String, String> expected = new HashMap<>();
        for (String pair : extensions.split(" ")) {
            String[] both = pair.split("=", 2);
            expected.put(both[0], both[1].replace('_', both[0].equals("release") ? ' ' : '_'));
        }
        assertThat(found).isEqualTo(expected);
    }

    @Test
    void the_payload_is_passed_on_byte_for_byte() {
        // Given: blanks, escapes, an order of fields and a line end that no writer of JSON would leave as they are
        byte[] odd = "{ \"b\":1.10,\t\"a\" : \"\\u00e9\\/☕\",\r\n\"b\":2 }\n".getBytes(UTF_8);

        // When
        CloudEvent event = event(webhook.receive(Deliveries.signed("push", odd, SECRET)));

        // Then
        assertThat(Objects.requireNonNull(event.getData()).toBytes()).isEqualTo(odd);
    }

    @Test
    void a_form_is_unwrapped_and_its_signature_is_that_of_the_form() {
        // Given
        byte[] json = Deliveries.payload("push");
        byte[] form = ("payload=" + URLEncoder.encode(new String(json, UTF_8), UTF_8)).getBytes(UTF_8);
        WebhookRequest request = Deliveries.signed("push", form, SECRET);
        request.headers().set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");

        // When
        CloudEvent event = event(webhook.receive(request));

        // Then
        assertThat(Objects.requireNonNull(event.getData()).toBytes()).isEqualTo(json);
        assertThat(event.getDataContentType()).isEqualTo("application/json");
        assertThat(event.getSubject()).isEqualTo("0d1a26e67d8f...6113728f27ae");
    }

    @Test
    void an_event_of_the_future_is_passed_on() {
        // When
        CloudEvent event = event(webhook(Set.of("brewing"), false, SECRET)
                .receive(Deliveries.signed("brewing", Deliveries.payload("watch"), SECRET)));

        // Then
        assertThat(event.getType()).isEqualTo("dev.knative.source.github.brewing");
        assertThat(event.getExtension("action")).isEqualTo("started");
    }

    @Test
    void a_number_too_large_for_an_integer_attribute_is_text() {
        // Given
        byte[] json = "{\"installation\":{\"id\":9007199254740993}}".getBytes(UTF_8);

        // When
        CloudEvent event = event(webhook.receive(Deliveries.signed("push", json, SECRET)));

        // Then
        assertThat(event.getExtension("installation")).isEqualTo("9007199254740993");
    }

    @Test
    void what_no_attribute_may_hold_is_left_out_of_it() {
        // Given
        byte[] json = "{\"label\":{\"name\":\"ho\\u0007t\\uD800 tea\\n\"}}".getBytes(UTF_8);

        // When
        CloudEvent event = event(webhook.receive(Deliveries.signed("label", json, SECRET)));

        // Then
        assertThat(event.getSubject()).isEqualTo("hot tea");
    }

    @Test
    void types_and_source_are_told_beforehand() {
        // Then
        assertThat(definition(Set.of("push", "issues"), false).events())
                .containsExactly(
                        new EventDescription("dev.knative.source.github.issues", "https://github.com/tea-house/kettle"),
                        new EventDescription("dev.knative.source.github.push", "https://github.com/tea-house/kettle"));
    }

    // ---- what nobody asked for
    // ----------------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(strings = {"ping", "watch"})
    void an_event_that_is_not_asked_for_is_answered_and_goes_nowhere(String event) {
        // When
        WebhookOutcome outcome = webhook(Set.of("push"), false, SECRET).receive(Deliveries.of(event, SECRET));

        // Then
        assertThat(outcome)
                .isInstanceOfSatisfying(
                        WebhookOutcome.Answer.class,
                        answer -> assertThat(answer.status()).isEqualTo(200));
    }

    // ---- signatures
    // ---------------------------------------------------------------------------------------------------

    @Test
    void the_signature_of_githubs_own_documentation_is_right() {
        // Given: docs.github.com, "Validating webhook deliveries"
        HubSignature signature = HubSignature.sha256(List.of("It's a Secret to Everybody"));

        // Then
        assertThat(signature.isOf(
                        "Hello, World!".getBytes(UTF_8),
                        "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"))
                .isTrue();
    }

    @Test
    void each_of_several_secrets_will_do_so_that_one_can_be_rotated() {
        // Given
        GitHubWebhook rotating = webhook(Set.of("*"), false, "the new one", "the old one");

        // Then
        event(rotating.receive(Deliveries.of("push", "the new one")));
        event(rotating.receive(Deliveries.of("push", "the old one")));
        assertRefused(rotating.receive(Deliveries.of("push", "an older one")), Kind.UNAUTHORIZED);
    }

    @Test
    void the_older_signature_counts_only_where_it_is_allowed_and_nothing_better_is_there() {
        // Given
        byte[] body = Deliveries.payload("push");
        MultiMap headers =
                Deliveries.headers("push").set("X-Hub-Signature", "sha1=" + Deliveries.hmac("HmacSHA1", SECRET, body));
        MultiMap both = MultiMap.caseInsensitiveMultiMap().addAll(headers).set("X-Hub-Signature-256", "sha256=00");

        // Then
        assertRefused(webhook.receive(Deliveries.request(headers, body)), Kind.UNAUTHORIZED);
        event(webhook(Set.of("*"), true, SECRET).receive(Deliveries.request(headers, body)));
        assertRefused(webhook(Set.of("*"), true, SECRET).receive(Deliveries.request(both, body)), Kind.UNAUTHORIZED);
    }

    @Test
    void no_flipped_bit_of_body_or_signature_is_let_through() {
        // Given
        byte[] body = Arrays.copyOf(Deliveries.payload("push"), 400);
        WebhookRequest good = Deliveries.signed("push", body, SECRET);
        String signature = good.headers().get("X-Hub-Signature-256");
        HubSignature check = HubSignature.sha256(List.of(SECRET));
        assertThat(check.isOf(body, signature)).isTrue();

        // Then
        for (int bit = 0; bit < 8 * body.length; bit++) {
            byte[] flipped = body.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(check.isOf(flipped, signature)).as("body bit %s", bit).isFalse();
        }
        for (int i = 0; i < signature.length(); i++) {
            for (int bit = 0; bit < 7; bit++) {
                char[] flipped = signature.toCharArray();
                flipped[i] ^= (char) (1 << bit);
                String other = new String(flipped);
                // Capital hex digits are the same digits.
                boolean same =
                        other.substring(7).equalsIgnoreCase(signature.substring(7)) && other.startsWith("sha256=");
                assertThat(check.isOf(body, other)).as(other).isEqualTo(same);
            }
        }
    }

    @Test
    void no_odd_signature_is_let_through() {
        // Given
        byte[] body = Deliveries.payload("push");
        String right = "sha256=" + Deliveries.hmac("HmacSHA256", SECRET, body);
        long seed = System.nanoTime();
        Random random = new Random(seed);

        // Then
        for (String odd : List.of(
                "",
                "sha256=",
                "sha256",
                right.substring(7),
                right + "0",
                right.substring(0, right.length() - 1),
                right + " ",
                " " + right,
                right.replace("sha256=", "SHA256="),
                right.replace("sha256=", "sha1="),
                right + "," + right,
                "sha256=" + "é".repeat(64),
                "sha256=" + "0".repeat(64))) {
            assertRefused(
                    webhook.receive(
                            Deliveries.request(Deliveries.headers("push").set("X-Hub-Signature-256", odd), body)),
                    Kind.UNAUTHORIZED);
        }
        for (int i = 0; i < 500; i++) {
            byte[] bytes = new byte[32];
            random.nextBytes(bytes);
            String other = "sha256=" + HexFormat.of().formatHex(bytes);
            assertThat(HubSignature.sha256(List.of(SECRET)).isOf(body, other))
                    .as("seed %s", seed)
                    .isFalse();
        }
    }

    @Test
    void two_signatures_are_none() {
        // Given
        WebhookRequest request = Deliveries.of("push", SECRET);
        request.headers().add("X-Hub-Signature-256", request.headers().get("X-Hub-Signature-256"));

        // Then
        assertRefused(webhook.receive(request), Kind.UNAUTHORIZED);
    }

    // ---- what GitHub would not send
    // -----------------------------------------------------------------------------------

    @Test
    void a_request_that_lacks_something_is_told_what() {
        // Then
        assertRefused(webhook.receive(without("X-GitHub-Event")), Kind.BAD_REQUEST);
        assertRefused(webhook.receive(without("X-GitHub-Delivery")), Kind.BAD_REQUEST);
        assertRefused(webhook.receive(without("X-Hub-Signature-256")), Kind.UNAUTHORIZED);
        for (String body :
                List.of("", "[]", "{", "{\"a\":}", "{} {}", "\"text\"", "{\"a\":" + "[".repeat(5000) + "}")) {
            assertRefused(webhook.receive(Deliveries.signed("push", body.getBytes(UTF_8), SECRET)), Kind.BAD_REQUEST);
        }
    }

    private static WebhookRequest without(String header) {
        WebhookRequest request = Deliveries.of("push", SECRET);
        request.headers().remove(header);
        return request;
    }

    @Test
    void only_post_is_allowed() {
        // Given
        WebhookRequest get = new WebhookRequest(
                "GET",
                "/",
                Deliveries.headers("push"),
                MultiMap.caseInsensitiveMultiMap(),
                Buffer.buffer(),
                Deliveries.ARRIVAL);

        // Then
        assertRefused(webhook.receive(get), Kind.METHOD_NOT_ALLOWED);
    }
}
