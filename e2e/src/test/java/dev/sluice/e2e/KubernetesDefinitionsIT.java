/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.testkit.kube.Kubectl;
import dev.sluice.testkit.kube.KubernetesFixture;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The definitions in {@code deploy/crds}, as a real API server and a real kubectl take them. */
final class KubernetesDefinitionsIT {

    @RegisterExtension
    static final KubernetesFixture kubernetes = KubernetesFixture.shared();

    private static final ObjectMapper JSON = new ObjectMapper();

    /** Everything that a Trigger can have. */
    private static final String WHOLE_TRIGGER = """
            apiVersion: eventing.knative.dev/v1
            kind: Trigger
            metadata: {name: whole, namespace: %s}
            spec:
              broker: default
              filter: {attributes: {type: order.paid, region: ""}}
              filters:
              - exact: {type: order.paid}
              - prefix: {source: /shop/}
              - suffix: {type: .paid}
              - any: [{exact: {region: eu}}, {not: {exact: {region: us}}}]
              - all: [{cesql: "amount > 10"}, {all: [{exact: {a: b}}]}]
              - not: {any: [{exact: {region: us}}]}
              - cesql: EXISTS subject
              subscriber:
                ref: {apiVersion: v1, kind: Service, name: orders, namespace: elsewhere, address: http}
                uri: /events
                CACerts: PEM
                audience: orders
              delivery:
                retry: 3
                timeout: PT30S
                backoffPolicy: linear
                backoffDelay: PT0.2S
                retryAfterMax: PT1M
                format: json
                deadLetterSink: {uri: "http://dead.example.com/"}
            """;

    @BeforeAll
    static void install() {
        kubernetes.cluster().installCrds(Repository.path("deploy/crds"));
        // What explains and strictly validates them is published some time after they are served.
        for (String field : List.of("trigger.spec.subscriber.uri", "broker.spec.config")) {
            await().atMost(Cluster.PATIENCE)
                    .untilAsserted(() -> kubernetes.kubectl().must("explain", field));
        }
    }

    /** Everything that sources can have, each where it has a meaning and elsewhere. */
    private static final String WHOLE_GITHUB_SOURCE = """
            apiVersion: sources.knative.dev/v1alpha1
            kind: GitHubSource
            metadata: {name: whole, namespace: %s}
            spec:
              ownerAndRepository: tea-house/kettle
              eventTypes: [push, "*"]
              accessToken: {secretKeyRef: {name: github, key: token, optional: false}}
              secretToken: {secretKeyRef: {name: github, key: secret}}
              githubAPIURL: https://github.example.com/api/v3/
              secure: true
              serviceAccountName: nobody
              sink: {ref: {apiVersion: v1, kind: Service, name: orders}, uri: /in, CACerts: PEM, audience: orders}
              ceOverrides: {extensions: {team: brewers}}
            """;

    private static final String WHOLE_PING_SOURCE = """
            apiVersion: sources.knative.dev/v1
            kind: PingSource
            metadata: {name: whole, namespace: %s}
            spec:
              schedule: "*/5 * * * *"
              timezone: Europe/Vienna
              contentType: text/plain
              data: tick
              dataBase64: dGljaw==
              sink: {uri: "http://orders.example.com/"}
              ceOverrides: {extensions: {team: brewers}}
            """;

    private static final String WHOLE_WEBHOOK_SOURCE = """
            apiVersion: sources.sluice.dev/v1alpha1
            kind: WebhookSource
            metadata: {name: whole, namespace: %s}
            spec:
              publicUrl: https://hooks.example.com/whole
              verification:
                recipe: hmac
                secrets: [{secretKeyRef: {name: s, key: k}}]
                tolerance: PT5M
                username: u
                header: X-Token
                hmac:
                  header: X-Signature
                  algorithm: sha512
                  encoding: base64
                  prefix: v1=
                  signed: "{header:X-Time}.{body}"
                  timestampHeader: X-Time
                  secretEncoding: text
              event:
                type: {literal: com.example.met}
                source: {header: X-Source, prefix: /, default: /none}
                subject: {queryParameter: about}
                id: {jsonata: meeting.id}
                time: {jsonata: meeting.at}
                extensions: {region: {header: X-Region}}
              sink: {uri: "http://orders.example.com/"}
              ceOverrides: {extensions: {team: brewers}}
            """;

    private static final String WHOLE_KAFKA_SOURCE = """
            apiVersion: sources.knative.dev/v1
            kind: KafkaSource
            metadata: {name: whole, namespace: %s}
            spec:
              bootstrapServers: ["kafka-1:9092", "kafka-2:9092"]
              topics: [orders, returns]
              consumerGroup: tea-house
              consumers: 2
              initialOffset: earliest
              ordering: unordered
              net:
                sasl:
                  enable: true
                  type: {secretKeyRef: {name: kafka, key: mechanism, optional: false}}
                  user: {secretKeyRef: {name: kafka, key: user}}
                  password: {secretKeyRef: {name: kafka, key: password}}
                tls:
                  enable: true
                  cert: {secretKeyRef: {name: kafka, key: user.crt}}
                  key: {secretKeyRef: {name: kafka, key: user.key}}
                  caCert: {secretKeyRef: {name: kafka, key: ca.crt}}
              delivery:
                retry: 3
                timeout: PT30S
                backoffPolicy: exponential
                backoffDelay: PT0.2S
                retryAfterMax: PT1M
                format: binary
                deadLetterSink: {ref: {apiVersion: v1, kind: Service, name: dead}, uri: /letters}
              sink: {uri: "http://orders.example.com/"}
              ceOverrides: {extensions: {team: brewers}}
            """;

    private static final String WHOLE_API_SERVER_SOURCE = """
            apiVersion: sources.knative.dev/v1
            kind: ApiServerSource
            metadata: {name: whole, namespace: %s}
            spec:
              resources:
              - apiVersion: apps/v1
                kind: Deployment
                selector:
                  matchLabels: {app: kettle}
                  matchExpressions:
                  - {key: tier, operator: In, values: [front, back]}
                  - {key: canary, operator: DoesNotExist}
              - {apiVersion: v1, kind: Event}
              mode: Resource
              owner: {apiVersion: apps/v1, kind: ReplicaSet}
              serviceAccountName: watcher
              namespaceSelector:
                matchLabels: {team: brewers}
                matchExpressions: [{key: stage, operator: NotIn, values: [test]}]
              filters:
              - exact: {type: dev.knative.apiserver.resource.add}
              - any: [{prefix: {subject: /apis/}}, {not: {cesql: EXISTS subject}}]
              sink: {uri: "http://orders.example.com/"}
              ceOverrides: {extensions: {team: brewers}}
            """;

    private static final String WHOLE_SINK_BINDING = """
            apiVersion: sources.knative.dev/v1
            kind: SinkBinding
            metadata: {name: whole, namespace: %s}
            spec:
              subject:
                apiVersion: apps/v1
                kind: Deployment
                namespace: shop
                selector:
                  matchLabels: {app: kettle}
                  matchExpressions: [{key: tier, operator: In, values: [front, back]}]
              sink: {uri: "http://orders.example.com/"}
              ceOverrides: {extensions: {team: brewers}}
            """;

    private static final String WHOLE_CONTAINER_SOURCE = """
            apiVersion: sources.knative.dev/v1
            kind: ContainerSource
            metadata: {name: whole, namespace: %s}
            spec:
              template:
                metadata: {labels: {app: beats}, annotations: {a: b}}
                spec:
                  serviceAccountName: beats
                  containers: [{image: "beats:1", args: [--period=1], env: [{name: A, value: b}]}]
                  volumes: [{name: v, emptyDir: {}}]
              sink: {uri: "http://orders.example.com/"}
              ceOverrides: {extensions: {team: brewers}}
            """;

    static Stream<String> whole() {
        return Stream.of(
                WHOLE_TRIGGER,
                WHOLE_GITHUB_SOURCE,
                WHOLE_PING_SOURCE,
                WHOLE_WEBHOOK_SOURCE,
                WHOLE_KAFKA_SOURCE,
                WHOLE_API_SERVER_SOURCE,
                WHOLE_SINK_BINDING,
                WHOLE_CONTAINER_SOURCE);
    }

    @ParameterizedTest
    @MethodSource("whole")
    void nothing_that_can_be_written_is_dropped(String yaml) throws Exception {
        // Given
        String namespace = kubernetes.cluster().newNamespace("whole");
        String resource = yaml.formatted(namespace);

        // When
        kubernetes.kubectl().mustWith(resource, "apply", "--server-side", "-f", "-");

        // Then
        JsonNode written = JSON.readTree(
                kubernetes.kubectl().mustWith(resource, "create", "--dry-run=client", "-o", "json", "-f", "-"));
        assertThat(get(Manifests.kind(resource), namespace, "whole").path("spec"))
                .isEqualTo(written.path("spec"));
    }

    static Stream<String> sourcesRefused() {
        return Stream.of(
                WHOLE_GITHUB_SOURCE.replace("eventTypes: [push, \"*\"]", "eventTypes: []"),
                WHOLE_GITHUB_SOURCE.replace("ownerAndRepository", "ownerAndRepositry"),
                WHOLE_GITHUB_SOURCE.replace("{name: github, key: secret}", "{name: github}"),
                WHOLE_PING_SOURCE.replace("schedule: \"*/5 * * * *\"", "schedule: 5"),
                WHOLE_PING_SOURCE.replace("{uri: \"http://orders.example.com/\"}", "{}"),
                WHOLE_WEBHOOK_SOURCE.replace("recipe: hmac", "recipe: guess"),
                WHOLE_WEBHOOK_SOURCE.replace("algorithm: sha512", "algorithm: md5"),
                WHOLE_SINK_BINDING.replace("namespace: shop", "name: kettle"),
                WHOLE_CONTAINER_SOURCE.replace("image: \"beats:1\"", "name: beats"));
    }

    @ParameterizedTest
    @MethodSource("sourcesRefused")
    void what_a_file_of_a_source_is_refused_for_a_cluster_refuses_too(String yaml) {
        // When
        Kubectl.Result applied = kubernetes
                .kubectl()
                .runWith(yaml.formatted("default"), "apply", "--dry-run=server", "--validate=strict", "-f", "-");

        // Then
        assertThat(applied.succeeded()).as(applied::toString).isFalse();
    }

    @Test
    void a_dialect_that_nobody_knows_is_kept_so_that_the_filter_does_not_become_wider() throws Exception {
        // Given
        String namespace = kubernetes.cluster().newNamespace("dialect");

        // When
        kubernetes.kubectl().apply(trigger(namespace, "filters: [{exakt: {type: a}}, {not: {sufix: {type: b}}}]"));

        // Then
        assertThat(get("trigger", namespace, "t").at("/spec/filters").toString())
                .isEqualTo("[{\"exakt\":{\"type\":\"a\"}},{\"not\":{\"sufix\":{\"type\":\"b\"}}}]");
    }

    /** Lines of a spec after {@code broker} and {@code subscriber}, and what the refusal names. */
    static Stream<Arguments> refused() {
        return Stream.of(
                Arguments.of("delivery: {backoffPolicy: quadratic}", "spec.delivery.backoffPolicy"),
                Arguments.of("delivery: {format: xml}", "spec.delivery.format"),
                Arguments.of("delivery: {retry: -1}", "spec.delivery.retry"),
                Arguments.of("delivery: {retry: many}", "spec.delivery.retry"),
                Arguments.of("delivery: {timeout: 30s}", "spec.delivery.timeout"),
                Arguments.of("delivery: {backoffDelay: PT}", "spec.delivery.backoffDelay"),
                Arguments.of("delivery: {retryAfterMax: -PT1S}", "spec.delivery.retryAfterMax"),
                Arguments.of("delivery: {deadLetterSink: {}}", "spec.delivery.deadLetterSink"),
                Arguments.of("delivery: {tiemout: PT30S}", "tiemout"),
                Arguments.of("brokerRef: {apiVersion: eventing.knative.dev/v1, kind: Broker, name: b}", "spec"),
                Arguments.of("filters: {exact: {type: a}}", "spec.filters"),
                Arguments.of("filters: [{exact: {type: [a]}}]", "exact"),
                Arguments.of("filter: {attributes: {type: 1}}", "spec.filter.attributes.type"));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void what_a_file_is_refused_for_a_cluster_refuses_at_apply(String line, String named) {
        // Given
        String namespace = "default";
        String trigger = trigger(namespace, line);

        // When
        Kubectl.Result applied =
                kubernetes.kubectl().runWith(trigger, "apply", "--dry-run=server", "--validate=strict", "-f", "-");

        // Then
        assertThat(applied.succeeded()).as(applied::toString).isFalse();
        assertThat(applied.err()).contains(named);
    }

    @Test
    void a_trigger_without_subscriber_or_broker_or_spec_is_refused() {
        String head = "apiVersion: eventing.knative.dev/v1\nkind: Trigger\nmetadata: {name: t, namespace: default}\n";
        for (String spec : List.of(
                "",
                "spec: {broker: b}",
                "spec: {subscriber: {uri: 'http://a/'}}",
                "spec: {broker: '', subscriber: {uri: 'http://a/'}}")) {
            Kubectl.Result applied = kubernetes.kubectl().runWith(head + spec, "apply", "--dry-run=server", "-f", "-");
            assertThat(applied.succeeded()).as(applied::toString).isFalse();
        }
    }

    @Test
    void columns_categories_and_wide_columns_are_those_of_knative() {
        // Given
        String namespace = kubernetes.cluster().newNamespace("columns");
        kubernetes.kubectl().apply("""
                apiVersion: eventing.knative.dev/v1
                kind: Broker
                metadata: {name: b, namespace: %s, annotations: {eventing.knative.dev/broker.class: Sluice}}
                """.formatted(namespace), trigger(namespace, ""));
        status("broker", namespace, "b", """
                {"status": {"address": {"url": "http://ingress/x/b"},
                  "conditions": [{"type": "Ready", "status": "False", "reason": "Why"}]}}""");
        status("trigger", namespace, "t", """
                {"status": {"subscriberUri": "http://orders/", "conditions": [{"type": "Ready", "status": "True"}]}}""");

        // When
        List<String> broker = lines("get", "broker", "-o", "wide", "-n", namespace);
        List<String> trigger = lines("get", "trigger", "-n", namespace);
        List<String> all = lines("get", "knative", "-n", namespace, "-o", "name");

        // Then
        assertThat(broker.get(0)).isEqualTo("NAME URL AGE READY REASON CLASS");
        assertThat(broker.get(1)).matches("b http://ingress/x/b \\S+ False Why Sluice");
        assertThat(trigger.get(0)).isEqualTo("NAME BROKER SUBSCRIBER_URI AGE READY REASON");
        assertThat(trigger.get(1)).matches("t default http://orders/ \\S+ True");
        assertThat(all).contains("broker.eventing.knative.dev/b", "trigger.eventing.knative.dev/t");
        assertThat(lines("get", "eventing", "-n", namespace, "-o", "name")).containsAll(all);
        assertThat(lines("get", "all", "-n", namespace, "-o", "name")).containsAll(all);
    }

    @Test
    void a_status_is_written_through_its_subresource_alone_and_changes_no_generation() throws Exception {
        // Given
        String namespace = kubernetes.cluster().newNamespace("status");
        kubernetes.kubectl().apply(trigger(namespace, ""));
        long generation =
                get("trigger", namespace, "t").at("/metadata/generation").asLong();

        // When
        status(
                "trigger",
                namespace,
                "t",
                "{\"spec\": {\"broker\": \"other\"}, \"status\": {\"subscriberUri\": \"http://a/\"}}");
        kubernetes
                .kubectl()
                .must(
                        "patch",
                        "trigger",
                        "t",
                        "-n",
                        namespace,
                        "--type=merge",
                        "-p",
                        "{\"status\": {\"subscriberUri\": \"http://b/\"}}");

        // Then
        JsonNode trigger = get("trigger", namespace, "t");
        assertThat(trigger.at("/spec/broker").asText()).isEqualTo("default");
        assertThat(trigger.at("/status/subscriberUri").asText()).isEqualTo("http://a/");
        assertThat(trigger.at("/metadata/generation").asLong()).isEqualTo(generation);
    }

    @ParameterizedTest
    @MethodSource("explained")
    void kubectl_explains_every_field(String field, String text) {
        assertThat(kubernetes.kubectl().must("explain", field).replaceAll("\\s+", " "))
                .contains(text);
    }

    static Stream<Arguments> explained() {
        return Stream.of(
                Arguments.of("broker.spec.config", "asks for Kafka"),
                // Older API servers don't publish what is in an object whose unknown fields are kept.
                Arguments.of("trigger.spec.filters", "those that all of these filters match"),
                Arguments.of("trigger.spec.subscriber.uri", "relative to the address"),
                Arguments.of("trigger.spec.delivery.retry", "3 means at most four attempts"),
                Arguments.of("trigger.status.conditions.reason", "in one word"),
                Arguments.of("pingsource.spec.timezone", "UTC without it"),
                Arguments.of("webhooksource.spec.verification.tolerance", "PT5M without it"));
    }

    // -----------------------------------------------------------------------------------------------------------------

    private static String trigger(String namespace, String line) {
        return """
                apiVersion: eventing.knative.dev/v1
                kind: Trigger
                metadata: {name: t, namespace: %s}
                spec:
                  broker: default
                  subscriber: {uri: "http://orders.example.com/"}
                  %s
                """.formatted(namespace, line);
    }

    private static void status(String kind, String namespace, String name, String patch) {
        kubernetes
                .kubectl()
                .must("patch", kind, name, "-n", namespace, "--subresource=status", "--type=merge", "-p", patch);
    }

    private static JsonNode get(String kind, String namespace, String name) throws JsonProcessingException {
        return JSON.readTree(kubernetes.kubectl().must("get", kind, name, "-n", namespace, "-o", "json"));
    }

    /** What it printed, with one blank between columns. */
    private static List<String> lines(String... arguments) {
        return kubernetes
                .kubectl()
                .must(arguments)
                .lines()
                .map(line -> line.strip().replaceAll("\\s+", " "))
                .toList();
    }
}
