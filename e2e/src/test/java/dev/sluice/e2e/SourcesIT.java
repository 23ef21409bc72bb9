/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.testkit.Answer;
import dev.sluice.testkit.ClosedPort;
import dev.sluice.testkit.RecordingSubscriber;
import io.cloudevents.CloudEvent;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Sources in a running process, through its doors. */
final class SourcesIT {

    private static final String SECRET = "It's a Secret to Everybody";

    @RegisterExtension
    static final Sluice sluice = Sluice.start("--sources-host", "127.0.0.1");

    @RegisterExtension
    final RecordingSubscriber subscriber = RecordingSubscriber.start();

    @TempDir
    private Path folder;

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final String namespace = Sluice.namespace();

    @BeforeEach
    void a_broker_with_a_trigger() {
        sluice.apply(namespace, Manifests.trigger(namespace, "all", subscriber.uri()));
    }

    private static String secret(String namespace, String value) {
        return """
                apiVersion: v1
                kind: Secret
                metadata:
                  namespace: %s
                  name: github
                stringData:
                  secret: "%s"
                """.formatted(namespace, value);
    }

    private static String gitHubSource(String namespace, String sink) {
        return """
                apiVersion: sources.knative.dev/v1alpha1
                kind: GitHubSource
                metadata:
                  namespace: %s
                  name: kettle
                spec:
                  ownerAndRepository: tea-house/kettle
                  eventTypes: [push]
                  secretToken: {secretKeyRef: {name: github, key: secret}}
                  sink: %s
                  ceOverrides: {extensions: {team: brewers}}
                """.formatted(namespace, sink);
    }

    private static final String TO_BROKER = "{ref: {apiVersion: eventing.knative.dev/v1, kind: Broker, name: default}}";

    private String shown() {
        return sluice.resource("githubsources", namespace, "kettle").toString();
    }

    private void awaitReady() {
        sluice.awaitReady("githubsources", namespace, "kettle");
    }

    private HttpResponse<String> push(String secret, byte[] body) throws Exception {
        return client.send(
                HttpRequest.newBuilder(sluice.process().webhook(namespace, "kettle"))
                        .timeout(Duration.ofSeconds(60))
                        .header("content-type", "application/json")
                        .header("x-github-event", "push")
                        .header("x-github-delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958")
                        .header("x-hub-signature-256", "sha256=" + hmac(secret, body))
                        .POST(BodyPublishers.ofByteArray(body))
                        .build(),
                BodyHandlers.ofString());
    }

    private static String hmac(String secret, byte[] body) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret.getBytes(UTF_8), "HmacSHA256"));
        return HexFormat.of().formatHex(mac.doFinal(body));
    }

    @Test
    void a_push_reaches_the_subscriber_of_a_trigger_byte_for_byte() throws Exception {
        // Given
        sluice.write("source-" + namespace + ".yaml", secret(namespace, SECRET), gitHubSource(namespace, TO_BROKER));
        awaitReady();
        byte[] body = "{ \"ref\": \"refs/heads/main\",\t\"compare\": \"https://github.com/a/b/compare/1...2\" }"
                .getBytes(UTF_8);

        // When
        HttpResponse<String> answer = push(SECRET, body);

        // Then
        assertThat(answer.statusCode()).isEqualTo(202);
        await().atMost(Sluice.PATIENCE).until(() -> subscriber.count() == 1);
        CloudEvent event = subscriber.events().get(0);
        assertThat(event.getType()).isEqualTo("dev.knative.source.github.push");
        assertThat(event.getId()).isEqualTo("72d3162e-cc78-11e3-81ab-4c9367dc0958");
        assertThat(event.getSource()).isEqualTo(URI.create("https://github.com/tea-house/kettle"));
        assertThat(event.getSubject()).isEqualTo("1...2");
        assertThat(event.getExtension("ref")).isEqualTo("refs/heads/main");
        assertThat(event.getExtension("team")).isEqualTo("brewers");
        assertThat(Objects.requireNonNull(event.getData()).toBytes()).isEqualTo(body);
        assertThat(shown())
                .contains(
                        "\"ceAttributes\":[{\"type\":\"dev.knative.source.github.push\",\"source\":\"https://github.com/tea-house/kettle\"}]",
                        "\"sinkUri\":\"http://localhost:")
                .doesNotContain(SECRET);
    }

    @Test
    void what_can_not_be_taken_is_refused_with_the_reason() throws Exception {
        try (ClosedPort closed = ClosedPort.take()) {
            // Given
            sluice.write(
                    "source-" + namespace + ".yaml",
                    secret(namespace, SECRET),
                    gitHubSource(namespace, "{uri: " + closed.uri() + "}"));
            awaitReady();

            // Then
            HttpResponse<String> forged = push("a guess", "{}".getBytes(UTF_8));
            assertThat(forged.statusCode()).isEqualTo(401);
            assertThat(forged.body()).contains("X-Hub-Signature-256").doesNotContain(SECRET, hmac(SECRET, new byte[0]));
            assertThat(push(SECRET, new byte[(1 << 20) + 1]).statusCode()).isEqualTo(413);
            HttpResponse<String> down = push(SECRET, "{}".getBytes(UTF_8));
            assertThat(down.statusCode()).isEqualTo(503);
            assertThat(down.headers().firstValue("retry-after")).isPresent();
            HttpResponse<String> unknown = client.send(
                    HttpRequest.newBuilder(sluice.process().webhook(namespace, "nobody"))
                            .POST(BodyPublishers.noBody())
                            .build(),
                    BodyHandlers.ofString());
            assertThat(unknown.statusCode()).isEqualTo(404);
        }
    }

    @Test
    void a_sink_that_fails_for_a_moment_is_not_noticed_by_the_sender() throws Exception {
        // Given
        RecordingSubscriber sink = subscriber;
        sluice.write(
                "source-" + namespace + ".yaml",
                secret(namespace, SECRET),
                gitHubSource(namespace, "{uri: " + sink.uri() + "}"));
        awaitReady();
        sink.answerNext(Answer.status(503), Answer.status(429));

        // When
        HttpResponse<String> answer = push(SECRET, "{}".getBytes(UTF_8));

        // Then
        assertThat(answer.statusCode()).isEqualTo(202);
        assertThat(sink.ids()).hasSize(3).containsOnly("72d3162e-cc78-11e3-81ab-4c9367dc0958");
    }

    @Test
    void a_secret_is_rotated_without_a_moment_at_which_none_is_valid() throws Exception {
        // Given
        sluice.write("source-" + namespace + ".yaml", gitHubSource(namespace, TO_BROKER));
        await().atMost(Sluice.PATIENCE).until(() -> shown().contains("there is no Secret " + namespace + "/github"));
        sluice.write("secret-" + namespace + ".yaml", secret(namespace, "old"));
        awaitReady();
        assertThat(push("old", "{}".getBytes(UTF_8)).statusCode()).isEqualTo(202);

        // When
        sluice.write("secret-" + namespace + ".yaml", secret(namespace, "new\\nold"));

        // Then
        await().atMost(Sluice.PATIENCE)
                .until(() -> push("new", "{}".getBytes(UTF_8)).statusCode() == 202);
        assertThat(push("old", "{}".getBytes(UTF_8)).statusCode()).isEqualTo(202);
        sluice.write("secret-" + namespace + ".yaml", secret(namespace, "new"));
        await().atMost(Sluice.PATIENCE)
                .until(() -> push("old", "{}".getBytes(UTF_8)).statusCode() == 401);
    }

    private void writePingSource(String spec) {
        sluice.write("source-" + namespace + ".yaml", """
                apiVersion: sources.knative.dev/v1
                kind: PingSource
                metadata:
                  namespace: %s
                  name: tick
                spec:
                  sink: {uri: "%s"}
                """.formatted(namespace, subscriber.uri()) + spec.indent(2));
        sluice.awaitReady("pingsources", namespace, "tick");
    }

    @Test
    void a_tick_comes_at_the_hour_of_its_zone_with_its_bytes() {
        // Given: a zone whose hour is another than that of UTC, now and when this one ends
        byte[] bytes = {0, (byte) 0xff, 'a', '\n'};
        int hour = ZonedDateTime.now(ZoneId.of("Asia/Kathmandu")).getHour();

        // When
        writePingSource("""
                schedule: "* * %d,%d * * *"
                timezone: Asia/Kathmandu
                contentType: application/octet-stream
                dataBase64: %s
                """.formatted(hour, (hour + 1) % 24, Base64.getEncoder().encodeToString(bytes)));

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> subscriber.count() >= 1);
        CloudEvent event = subscriber.events().get(0);
        assertThat(event.getType()).isEqualTo("dev.knative.sources.ping");
        assertThat(event.getDataContentType()).isEqualTo("application/octet-stream");
        assertThat(Objects.requireNonNull(event.getData()).toBytes()).isEqualTo(bytes);
        sluice.delete("source-" + namespace + ".yaml");
    }

    @Test
    void a_tick_is_sent_again_while_that_may_help_and_given_up_and_counted_when_it_can_not() {
        // Given: the first event is to be tried again twice, and the second never
        List<String> seen = new CopyOnWriteArrayList<>();
        List<Long> attemptsOfFirst = new CopyOnWriteArrayList<>();
        subscriber.answerBy(request -> {
            String id = request.eventId();
            if (!seen.contains(id)) {
                seen.add(id);
            }
            if (seen.indexOf(id) == 1) {
                return Answer.status(400);
            }
            if (seen.indexOf(id) > 1) {
                return Answer.ok();
            }
            attemptsOfFirst.add(System.nanoTime());
            return switch (attemptsOfFirst.size()) {
                case 1 -> Answer.status(503);
                case 2 -> Answer.status(429).withHeader("Retry-After", "3");
                default -> Answer.ok();
            };
        });

        // When
        writePingSource("schedule: '* * * * * *'");

        // Then
        String mine = "namespace=\"" + namespace + "\"";
        await().atMost(Sluice.PATIENCE).until(() -> attemptsOfFirst.size() == 3 && seen.size() >= 4);
        await().atMost(Sluice.PATIENCE).until(() -> sluice.meter("sluice_source_sent_total", mine) >= 3);
        assertThat(Duration.ofNanos(attemptsOfFirst.get(2) - attemptsOfFirst.get(1)))
                .isGreaterThan(Duration.ofMillis(2_900));
        assertThat(subscriber.ids().stream().filter(seen.get(1)::equals)).hasSize(1);
        assertThat(sluice.meter("sluice_source_retries_total", mine)).isEqualTo(2);
        assertThat(sluice.meter("sluice_source_failed_total", mine)).isEqualTo(1);
        assertThat(sluice.process().stderr())
                .anyMatch(line -> line.contains("the event of a tick is lost")
                        && line.contains(namespace + "/tick")
                        && line.contains("400"));
        sluice.delete("source-" + namespace + ".yaml");
    }

    @Test
    void sources_are_listed_and_a_request_can_be_tried_without_them() throws Exception {
        // Given
        Path file = Files.writeString(
                folder.resolve("source.yaml"),
                secret(namespace, SECRET) + "---\n" + gitHubSource(namespace, TO_BROKER));
        sluice.write("source-" + namespace + ".yaml", Files.readString(file));
        awaitReady();
        String body = "{\"ref\": \"refs/heads/main\"}";
        String head =
                "POST /x/y HTTP/1.1\nX-GitHub-Event: push\nX-GitHub-Delivery: d-1\nX-Hub-Signature-256: sha256=%s\n\n";
        Path good = Files.writeString(
                folder.resolve("good.http"), head.formatted(hmac(SECRET, body.getBytes(UTF_8))) + body);
        Path forged = Files.writeString(folder.resolve("forged.http"), head.formatted("00".repeat(32)) + body);

        // When
        SluiceProcess.Finished listed = SluiceProcess.run(
                "sources", "list", "--admin-url", sluice.process().admin("/").toString());
        SluiceProcess.Finished tried =
                SluiceProcess.run("sources", "test", "-f", file.toString(), "--request", good.toString(), "-o", "json");
        SluiceProcess.Finished refused =
                SluiceProcess.run("sources", "test", "-f", file.toString(), "--request", forged.toString());

        // Then
        assertThat(listed.stdout())
                .containsPattern(
                        namespace + " +kettle +GitHubSource +http://localhost:\\d+/" + namespace + "/default +True");
        assertThat(tried.stdout())
                .contains("\"type\":\"dev.knative.source.github.push\"", "\"team\":\"brewers\"", "\"d-1\"");
        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.stderr()).contains("401", "X-Hub-Signature-256").doesNotContain(SECRET);
    }

    @Test
    void a_mistake_in_a_source_is_told_with_its_line() throws Exception {
        // Given
        Path file = Files.writeString(
                folder.resolve("source.yaml"),
                gitHubSource(namespace, TO_BROKER).replace("ownerAndRepository:", "ownerAndRepositry:"));

        // When
        SluiceProcess.Finished checked = SluiceProcess.run("validate", "-f", file.toString());

        // Then
        assertThat(checked.status()).isEqualTo(2);
        assertThat(checked.stdout()).contains("source.yaml:7", "ownerAndRepositry", "did you mean ownerAndRepository?");
    }

    @Test
    void a_push_is_built_deployed_and_checked_by_the_example() throws Exception {
        // Given
        ProcessBuilder example = new ProcessBuilder(
                Repository.root().resolve("examples/github-to-deploy/run").toString());
        example.environment().put("STEPS_PORT", Integer.toString(FreePorts.next()));
        example.environment().put("SLUICE_INGRESS_PORT", Integer.toString(FreePorts.next()));
        example.environment().put("SLUICE_SOURCES_PORT", Integer.toString(FreePorts.next()));
        example.environment().put("SLUICE_ADMIN_PORT", Integer.toString(FreePorts.next()));
        example.redirectErrorStream(true);

        // When
        Process process = example.start();
        String said = new String(process.getInputStream().readAllBytes(), UTF_8);

        // Then
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(said).isEqualTo("""
                        GitHub is answered 202
                        built 6113728 because of dev.knative.source.github.push
                        deployed 6113728 because of com.example.built
                        healthy 6113728 because of com.example.deployed
                        """);
        assertThat(process.exitValue()).isZero();
    }
}
