/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.testkit.Answer;
import dev.sluice.testkit.RecordingSubscriber;
import io.cloudevents.CloudEvent;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** WebhookSources of a folder, at the port for webhooks of the real process. */
final class WebhookSourceIT {

    private static final String SECRET = "whsec_5f3d";

    /** The time-out is what a sink that is out of order costs these tests, and long enough for one that is slow. */
    @RegisterExtension
    static final Sluice sluice = Sluice.start("--max-event-size", "64KiB", "--webhook-timeout", "4s");

    @RegisterExtension
    final RecordingSubscriber subscriber = RecordingSubscriber.start();

    private final String namespace = Sluice.namespace();

    private String secret(String value) {
        return """
                apiVersion: v1
                kind: Secret
                metadata:
                  namespace: %s
                  name: hook
                stringData:
                  secret: |
                %s
                """.formatted(namespace, value.indent(4));
    }

    /** @param sink a line of the spec and what is below it */
    private String source(String recipe, String sink) {
        return """
                apiVersion: sources.sluice.dev/v1alpha1
                kind: WebhookSource
                metadata:
                  namespace: %s
                  name: hook
                spec:
                  verification:
                    recipe: %s
                    secrets:
                      - secretKeyRef:
                          name: hook
                          key: secret
                  event:
                    subject:
                      jsonata: data.object.customer
                    extensions:
                      live:
                        jsonata: livemode
                %s
                """.formatted(namespace, recipe, sink.indent(2));
    }

    private static String toBroker() {
        return """
                sink:
                  ref:
                    apiVersion: eventing.knative.dev/v1
                    kind: Broker
                    name: default
                """;
    }

    private String toSubscriber() {
        return "sink:\n  uri: " + subscriber.uri() + "\n";
    }

    private static String hmac(String key, byte[] signed) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key.getBytes(UTF_8), "HmacSHA256"));
            return HexFormat.of().formatHex(mac.doFinal(signed));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static Map<String, String> signedByStripe(String key, String body) {
        long now = System.currentTimeMillis() / 1000;
        return Map.of(
                "content-type",
                "application/json; charset=utf-8",
                "stripe-signature",
                "t=" + now + ",v1=" + hmac(key, (now + "." + body).getBytes(UTF_8)));
    }

    private URI hook() {
        return sluice.process().webhook(namespace, "hook");
    }

    private HttpResponse<String> post(Map<String, String> headers, String body) {
        return sluice.exchange(Sluice.request(hook(), headers, body.getBytes(UTF_8)));
    }

    /** As a sender does: again, as long as it is told that it may help. */
    private HttpResponse<String> postUntilDecided(String key, String body) {
        return await("the webhook is decided")
                .atMost(Sluice.PATIENCE)
                .until(() -> post(signedByStripe(key, body), body), response -> response.statusCode() != 503);
    }

    private void send(String key, String body) {
        HttpResponse<String> response = postUntilDecided(key, body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(202);
    }

    private static String invoice(String id) {
        return "{ \"id\": \"" + id + "\",\r\n \"type\": \"invoice.paid\", \"livemode\": true,"
                + " \"data\": {\"object\": {\"customer\": \"cus_é\"}} }";
    }

    @Test
    void a_webhook_reaches_the_subscriber_of_a_trigger_byte_for_byte() {
        // Given
        sluice.apply(
                namespace,
                secret(SECRET),
                source("stripe", toBroker()),
                Manifests.trigger(
                        namespace,
                        "paid",
                        subscriber.uri(),
                        "filters:",
                        "- exact: {type: com.stripe.invoice.paid, live: \"true\"}"));

        // When
        send(SECRET, invoice("evt_1"));

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> !subscriber.events().isEmpty());
        CloudEvent event = subscriber.events().get(0);
        assertThat(event.getId()).isEqualTo("evt_1");
        assertThat(event.getSource()).hasToString("/apis/v1/namespaces/" + namespace + "/webhooksources/hook");
        assertThat(event.getSubject()).isEqualTo("cus_é");
        assertThat(event.getDataContentType()).isEqualTo("application/json; charset=utf-8");
        assertThat(event.getData().toBytes()).isEqualTo(invoice("evt_1").getBytes(UTF_8));
    }

    @Test
    void what_can_not_be_taken_is_refused_with_the_reason_and_reaches_nobody() {
        // Given
        sluice.apply(namespace, secret(SECRET), source("stripe", toSubscriber()));
        String body = invoice("evt_1");

        // When
        HttpResponse<String> unsigned = post(Map.of(), body);
        HttpResponse<String> forged = post(signedByStripe("whsec_other", body), body);
        HttpResponse<String> changed = post(signedByStripe(SECRET, body), body + " ");
        Map<String, String> old = new HashMap<>(
                Map.of("stripe-signature", "t=1000000000,v1=" + hmac(SECRET, ("1000000000." + body).getBytes(UTF_8))));
        HttpResponse<String> replayed = post(old, body);
        String large = "{\"id\":\"" + "x".repeat(64 * 1024) + "\"}";
        HttpResponse<String> tooLarge = post(signedByStripe(SECRET, large), large);
        HttpResponse<String> noJson = post(signedByStripe(SECRET, "<x/>"), "<x/>");
        HttpResponse<String> byGet = sluice.get(hook());
        HttpResponse<String> nowhere =
                sluice.exchange(Sluice.request(sluice.process().webhook(namespace, "hoook"), Map.of(), new byte[0]));

        // Then
        requireRefused(unsigned, 401, "header \\\"Stripe-Signature\\\" is missing or empty");
        requireRefused(forged, 401, "does not have a valid signature of this request");
        requireRefused(changed, 401, "does not have a valid signature of this request");
        requireRefused(replayed, 401, "seconds old, and 300 are allowed");
        requireRefused(tooLarge, 413, "and the limit is 65536");
        requireRefused(noJson, 400, "the body is not JSON: line 1, column 1");
        requireRefused(byGet, 405, "method GET is not allowed here");
        requireRefused(nowhere, 404, "there is no source \\\"" + namespace + "/hoook\\\"");
        assertThat(subscriber.count()).isZero();
    }

    private static void requireRefused(HttpResponse<String> response, int status, String why) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.body()).contains(why).contains("\"remedy\":").doesNotContain(SECRET);
    }

    @Test
    void a_webhook_is_not_accepted_before_its_sink_has_the_event() {
        // Given
        sluice.apply(namespace, secret(SECRET), source("stripe", toSubscriber()));
        String body = invoice("evt_7");
        subscriber.answer(Answer.status(503));

        // When
        HttpResponse<String> whileDown = post(signedByStripe(SECRET, body), body);
        subscriber.answer(Answer.status(400));
        HttpResponse<String> refusedForGood = postUntilDecided(SECRET, body);
        subscriber.answer(Answer.ok());
        send(SECRET, body);

        // Then
        assertThat(whileDown.statusCode()).isEqualTo(503);
        assertThat(whileDown.headers().firstValue("retry-after")).isNotEqualTo(Optional.empty());
        assertThat(refusedForGood.statusCode()).as(refusedForGood.body()).isEqualTo(502);
        assertThat(subscriber.ids()).isNotEmpty().containsOnly("evt_7");
    }

    @Test
    void a_secret_is_rotated_without_a_moment_at_which_nothing_is_valid() {
        // Given
        String source = source("stripe", toSubscriber());
        sluice.apply(namespace, secret(SECRET), source);
        send(SECRET, invoice("evt_1"));

        // When
        sluice.apply(namespace, secret("whsec_new\n" + SECRET), source);

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> isTaken("whsec_new"));
        assertThat(isTaken(SECRET)).isTrue();
        sluice.apply(namespace, secret("whsec_new"), source);
        await().atMost(Sluice.PATIENCE).until(() -> !isTaken(SECRET));
        assertThat(isTaken("whsec_new")).isTrue();
    }

    private boolean isTaken(String key) {
        HttpResponse<String> response = postUntilDecided(key, "{}");
        assertThat(response.statusCode()).as(response.body()).isIn(202, 401);
        return response.statusCode() == 202;
    }

    @Test
    void handshakes_are_answered() {
        // Given
        sluice.apply(namespace, secret(SECRET), source("slack", toSubscriber()));
        String body = "{\"type\":\"url_verification\",\"challenge\":\"3eZbrw1aBm2rZgRNFdxV\"}";
        long now = System.currentTimeMillis() / 1000;

        // When
        HttpResponse<String> slack = post(
                Map.of(
                        "x-slack-request-timestamp",
                        Long.toString(now),
                        "x-slack-signature",
                        "v0=" + hmac(SECRET, ("v0:" + now + ":" + body).getBytes(UTF_8))),
                body);
        HttpResponse<String> cloudEvents = sluice.exchange(HttpRequest.newBuilder(hook())
                .header("WebHook-Request-Origin", "sender.example.com")
                .method("OPTIONS", BodyPublishers.noBody())
                .build());

        // Then
        assertThat(slack.statusCode()).as(slack.body()).isEqualTo(200);
        assertThat(slack.body()).isEqualTo("3eZbrw1aBm2rZgRNFdxV");
        assertThat(cloudEvents.statusCode()).isEqualTo(200);
        assertThat(cloudEvents.headers().firstValue("webhook-allowed-origin")).contains("*");
        assertThat(subscriber.count()).isZero();
    }

    @Test
    void a_mistake_is_reported_with_its_line(@TempDir Path folder) throws IOException {
        // Given
        String mistaken = source("stirpe", toBroker()).replace("jsonata: livemode", "jsonata: \"livemode[\"");
        Path file = Files.writeString(folder.resolve("hook.yaml"), mistaken);

        // When
        SluiceProcess.Finished finished = SluiceProcess.run("validate", "-f", file.toString());

        // Then
        assertThat(finished.status()).isEqualTo(2);
        assertThat(finished.stdout() + finished.stderr())
                .contains("hook.yaml:8 ", "spec.verification.recipe \"stirpe\"", "did you mean stripe?")
                .contains("hook.yaml:18 ", "spec.event.extensions.live.jsonata \"livemode[\" is not JSONata: ");
    }
}
