/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.e2e.SluiceProcess.Finished;
import dev.sluice.testkit.Answer;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.RecordingSubscriber;
import io.cloudevents.CloudEvent;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.Yaml;

/** The commands beside {@code serve}, against a running server, and the admin API that they use. */
final class CommandLineIT {

    @RegisterExtension
    static final Sluice sluice = Sluice.start();

    @RegisterExtension
    final RecordingSubscriber subscriber = RecordingSubscriber.start();

    @TempDir
    Path folder;

    private final String namespace = Sluice.namespace();

    // ---- get and the admin API ----------------------------------------------------------------------------------

    @Test
    void get_shows_brokers_and_triggers_as_kubectl_would() {
        // Given
        sluice.apply(namespace, Manifests.trigger(namespace, "orders", subscriber.uri()));

        // When
        Finished brokers = get("brokers", "-n", namespace);
        Finished triggers = get("triggers", "-n", namespace);

        // Then
        assertThat(brokers.status()).as(brokers.stderr()).isZero();
        assertThat(brokers.stdout().lines().toList())
                .hasSize(2)
                .first()
                .asString()
                .matches("NAME +URL +AGE +READY +REASON *");
        assertThat(brokers.stdout().lines().toList().get(1))
                .matches("default +http://localhost:" + sluice.process().ingressPort() + "/" + namespace
                        + "/default +\\d+s +True *");
        assertThat(triggers.stdout().lines().toList())
                .hasSize(2)
                .first()
                .asString()
                .matches("NAME +BROKER +SUBSCRIBER_URI +AGE +READY +REASON *");
        assertThat(triggers.stdout().lines().toList().get(1))
                .matches("orders +default +" + subscriber.uri() + "? +\\d+s +True *");
    }

    @Test
    void get_shows_why_the_events_of_a_ready_trigger_wait() throws Exception {
        // Given
        sluice.apply(
                namespace,
                Manifests.annotated(
                        Manifests.trigger(namespace, "orders", subscriber.uri()), "sluice.dev/paused: \"true\""));

        // When
        Finished triggers = get("triggers", "-n", namespace, "-o", "wide");

        // Then
        assertThat(triggers.stdout().lines().toList().get(1))
                .matches("orders +default +\\S+ +\\d+s +True +Paused +the annotation sluice.dev/paused is true;"
                        + " 0 events wait *");
    }

    @Test
    void get_of_one_resource_shows_all_of_it_as_yaml_and_json() throws Exception {
        // Given
        sluice.apply(
                namespace, Manifests.trigger(namespace, "orders", subscriber.uri(), "filter: {attributes: {type: a}}"));

        // When
        Finished yaml = get("trigger", namespace + "/orders", "-o", "yaml");
        Finished json = get("triggers", namespace + "/orders", "-o", "json");

        // Then
        JsonNode fromJson = new ObjectMapper().readTree(json.stdout());
        JsonNode fromYaml = new ObjectMapper().valueToTree(new Yaml().load(yaml.stdout()));
        assertThat(fromYaml).isEqualTo(fromJson);
        assertThat(fromJson.path("apiVersion").asText()).isEqualTo("eventing.knative.dev/v1");
        assertThat(fromJson.path("kind").asText()).isEqualTo("Trigger");
        assertThat(fromJson.at("/metadata/uid").asText()).isNotBlank();
        assertThat(fromJson.at("/metadata/creationTimestamp").asText()).isNotBlank();
        assertThat(fromJson.at("/spec/filter/attributes/type").asText()).isEqualTo("a");
        assertThat(fromJson.at("/status/observedGeneration").asInt())
                .isEqualTo(fromJson.at("/metadata/generation").asInt())
                .isEqualTo(1);
    }

    @Test
    void the_admin_api_shows_conditions_addresses_and_uris_of_a_ready_trigger() {
        // Given
        sluice.apply(
                namespace,
                Manifests.trigger(
                        namespace,
                        "orders",
                        subscriber.uri("/in"),
                        "delivery:",
                        "  deadLetterSink: {uri: " + subscriber.uri("/dead") + "}"));

        // When
        JsonNode broker = sluice.resource("brokers", namespace, "default");
        JsonNode trigger = sluice.resource("triggers", namespace, "orders");

        // Then
        assertThat(broker.at("/status/address/url").asText())
                .isEqualTo("http://localhost:" + sluice.process().ingressPort() + "/" + namespace + "/default");
        assertThat(broker.at("/status/conditions"))
                .extracting(condition -> condition.path("type").asText())
                .contains("Ready", "Addressable", "IngressReady", "TriggerChannelReady", "DeadLetterSinkResolved");
        assertThat(trigger.at("/status/subscriberUri").asText())
                .isEqualTo(subscriber.uri("/in").toString());
        assertThat(trigger.at("/status/deadLetterSinkUri").asText())
                .isEqualTo(subscriber.uri("/dead").toString());
        assertThat(trigger.at("/status/conditions"))
                .allSatisfy(condition ->
                        assertThat(condition.path("status").asText()).isEqualTo("True"))
                .extracting(condition -> condition.path("type").asText())
                .contains("Ready", "BrokerReady", "SubscriberResolved", "DeadLetterSinkResolved", "DependencyReady");
    }

    @Test
    void a_subscriber_that_needs_a_cluster_makes_the_trigger_not_ready_and_says_so() {
        // When
        sluice.write(namespace + ".yaml", Manifests.broker(namespace, "default"), """
                apiVersion: eventing.knative.dev/v1
                kind: Trigger
                metadata: {namespace: %s, name: orders}
                spec:
                  broker: default
                  subscriber:
                    ref: {apiVersion: v1, kind: Service, name: orders}
                """.formatted(namespace));

        // Then
        await().atMost(Sluice.PATIENCE)
                .until(() -> sluice.ready("triggers", namespace, "orders").equals("False"));
        JsonNode resolved = sluice.condition("triggers", namespace, "orders", "SubscriberResolved");
        assertThat(resolved.path("status").asText()).isEqualTo("False");
        assertThat(resolved.path("reason").asText()).isNotBlank();
        assertThat(resolved.path("message").asText()).contains("Service").contains("uri");
        assertThat(get("triggers", "-n", namespace).stdout()).containsPattern("orders .* False +\\w+");
    }

    @Test
    void a_broker_of_the_folder_can_be_a_subscriber() {
        // Given
        sluice.apply(
                namespace,
                Manifests.broker(namespace, "second"),
                """
                apiVersion: eventing.knative.dev/v1
                kind: Trigger
                metadata:
                  namespace: %s
                  name: forward
                spec:
                  broker: default
                  subscriber:
                    ref: {apiVersion: eventing.knative.dev/v1, kind: Broker, name: second}
                """.formatted(namespace),
                Manifests.trigger(namespace, "end", subscriber.uri()).replace("broker: default", "broker: second"));

        // When
        Finished sent = SluiceProcess.run(
                "send",
                "--to",
                sluice.ingress(namespace).toString(),
                "--type",
                "t",
                "--source",
                "/s",
                "--id",
                "through-two");

        // Then
        assertThat(sent.status()).as(sent.stdout() + sent.stderr()).isZero();
        await().atMost(Sluice.PATIENCE).until(() -> subscriber.count() == 1);
        assertThat(subscriber.ids()).containsExactly("through-two");
    }

    @Test
    void get_of_what_is_not_there_says_so() {
        Finished missing = get("triggers", namespace + "/no-such-trigger");

        assertThat(missing.status()).isEqualTo(1);
        assertThat(missing.stderr()).contains(namespace + "/no-such-trigger").doesNotContain("\tat ");
    }

    @Test
    void the_admin_api_explains_what_it_refuses() {
        HttpResponse<String> unknown = sluice.get(sluice.process().admin("/api/v1/sprockets"));

        assertThat(unknown.statusCode()).isEqualTo(404);
        assertThat(Sluice.json(unknown).path("error").asText()).contains("sprockets");
        assertThat(Sluice.json(unknown).path("remedy").asText()).isNotBlank();
    }

    @Test
    void the_meters_tell_what_happened() {
        // Given
        sluice.apply(
                namespace,
                Manifests.trigger(namespace, "t", subscriber.uri(), "delivery: {retry: 1, backoffDelay: PT0.01S}"));
        subscriber.failNext(1, 503);

        // When
        sluice.send(namespace, Events.MINIMAL);

        // Then
        String mine = "namespace=\"" + namespace + "\"";
        await().atMost(Sluice.PATIENCE)
                .until(() -> sluice.meter("sluice_trigger_ended_total", mine, "end=\"delivered\"") == 1);
        assertThat(sluice.meter("sluice_ingress_accepted_total", mine)).isEqualTo(1);
        assertThat(sluice.meter("sluice_trigger_matched_total", mine)).isEqualTo(1);
        assertThat(sluice.meter("sluice_trigger_retries_total", mine)).isEqualTo(1);
        CounterLaw.awaitNothingKept(sluice, namespace);
        assertThat(sluice.meter("sluice_channel_capacity_bytes", mine)).isPositive();
        assertThat(sluice.meter("jvm_memory_used_bytes")).isPositive();
    }

    @Test
    void every_metric_of_the_docs_is_there() {
        // Given: an event that is accepted, retried and replied to, one that is dead-lettered, a refusal, and a source
        sluice.apply(
                namespace,
                Manifests.trigger(
                        namespace,
                        "t",
                        subscriber.uri(),
                        "filter: {attributes: {type: " + Events.TYPE + "}}",
                        "delivery: {retry: 1, backoffDelay: PT0.01S, deadLetterSink: {uri: " + subscriber.uri("/dead")
                                + "}}"),
                """
                apiVersion: sources.knative.dev/v1
                kind: PingSource
                metadata:
                  namespace: %s
                  name: yearly
                spec:
                  schedule: "@yearly"
                  sink: {uri: %s}
                """.formatted(namespace, subscriber.uri("/ping")));
        subscriber.answerNext(Answer.status(503), Answer.reply(Events.of("reply", "reply")), Answer.status(400));
        sluice.send(namespace, Events.withId("replied"));
        await().atMost(Sluice.PATIENCE).until(() -> subscriber.count() == 2);
        sluice.send(namespace, Events.withId("dead"));
        sluice.post(sluice.process().ingress(namespace, "no-such-broker"), Events.MINIMAL);
        await().atMost(Sluice.PATIENCE)
                .until(() -> sluice.meter("sluice_trigger_ended_total", "namespace=\"" + namespace + "\"") == 2);

        // When
        String metrics = sluice.get(sluice.process().admin("/metrics")).body();

        // Then
        List<String> names = Repository.read("docs/metrics.md")
                .lines()
                .filter(line -> line.startsWith("| `"))
                .map(line -> line.substring(3, line.indexOf('`', 3)))
                .toList();
        assertThat(names).hasSizeGreaterThan(10);
        assertThat(names)
                .map(name -> name.endsWith("_seconds") ? name + "_count" : name)
                .allSatisfy(name -> assertThat(metrics).containsPattern("(?m)^" + name + "\\{[^}]*"));
        for (String name : List.of("ingress_accepted", "trigger_retries", "trigger_replies", "trigger_matched")) {
            assertThat(sluice.meter("sluice_" + name + "_total", "namespace=\"" + namespace + "\""))
                    .as(name)
                    .isPositive();
        }
    }

    // ---- send ---------------------------------------------------------------------------------------------------

    @Test
    void send_sends_every_attribute_and_data_from_a_file() throws Exception {
        // Given
        sluice.apply(namespace, Manifests.trigger(namespace, "t", subscriber.uri()));
        Path data = Files.writeString(folder.resolve("order.json"), "{\"price\": 1.10}");

        for (String mode : new String[] {"binary", "structured"}) {
            // When
            Finished sent = SluiceProcess.run(
                    "send",
                    "--to",
                    sluice.ingress(namespace).toString(),
                    "--type",
                    "order.created",
                    "--source",
                    "/shop",
                    "--id",
                    "sent-" + mode,
                    "--subject",
                    "Zürich €",
                    "--extension",
                    "tier=gold",
                    "--extension",
                    "region=eu",
                    "--data",
                    "@" + data,
                    "--mode",
                    mode);

            // Then
            assertThat(sent.status()).as(sent.stdout() + sent.stderr()).isZero();
            assertThat(sent.stdout()).isEqualTo("202 Accepted");
            await().atMost(Sluice.PATIENCE)
                    .until(() -> subscriber.count() > 0
                            && subscriber.last().eventId().equals("sent-" + mode));
            CloudEvent event = subscriber.last().requireEvent();
            assertThat(event.getType()).isEqualTo("order.created");
            assertThat(event.getSource().toString()).isEqualTo("/shop");
            assertThat(event.getSubject()).isEqualTo("Zürich €");
            assertThat(event.getExtension("tier")).isEqualTo("gold");
            assertThat(event.getExtension("region")).isEqualTo("eu");
            assertThat(event.getDataContentType()).isEqualTo("application/json");
            assertThat(subscriber.last().body().toString()).isEqualTo("{\"price\": 1.10}");
        }
    }

    @Test
    void send_takes_data_from_standard_input() {
        // When
        Finished sent = SluiceProcess.command(
                        "send",
                        "--to",
                        subscriber.uri().toString(),
                        "--type",
                        "t",
                        "--source",
                        "/s",
                        "--data",
                        "-",
                        "--datacontenttype",
                        "text/plain")
                .run("from a pipe");

        // Then
        assertThat(sent.status()).as(sent.stderr()).isZero();
        assertThat(subscriber.last().body().toString()).isEqualTo("from a pipe");
        assertThat(subscriber.last().header("content-type")).contains("text/plain");
    }

    @Test
    void send_shows_a_refusal_and_fails() {
        Finished refused = SluiceProcess.run(
                "send",
                "--to",
                sluice.process().ingress(namespace, "no-such-broker").toString(),
                "--type",
                "t",
                "--source",
                "/s");

        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.stdout()).startsWith("404 Not Found").contains(namespace + "/no-such-broker");
    }

    // ---- display ------------------------------------------------------------------------------------------------

    @Test
    void display_shows_events_as_a_person_would_read_them() {
        try (SluiceProcess display =
                SluiceProcess.command("display", "--port", "0").launch()) {
            // Given
            String ready = display.awaitStderr("ready.*:\\d+", Sluice.PATIENCE);
            String url = ready.substring(ready.indexOf("http://"));

            // When
            Finished sent = SluiceProcess.run(
                    "send",
                    "--to",
                    url,
                    "--type",
                    "order.created",
                    "--source",
                    "/shop",
                    "--id",
                    "4711",
                    "--data",
                    "{\"price\":1.10}");

            // Then
            assertThat(sent.status()).as(sent.stdout() + sent.stderr()).isZero();
            display.awaitStdout("type +order\\.created", Sluice.PATIENCE);
            display.awaitStdout("id +4711", Sluice.PATIENCE);
            display.awaitStdout("price.*1\\.1", Sluice.PATIENCE);

            // When
            display.sigterm();

            // Then
            assertThat(display.awaitExit(Sluice.PATIENCE)).isZero();
        }
    }

    @Test
    void display_prints_one_json_object_a_line_for_programs() throws Exception {
        try (SluiceProcess display =
                SluiceProcess.command("display", "--port", "0", "--json").launch()) {
            String ready = display.awaitStderr("ready.*:\\d+", Sluice.PATIENCE);
            String url = ready.substring(ready.indexOf("http://"));

            SluiceProcess.run(
                    "send", "--to", url, "--type", "t", "--source", "/s", "--id", "4711", "--data", "{\"a\":\n1}");

            JsonNode event = new ObjectMapper().readTree(display.awaitStdout("4711", Sluice.PATIENCE));
            assertThat(event.path("id").asText()).isEqualTo("4711");
            assertThat(event.at("/data/a").asInt()).isEqualTo(1);
        }
    }

    @Test
    void the_servers_own_display_prints_to_its_standard_output() {
        // Given
        sluice.apply(
                namespace,
                Manifests.trigger(namespace, "display", sluice.process().admin("/display")));

        // When
        SluiceProcess.run(
                "send", "--to", sluice.ingress(namespace).toString(), "--type", "seen.on.terminal", "--source", "/s");

        // Then
        sluice.process().awaitStdout("type +seen\\.on\\.terminal", Sluice.PATIENCE);
    }

    // ---- the rest -----------------------------------------------------------------------------------------------

    @Test
    void health_is_true_to_its_meaning() {
        assertThat(sluice.get(sluice.process().admin("/health/live")).statusCode())
                .isEqualTo(200);
        assertThat(sluice.get(sluice.process().admin("/health/ready")).statusCode())
                .isEqualTo(200);
    }

    private static Finished get(String... arguments) {
        var words = new ArrayList<>(List.of("get"));
        words.addAll(List.of(arguments));
        words.addAll(List.of("--admin-url", sluice.process().admin("").toString()));
        return SluiceProcess.run(words.toArray(String[]::new));
    }
}
