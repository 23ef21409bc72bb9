/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.folder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.control.validation.Problem;
import dev.sluice.control.validation.Severity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OfflineValidationTest {

    private static final String BROKER = """
            apiVersion: eventing.knative.dev/v1
            kind: Broker
            metadata:
              name: default
            """;
    private static final String TRIGGER = """
            apiVersion: eventing.knative.dev/v1
            kind: Trigger
            metadata:
              name: paid
              namespace: shop
            spec:
              broker: default
              subscriber:
                uri: http://paid/
            """;

    @TempDir
    Path folder;

    /** The problems of one file, without its path. */
    private List<String> problems(String yaml) throws IOException {
        Path file = Files.writeString(folder.resolve("r.yaml"), yaml);
        return OfflineValidation.validate(List.of(file)).stream()
                .map(problem -> problem.in("r.yaml").toString())
                .toList();
    }

    @Test
    void valid_resources_have_no_problems_and_are_counted() throws IOException {
        // Given
        Files.writeString(folder.resolve("a.yaml"), BROKER + "---\n" + TRIGGER + "---\n# nothing\n---\n" + """
                        apiVersion: v1
                        kind: List
                        items:
                          - {apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {a: b}}
                          - {apiVersion: v1, kind: Secret, metadata: {name: s}, stringData: {a: b}}
                        """);

        // When
        OfflineValidation.Report report = OfflineValidation.report(List.of(folder));

        // Then
        assertThat(report.problems()).isEmpty();
        assertThat(report.count()).isEqualTo(4);
        assertThat(report.hasErrors()).isFalse();
    }

    @Test
    void all_problems_are_told_at_once_with_their_lines() throws IOException {
        // When
        List<String> problems = problems(BROKER + "---\n" + """
                apiVersion: eventing.knative.dev/v1
                kind: Trigger
                metadata:
                  name: Paid_Orders
                  namespace: shop
                spec:
                  delivery:
                    retry: three
                    backofPolicy: linear
                    backoffDelay: 5s
                  subscriber:
                    uri: paid-orders:8080
                """);

        // Then
        assertThat(problems)
                .containsExactly(
                        "r.yaml:9 (document 2) Trigger shop/Paid_Orders: metadata.name \"Paid_Orders\" is not a DNS-1123"
                                + " subdomain; write lower-case letters, digits and \"-\", \".\", a letter or digit first"
                                + " and last, at most 253",
                        "r.yaml:11 (document 2) Trigger shop/Paid_Orders: spec.broker is missing; write the name of the"
                                + " Broker, such as default",
                        "r.yaml:13 (document 2) Trigger shop/Paid_Orders: spec.delivery.retry \"three\" is not an integer;"
                                + " write a whole number from 0, such as 3",
                        "r.yaml:14 (document 2) Trigger shop/Paid_Orders: spec.delivery.backofPolicy is not a known field;"
                                + " did you mean backoffPolicy?",
                        "r.yaml:15 (document 2) Trigger shop/Paid_Orders: spec.delivery.backoffDelay \"5s\" is not an"
                                + " ISO-8601 duration; write an ISO-8601 duration from PT0S to P365D, such as PT0.2S",
                        "r.yaml:17 (document 2) Trigger shop/Paid_Orders: spec.subscriber.uri \"paid-orders:8080\" is not an"
                                + " absolute URI with a host; write one such as http://paid-orders:8080");
    }

    /** Each line: what is put in the place of {@code broker: default} and what follows in the spec of a good Trigger. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "broker: 7 | spec.broker 7 is not a string; write it in quotes: \"7\"",
                "broker: [default] | spec.broker is a list, not a string; write a single value",
                "broker: {} | spec.broker is a mapping, not a string; write a single value",
                "broker: '' | spec.broker \"\" is empty; write the name of the Broker, such as default",
                "broker: Default | spec.broker \"Default\" is not a DNS-1123 subdomain; write lower-case letters, digits and"
                        + " \"-\", \".\", a letter or digit first and last, at most 253",
                "broker: default, brokerRef: {apiVersion: eventing.knative.dev/v1, kind: Broker, name: x} |"
                        + " spec.brokerRef stands beside spec.broker; write only one of the two",
                "brokerRef: {apiVersion: eventing.knative.dev/v1, kind: Broker, name: x, namespace: other} |"
                        + " spec.brokerRef.namespace \"other\" is another namespace than the Trigger's; remove it; a Trigger"
                        + " has its Broker in its own namespace",
                "brokerRef: {apiVersion: v1, kind: Service, name: x} | spec.brokerRef.kind \"Service\" is not Broker;"
                        + " write Broker",
                "brokerRef: {kind: Broker, name: x} | spec.brokerRef.apiVersion is missing; write the apiVersion, such as"
                        + " eventing.knative.dev/v1",
                "brokerRef: {group: g, kind: Broker, name: x} | spec.brokerRef.group \"g\" is not supported in a reference;"
                        + " write apiVersion: GROUP/VERSION instead",
                "broker: b, filter: [] | spec.filter is a list, not a mapping; write its fields in lines of their own,"
                        + " indented below it",
                "broker: b, filter: {attributes: {type: 1}} | spec.filter.attributes.type 1 is not a string; write it in"
                        + " quotes: \"1\"",
                "broker: b, filter: {attributes: {Type: x}} | spec.filter.attributes.Type is not the name of a context"
                        + " attribute; write lower-case letters and digits, a letter first",
                "broker: b, filters: {exact: {type: x}} | spec.filters is a mapping, not a list; write its elements in lines"
                        + " of their own, each after \"- \"",
                "broker: b, filters: [{}] | spec.filters[0] {} has no dialect; remove it, or write one of exact, prefix,"
                        + " suffix, all, any, not, cesql in it",
                "broker: b, filters: [{exact: {}}] | spec.filters[0].exact {} is empty; write at least one attribute with its"
                        + " value, or remove it",
                "broker: b, filters: [{any: []}] | spec.filters[0].any [] is empty; write at least one filter in it, or"
                        + " remove it",
                "broker: b, filters: [{not: {all: []}}] | spec.filters[0].not.all [] is empty; write at least one filter in"
                        + " it, or remove it",
                "broker: b, filters: [{exact: {type: x}, suffix: {type: y}}] | spec.filters[0] has several dialects (exact,"
                        + " suffix); write one element for each; all elements of the list must match",
                "broker: b, filters: [{sufix: {type: y}}] | spec.filters[0].sufix is no filter dialect; did you mean suffix?",
                "broker: b, filters: [{exact: x}] | spec.filters[0].exact \"x\" is not a mapping; write its fields in lines"
                        + " of their own, indented below it",
                "broker: b, filters: [{exact: {type: ''}}] | spec.filters[0].exact.type \"\" is empty; write the value to"
                        + " compare with; for \"present, whatever its value\" write cesql: EXISTS type",
                "broker: b, delivery: {retry: -1} | spec.delivery.retry -1 is out of range; write a whole number from 0 to"
                        + " 2147483647",
                "broker: b, delivery: {retry: 2147483648} | spec.delivery.retry 2147483648 is out of range; write a whole"
                        + " number from 0 to 2147483647",
                "broker: b, delivery: {retry: 1.5} | spec.delivery.retry 1.5 is not an integer; write a whole number from 0,"
                        + " such as 3",
                "broker: b, delivery: {timeout: PT0S} | spec.delivery.timeout \"PT0S\" is shorter than a millisecond; write"
                        + " an ISO-8601 duration from PT0.001S to P365D, such as PT30S",
                "broker: b, delivery: {timeout: PT-5S} | spec.delivery.timeout \"PT-5S\" is negative; write an ISO-8601"
                        + " duration from PT0.001S to P365D, such as PT30S",
                "broker: b, delivery: {backoffDelay: P99W} | spec.delivery.backoffDelay \"P99W\" is longer than P365D;"
                        + " write an ISO-8601 duration from PT0S to P365D, such as PT0.2S",
                "broker: b, delivery: {backoffPolicy: exponental} | spec.delivery.backoffPolicy \"exponental\" is not one of"
                        + " linear, exponential; did you mean exponential?",
                "broker: b, delivery: {format: xml} | spec.delivery.format \"xml\" is not one of json, binary; write json or"
                        + " binary",
                "broker: b, delivery: {deadLetterSink: {}} | spec.delivery.deadLetterSink has neither ref nor uri; write a"
                        + " uri such as http://localhost:8888/",
                "broker: b, delivery: {deadLetterSink: {uri: /dead}} | spec.delivery.deadLetterSink.uri \"/dead\" is not an"
                        + " absolute URI with a host; write one such as http://localhost:8888/",
                "broker: b, delivery: {deadLetterSink: {uri: 'http://a b/'}} | spec.delivery.deadLetterSink.uri"
                        + " \"http://a b/\" is not a URI (Illegal character in authority); write one such as"
                        + " http://localhost:8888/",
                "broker: b, delivery: {deadLetterSink: {uri: 'http://a/', ref: {apiVersion: v1, kind: Service, name: a}}} |"
                        + " spec.delivery.deadLetterSink.uri \"http://a/\" is absolute beside a ref; write a relative path"
                        + " such as /events, or remove ref",
                "broker: b, delivery: {deadLetterSink: {uri: 'http://a/', CACerts: none}} |"
                        + " spec.delivery.deadLetterSink.CACerts \"none\" is not a PEM certificate; write one or more PEM"
                        + " blocks \"-----BEGIN CERTIFICATE-----\" …",
                "broker: b, subscribers: {} | spec.subscribers is not a known field; did you mean subscriber?",
            })
    void names_field_value_rule_and_remedy(String spec, String expected) throws IOException {
        // When
        List<String> problems = problems(TRIGGER.substring(0, TRIGGER.indexOf("spec:")) + "spec: {subscriber: {uri:"
                + " 'http://paid/'}, " + spec + "}\n");

        // Then
        assertThat(problems).containsExactly("r.yaml:6 (document 1) Trigger shop/paid: " + expected);
    }

    @Test
    void a_cesql_error_names_line_and_column_inside_the_expression() throws IOException {
        // When
        List<String> problems =
                problems(TRIGGER + "  filters:\n    - cesql: |-\n        type =\n          'a' AND AND\n");

        // Then
        assertThat(problems)
                .singleElement()
                .asString()
                .startsWith("r.yaml:11 (document 1) Trigger shop/paid: spec.filters[0].cesql")
                .contains("is no CloudEvents SQL expression: line 2, column ");
    }

    @Test
    void a_filter_problem_makes_the_trigger_not_ready_instead_of_refusing_it() throws IOException {
        // Given
        Path file = Files.writeString(folder.resolve("r.yaml"), TRIGGER + "  filters: [{}]\n");

        // When
        OfflineValidation.Report report = OfflineValidation.report(List.of(file));

        // Then
        assertThat(report.count()).isEqualTo(1);
        assertThat(report.hasErrors()).isTrue();
        assertThat(report.problems()).extracting(Problem::severity).containsExactly(Severity.NOT_READY);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "just text | (document 1): is not a mapping; write apiVersion, kind and the other fields in lines of their own",
                "{} | (document 1): apiVersion is missing; write apiVersion: eventing.knative.dev/v1",
                "{apiVersion: eventing.knative.dev/v1, kind: Triger} | (document 1) Triger: kind \"Triger\" is not a known"
                        + " kind of eventing.knative.dev/v1; did you mean Trigger?",
                "{apiVersion: eventing.knative.dev/v1beta1, kind: Broker} | (document 1) Broker: apiVersion"
                        + " \"eventing.knative.dev/v1beta1\" is not a version of Broker; write eventing.knative.dev/v1",
                "{apiVersion: v1, kind: Broker} | (document 1) Broker: apiVersion \"v1\" has no kind Broker; write"
                        + " eventing.knative.dev/v1",
                "{apiVersion: eventing.knative.dev/v1, kind: Broker} | (document 1) Broker: metadata is missing; write"
                        + " metadata with a name in it",
                "{apiVersion: eventing.knative.dev/v1, kind: Broker, metadata: {}} | (document 1) Broker: metadata.name is"
                        + " missing; write the name of the Broker",
                "{apiVersion: eventing.knative.dev/v1, kind: Broker, metadata: {name: a, namespace: A}} | (document 1) Broker"
                        + " A/a: metadata.namespace \"A\" is not a DNS-1123 label; write lower-case letters, digits and"
                        + " \"-\", a letter or digit first and last, at most 63",
                "{apiVersion: eventing.knative.dev/v1, kind: Trigger, metadata: {name: a}} | (document 1) Trigger default/a:"
                        + " spec is missing; write spec with broker and subscriber in it",
                "{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}} | (document 1) Deployment default/a: warning:"
                        + " kind \"Deployment\" of apps/v1 is not a kind that Sluice reads; skipped",
                "{apiVersion: sources.knative.dev/v1, kind: SinkBinding, metadata: {name: a}, spec: {sink: {uri: 'http://x/'},"
                        + " subject: {apiVersion: apps/v1, kind: Deployment, name: a}}} | (document 1) SinkBinding default/a:"
                        + " kind \"SinkBinding\" is for a Kubernetes cluster only, whose workloads it tells their sink; apply"
                        + " it there with kubectl, where sluice serve --kubernetes runs; without a cluster set K_SINK for"
                        + " your process yourself",
                "{apiVersion: sources.knative.dev/v1, kind: ContainerSource, metadata: {name: a}, spec: {sink: {uri:"
                        + " 'http://x/'}, template: {spec: {containers: [{image: a}]}}}} | (document 1) ContainerSource"
                        + " default/a: kind \"ContainerSource\" is for a Kubernetes cluster only, whose workloads it tells"
                        + " their sink; apply it there with kubectl, where sluice serve --kubernetes runs; without a cluster"
                        + " set K_SINK for your process yourself",
                "{a: 1, a: 2} | (document 1): has the key \"a\" twice; remove one of the two",
                "&a [*a] | (document 1): holds itself, by an alias; remove the alias",
                "a: !java.net.URL x | (document 1): has the tag \"!java.net.URL\"; remove the tag; plain values are enough",
                "a: *b | (document 1): is not YAML, column 4: found an undefined alias (a value that begins with *); write"
                        + " the value in quotes",
            })
    void says_what_is_wrong_with_a_document(String yaml, String expected) throws IOException {
        assertThat(problems(yaml)).first().isEqualTo("r.yaml:1 " + expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "Broker | sluice.dev/chanel: inmemory | [sluice.dev/chanel] is not a known annotation; did you mean"
                        + " sluice.dev/channel?",
                "Broker | sluice.dev/reply: strict | warning: [sluice.dev/reply] \"strict\" has no effect on a Broker; write"
                        + " it on a Trigger",
                "Broker | sluice.dev/partition-by: Order-Id | [sluice.dev/partition-by] \"Order-Id\" is not a name of"
                        + " lower-case letters and digits; write the name of an attribute, such as subject",
                "Broker | sluice.dev/kafka-position: 'true' | warning: [sluice.dev/kafka-position] \"true\" is not supported"
                        + " yet; it has no effect; remove it",
                "Broker | eventing.knative.dev/broker.class: Kafka | warning: [eventing.knative.dev/broker.class] \"Kafka\""
                        + " is another broker class; this Broker and its Triggers are left alone; write Sluice, or remove"
                        + " the annotation, if Sluice is to serve it",
                "Trigger | sluice.dev/reply: strikt | [sluice.dev/reply] \"strikt\" is not one of strict, ignore; did you"
                        + " mean strict?",
                "Trigger | sluice.dev/backoff-max: PT0S | [sluice.dev/backoff-max] \"PT0S\" is zero; write an ISO-8601"
                        + " duration above zero, such as PT5M",
                "Trigger | sluice.dev/start-from: yesterday | [sluice.dev/start-from] \"yesterday\" is not earliest, latest or a"
                        + " time of RFC 3339; write earliest, latest, or a time of RFC 3339 such as"
                        + " \"2026-01-31T12:00:00Z\"",
                "Trigger | sluice.dev/breaker: of | [sluice.dev/breaker] \"of\" is not one of pause, off; did you mean off?",
                "Trigger | sluice.dev/paused: true | [sluice.dev/paused] true is not a string; write it in quotes: \"true\"",
                "Trigger | sluice.dev/paused: 'yes' | [sluice.dev/paused] \"yes\" is not one of true, false; write true or"
                        + " false",
                "Trigger | sluice.dev/max-in-flight: '0' | [sluice.dev/max-in-flight] \"0\" is not a whole number from 1 to"
                        + " 100000; write a whole number from 1 to 100000",
                "Trigger | sluice.dev/rate-limit: '0' | [sluice.dev/rate-limit] \"0\" is not a rate from 0.001 to 1000000;"
                        + " write events per second, such as \"100\" or \"100;burst=200\"",
                "Trigger | sluice.dev/rate-limit: 100/s | [sluice.dev/rate-limit] \"100/s\" is not a rate; write events per"
                        + " second, such as \"100\" or \"100;burst=200\"",
                "Trigger | sluice.dev/rate-limit: 100;burst=0 | [sluice.dev/rate-limit] \"100;burst=0\" has a burst that is"
                        + " not a whole number from 1 to 100000000; write events per second, such as \"100\" or"
                        + " \"100;burst=200\"",
                "Trigger | sluice.dev/backoff-jitter: fulll | [sluice.dev/backoff-jitter] \"fulll\" is not one of full, none;"
                        + " did you mean full?",
                "Trigger | kafka.eventing.knative.dev/delivery.order: orderd |"
                        + " [kafka.eventing.knative.dev/delivery.order] \"orderd\" is not one of ordered, unordered; did you"
                        + " mean ordered?",
                "Trigger | sluice.dev/order-by: subject | warning: [sluice.dev/order-by] \"subject\" has no effect on a"
                        + " Trigger that is not ordered; write kafka.eventing.knative.dev/delivery.order: ordered too, or"
                        + " remove it",
                "Trigger | sluice.dev/on-exhausted: drop | [sluice.dev/on-exhausted] \"drop\" is not one of block; write"
                        + " block",
                "Broker | sluice.dev/paused: 'true' | warning: [sluice.dev/paused] \"true\" has no effect on a Broker; write"
                        + " it on a Trigger",
                "Trigger | eventing.knative.dev/injection: enabled | warning: [eventing.knative.dev/injection] \"enabled\" is"
                        + " not supported yet; no Broker is created; write a Broker named default of your own",
                "Trigger | knative.dev/dependency: ping | [knative.dev/dependency] \"ping\" is not JSON; write"
                        + " {\"apiVersion\":…,\"kind\":…,\"name\":…} as JSON",
            })
    void says_what_is_wrong_with_an_annotation(String kind, String annotation, String expected) throws IOException {
        // Given
        String resource = kind.equals("Broker") ? BROKER : TRIGGER;

        // When
        List<String> problems =
                problems(resource.replace("metadata:\n", "metadata:\n  annotations:\n    " + annotation + "\n"));

        // Then
        assertThat(problems).singleElement().asString().startsWith("r.yaml:5 (document 1) " + kind);
        assertThat(problems.get(0).replace("metadata.annotations", "")).endsWith(": " + expected);
    }

    @Test
    void a_resource_exported_from_a_cluster_is_fine() throws IOException {
        assertThat(problems("""
                        apiVersion: eventing.knative.dev/v1
                        kind: Broker
                        metadata:
                          annotations:
                            kubectl.kubernetes.io/last-applied-configuration: |
                              {}
                          creationTimestamp: 2026-11-21T09:00:00Z
                          generation: 1
                          labels: {app: shop}
                          name: default
                          resourceVersion: "12345"
                          uid: 6c6b2d53-6a0c-4bb5-9ac0-0f9d8f0f4f43
                        spec:
                          config:
                            apiVersion: v1
                            kind: ConfigMap
                            name: config-br-default-channel
                            namespace: knative-eventing
                          delivery:
                            backoffDelay: PT0.2S
                            backoffPolicy: exponential
                            retry: 10
                            timeout: null
                        status:
                          conditions: [{type: Ready, status: "True"}]
                        """)).isEmpty();
    }

    @Test
    void yaml_1_1_is_read_as_kubernetes_reads_it() throws IOException {
        assertThat(problems("""
                        %YAML 1.1
                        ---
                        x-defaults: &shared
                          retry: 0x10
                        apiVersion: eventing.knative.dev/v1
                        kind: Trigger
                        metadata: {name: paid}
                        spec:
                          broker: yes
                          subscriber: {uri: "http://paid/"}
                          delivery:
                            <<: *shared
                            backoffPolicy: "linear"
                        ...
                        """))
                .containsExactly(
                        "r.yaml:3 (document 1) Trigger default/paid: x-defaults is not a known field; remove it; known here:"
                                + " apiVersion, kind, metadata, spec, status",
                        "r.yaml:9 (document 1) Trigger default/paid: spec.broker true is not a string; write it in quotes:"
                                + " \"true\"");
    }

    @Test
    void an_alias_bomb_is_refused() throws IOException {
        // Given
        StringBuilder bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for (int i = 1; i < 12; i++) {
            bomb.append("a" + i + ": &a" + i + " [");
            bomb.append(("*a" + (i - 1) + ", ").repeat(9)).append("x]\n");
        }

        // When, Then
        assertThat(problems(bomb.toString())).singleElement().asString().contains("aliases");
    }

    @Test
    void a_word_that_would_keep_the_parser_busy_for_a_minute_is_refused() throws IOException {
        assertThat(problems("a: " + "x".repeat(2_000_000)))
                .containsExactly(
                        "r.yaml:1 (document 1): has 2000003 characters, more than 1572864; split it into several"
                                + " documents, with --- between them");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"a\": 1, \"a\": 2} | :1 (document 1): has a key twice, column 13; remove one of the two",
                "{\"a\": hunter2} | :1 (document 1): is not JSON, column 7; mend the syntax",
                "{\"a\": | :1 (document 1): is not JSON, column 6; mend the syntax",
            })
    void says_what_is_wrong_with_json(String json, String expected) throws IOException {
        Path file = Files.writeString(folder.resolve("r.json"), json);

        assertThat(OfflineValidation.validate(List.of(file))).singleElement().hasToString(file + expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"r.json", "r.yaml"})
    void a_document_of_more_values_than_memory_has_room_for_is_refused(String name) throws IOException {
        Path file = Files.writeString(folder.resolve(name), "[" + "1,".repeat(700_000) + "1]");

        assertThat(OfflineValidation.validate(List.of(file)))
                .singleElement()
                .asString()
                .isEqualTo(file + ":1 (document 1): has more than 100000 values; split it into several documents");
    }

    @Test
    void json_without_end_is_refused() throws IOException {
        Path file = Files.writeString(folder.resolve("r.json"), "{\"a\":".repeat(100_000));

        assertThat(OfflineValidation.validate(List.of(file)))
                .singleElement()
                .asString()
                .endsWith("is nested too deeply or holds too long a value; write it flatter");
    }

    @Test
    void nesting_is_bounded() throws IOException {
        assertThat(problems("[".repeat(100_000))).singleElement().asString().contains("is refused: Nesting Depth");
    }

    @Test
    void tabs_are_told_in_plain_words() throws IOException {
        assertThat(problems("kind: Broker\nspec:\n\tconfig: x\n"))
                .singleElement()
                .asString()
                .startsWith("r.yaml:3 (document 1): is not YAML, column 1")
                .endsWith("; indent with spaces, not with tabs");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://joe:hunter2@paid/a b",
                "http://joe:hun/ter2@paid/",
                "http://joe:hun?ter2@paid_orders/",
                "ftp://joe:hunter2@paid/",
                "joe:hunter2@paid",
                "joe:2hunter2@paid"
            })
    void the_password_of_a_url_with_a_mistake_never_shows(String uri) throws IOException {
        // When
        List<String> problems = problems("""
                apiVersion: eventing.knative.dev/v1
                kind: Trigger
                metadata: {name: t}
                spec: {broker: default, subscriber: {uri: "%s"}}
                """.formatted(uri));

        // Then
        assertThat(problems).singleElement().asString().contains("spec.subscriber.uri", "[hidden]@paid");
        assertThat(problems.get(0)).doesNotContain("ter2", "joe");
    }

    @Test
    void the_values_of_secrets_never_show() throws IOException {
        // When
        List<String> problems = problems("""
                apiVersion: v1
                kind: Secret
                metadata: {name: s}
                data:
                  password: 20061213
                stringdata:
                  token: hunter2
                type: [hunter2]
                ---
                apiVersion: v1
                kind: Secret
                stringData:
                  password: *hunter2
                ---
                apiVersion: v1
                kind: Secret
                stringData:
                  password: !hunter2
                ---
                apiVersion: v1
                kind: Secret
                stringData:
                  password: !hunter2!x
                """);

        // Then
        assertThat(problems)
                .hasSize(6)
                .noneMatch(problem -> problem.contains("hunter2") || problem.contains("20061213"));
        assertThat(problems.get(0))
                .isEqualTo(
                        "r.yaml:5 (document 1) Secret default/s: data.password [hidden] is not a string; write it as a"
                                + " string");
    }

    @Test
    void the_same_name_twice_names_both_places() throws IOException {
        // Given
        Files.writeString(folder.resolve("a.yaml"), TRIGGER);
        Files.writeString(folder.resolve("b.yaml"), BROKER + "---\n" + TRIGGER);

        // When
        List<Problem> problems = OfflineValidation.validate(List.of(folder));

        // Then
        assertThat(problems)
                .singleElement()
                .asString()
                .isEqualTo(folder.resolve("b.yaml")
                        + ":9 (document 2) Trigger shop/paid: metadata.name \"paid\" is taken by "
                        + folder.resolve("a.yaml") + ":4 (document 1); rename one of the two, or remove it");
    }

    @Test
    void the_example_of_mistakes_in_the_docs_is_what_is_said_of_it() throws IOException {
        // Given
        String page = Files.readString(Path.of("../docs/resources.md"));
        String file = between(page, "```yaml invalid\n", "```");
        String said = between(page.substring(page.indexOf("```yaml invalid")), "```text\n", "```");

        // When
        Path paid = Files.writeString(folder.resolve("paid.yaml"), file);

        // Then
        assertThat(OfflineValidation.validate(List.of(paid)))
                .extracting(problem -> problem.in("paid.yaml").toString())
                .containsExactly(said.split("\n"));
    }

    private static String between(String text, String start, String end) {
        int from = text.indexOf(start) + start.length();
        return text.substring(from, text.indexOf(end, from));
    }

    @Test
    void a_path_that_is_not_there_is_a_problem() {
        assertThat(OfflineValidation.validate(List.of(Path.of("no/such/folder"))))
                .extracting(Problem::toString)
                .containsExactly("no/such/folder: does not exist");
    }
}
