/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.binding;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.control.document.Document;
import dev.sluice.control.document.DocumentReader;
import dev.sluice.control.resource.Source;
import dev.sluice.control.validation.ResourceValidator;
import dev.sluice.control.validation.Validation;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class WorkloadKindsTest {

    private static final String BINDING = """
            apiVersion: sources.knative.dev/v1
            kind: SinkBinding
            metadata: {namespace: shop, name: kettle}
            spec:
              subject: {%s}
              sink: {uri: "http://orders.example.com/"}
              ceOverrides: {extensions: {team: brewers}}
            """;

    private static final String CONTAINER = """
            apiVersion: sources.knative.dev/v1
            kind: ContainerSource
            metadata: {namespace: shop, name: %s}
            spec:
              template: %s
              sink: {uri: "http://orders.example.com/"}
            """;

    private static Validation validate(String yaml) {
        Document document = DocumentReader.read(yaml.getBytes(StandardCharsets.UTF_8), false)
                .get(0);
        return ResourceValidator.validate(((Document.Parsed) document).tree(), "");
    }

    private static SinkBindingDefinition binding(String subject) {
        Validation validation = validate(BINDING.formatted(subject));
        assertThat(validation.findings()).isEmpty();
        return (SinkBindingDefinition) ((Source) validation.resource().orElseThrow()).definition();
    }

    @Test
    void a_subject_is_one_workload_by_its_name() {
        // When
        SinkBindingDefinition binding = binding("apiVersion: apps/v1, kind: Deployment, namespace: shop, name: kettle");

        // Then
        assertThat(binding.apiVersion()).isEqualTo("apps/v1");
        assertThat(binding.kind()).isEqualTo("Deployment");
        assertThat(binding.selects("kettle", Map.of("any", "label"))).isTrue();
        assertThat(binding.selects("teapot", Map.of())).isFalse();
    }

    @Test
    void a_subject_is_those_that_have_the_labels() {
        // When
        SinkBindingDefinition binding = binding("""
                apiVersion: apps/v1, kind: Deployment, selector: {matchLabels: {app: tea}, matchExpressions: [
                {key: tier, operator: In, values: [front, back]}, {key: stage, operator: NotIn, values: [test]},
                {key: owner, operator: Exists}, {key: canary, operator: DoesNotExist}]}""".replace('\n', ' '));

        // Then
        Map<String, String> fitting = Map.of("app", "tea", "tier", "back", "owner", "me");
        assertThat(binding.selects("any", fitting)).isTrue();
        assertThat(binding.selects("any", with(fitting, "stage", "live"))).isTrue();
        assertThat(binding.selects("any", with(fitting, "app", "coffee"))).isFalse();
        assertThat(binding.selects("any", with(fitting, "tier", "side"))).isFalse();
        assertThat(binding.selects("any", with(fitting, "stage", "test"))).isFalse();
        assertThat(binding.selects("any", with(fitting, "canary", ""))).isFalse();
        assertThat(binding.selects("any", Map.of("app", "tea", "tier", "back"))).isFalse();
    }

    private static Map<String, String> with(Map<String, String> labels, String key, String value) {
        Map<String, String> more = new HashMap<>(labels);
        more.put(key, value);
        return more;
    }

    @Test
    void an_empty_selector_selects_all() {
        assertThat(binding("apiVersion: apps/v1, kind: Deployment, selector: {}")
                        .selects("any", Map.of()))
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    kind: Deployment, name: a                                       | spec.subject.apiVersion
                    apiVersion: apps/v1, name: a                                    | spec.subject.kind
                    apiVersion: 'apps/v1/x', kind: Deployment, name: a              | spec.subject.apiVersion
                    apiVersion: apps/v1, kind: 'a b', name: a                       | spec.subject.kind
                    apiVersion: apps/v1, kind: Deployment                           | spec.subject.name
                    apiVersion: apps/v1, kind: Deployment, name: a, selector: {}    | spec.subject.selector
                    apiVersion: apps/v1, kind: Deployment, name: a, namespace: till | spec.subject.namespace
                    apiVersion: apps/v1, kind: Deployment, nme: a                   | spec.subject.nme
                    apiVersion: v1, kind: A, selector: {matchLabels: {'-a': b}}     | spec.subject.selector.matchLabels
                    apiVersion: v1, kind: A, selector: {matchExpressions: [{key: a, operator: In}]} | spec.subject.selector.matchExpressions[0].values
                    apiVersion: v1, kind: A, selector: {matchExpressions: [{key: a, operator: Is}]} | spec.subject.selector.matchExpressions[0].operator
                    """)
    void what_is_wrong_with_a_subject_is_told(String subject, String field) {
        // When
        Validation validation = validate(BINDING.formatted(subject));

        // Then
        assertThat(validation.resource()).isEmpty();
        assertThat(validation.findings()).anySatisfy(finding -> {
            assertThat(finding.field()).startsWith(field);
            assertThat(finding.remedy()).isNotEmpty();
        });
    }

    @Test
    void a_container_source_has_containers_with_images() {
        // When
        Validation validation = validate(CONTAINER.formatted(
                "beats", "{metadata: {labels: {a: b}}, spec: {containers: [{image: beats, args: [x]}], volumes: []}}"));

        // Then
        assertThat(validation.findings()).isEmpty();
        assertThat(validation.resource().orElseThrow())
                .isInstanceOfSatisfying(
                        Source.class,
                        source -> assertThat(source.definition()).isEqualTo(new ContainerSourceDefinition()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{spec: {}}",
                "{spec: {containers: []}}",
                "{spec: {containers: [{name: a}]}}",
                "{spec: {containers: {image: a}}}",
                "[]",
                "{metadata: a, spec: {containers: [{image: a}]}}",
                "{metadata: {labels: a}, spec: {containers: [{image: a}]}}",
                "{metadata: {labels: [a]}, spec: {containers: [{image: a}]}}"
            })
    void a_template_that_makes_no_pods_is_refused(String template) {
        // When
        Validation validation = validate(CONTAINER.formatted("beats", template));

        // Then
        assertThat(validation.resource()).isEmpty();
        assertThat(validation.findings()).isNotEmpty().allSatisfy(finding -> {
            assertThat(finding.field()).startsWith("spec.template");
            assertThat(finding.remedy()).isNotEmpty();
        });
    }

    @Test
    void the_name_of_a_container_source_fits_into_a_label() {
        // When
        Validation validation = validate(CONTAINER.formatted("a".repeat(64), "{spec: {containers: [{image: a}]}}"));

        // Then
        assertThat(validation.resource()).isEmpty();
        assertThat(validation.findings())
                .singleElement()
                .satisfies(finding -> assertThat(finding.field()).isEqualTo("metadata.name"));
    }
}
