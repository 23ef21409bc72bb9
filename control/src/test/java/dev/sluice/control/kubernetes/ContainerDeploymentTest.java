/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.api.routing.Destination;
import dev.sluice.api.source.SourceCondition;
import dev.sluice.control.binding.ContainerSourceKind;
import dev.sluice.control.binding.SinkVariables;
import dev.sluice.control.resource.Source;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ContainerDeploymentTest {

    private static final WorkloadSet DEPLOYMENTS = WorkloadSet.deployments("shop");
    private static final SinkVariables VARIABLES =
            SinkVariables.of(Destination.of(URI.create("http://orders.example.com/")), Map.of("team", "brewers"));

    private static Source source(String template) {
        Reading reading = Reading.of(
                WatchedKind.of(new ContainerSourceKind()).get(0),
                Serialization.unmarshal("""
                        apiVersion: sources.knative.dev/v1
                        kind: ContainerSource
                        metadata: {namespace: shop, name: beats, uid: u-1, generation: 1, resourceVersion: "1"}
                        spec: {template: %s, sink: {uri: "http://orders.example.com/"}}
                        """.formatted(template), GenericKubernetesResource.class),
                null,
                "Sluice");
        return (Source) reading.inForce().orElseThrow();
    }

    private static Workload deployment(String more) {
        return Workload.of(DEPLOYMENTS, Serialization.unmarshal("""
                        apiVersion: apps/v1
                        kind: Deployment
                        metadata:
                          {namespace: shop, name: beats-deployment, uid: d-1, generation: 3, resourceVersion: "9",
                          ownerReferences: [{kind: ContainerSource, name: beats, uid: u-1, controller: true}]}
                        %s
                        """.formatted(more), GenericKubernetesResource.class));
    }

    @Test
    void the_pods_are_those_of_the_template_with_knatives_labels_and_variables() {
        // Given
        Source source = source("""
                {metadata: {labels: {app: beats}}, spec: {serviceAccountName: s,
                containers: [{image: a, args: [x]}, {name: side, image: b, env: [{name: A, value: b}]}]}}""".replace('\n', ' '));

        // When
        ObjectNode whole = ContainerDeployment.whole(source, ContainerDeployment.template(source, VARIABLES));

        // Then
        assertThat(whole.at("/metadata/name").asText()).isEqualTo("beats-deployment");
        assertThat(whole.at("/metadata/ownerReferences/0/uid").asText()).isEqualTo("u-1");
        assertThat(whole.at("/metadata/ownerReferences/0/controller").asBoolean())
                .isTrue();
        JsonNode labels = whole.at("/spec/template/metadata/labels");
        assertThat(labels.path("app").asText()).isEqualTo("beats");
        assertThat(labels.path("sources.knative.dev/containerSource").asText()).isEqualTo("beats");
        assertThat(labels.path("sources.knative.dev/source").asText()).isEqualTo("container-source-controller");
        whole.at("/spec/selector/matchLabels")
                .properties()
                .forEach(entry -> assertThat(labels.get(entry.getKey())).isEqualTo(entry.getValue()));
        JsonNode pod = whole.at("/spec/template/spec");
        assertThat(pod.path("serviceAccountName").asText()).isEqualTo("s");
        assertThat(pod.at("/containers/0/name").asText()).isEqualTo("beats-0");
        assertThat(pod.at("/containers/1/name").asText()).isEqualTo("side");
        assertThat(VARIABLES.setIn(pod)).isEmpty();
        assertThat(source.getSpec().toString()).doesNotContain("K_SINK").doesNotContain("beats-0");
    }

    @Test
    void a_deployment_that_is_there_gets_the_template_and_keeps_the_rest() {
        // Given
        Source source = source("{spec: {containers: [{image: a}]}}");

        // When
        JsonNode patch = ContainerDeployment.replacing(
                deployment("spec: {replicas: 3}"), ContainerDeployment.template(source, VARIABLES));

        // Then
        assertThat(patch.findValuesAsText("path")).containsExactly("/metadata/resourceVersion", "/spec/template");
        assertThat(patch.at("/0/value").asText()).isEqualTo("9");
    }

    @ParameterizedTest
    @CsvSource({"beats, beats-deployment", "a.b, a.b-deployment"})
    void the_deployment_has_knatives_name(String source, String name) {
        assertThat(ContainerDeployment.nameOf(source)).isEqualTo(name);
    }

    @Test
    void long_names_are_cut_and_stay_different() {
        // Given
        String some = "a".repeat(62) + "b";
        String other = "a".repeat(62) + "c";

        // Then
        assertThat(ContainerDeployment.nameOf(some)).hasSize(63).endsWith("-deployment");
        assertThat(ContainerDeployment.nameOf(some)).isNotEqualTo(ContainerDeployment.nameOf(other));
    }

    @Test
    void a_deployment_of_the_name_that_is_somebody_elses_is_not_touched() {
        Source source = source("{spec: {containers: [{image: a}]}}");

        assertThat(ContainerDeployment.isOf(source, deployment(""))).isTrue();
        assertThat(ContainerDeployment.isOf(
                        source,
                        Workload.of(
                                DEPLOYMENTS,
                                Serialization.unmarshal(
                                        "metadata: {namespace: shop, name: beats-deployment, uid: d-2}",
                                        GenericKubernetesResource.class))))
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    status: {}                                                                              | UNKNOWN DeploymentUpdating
                    status: {observedGeneration: 2, conditions: [{type: Available, status: 'True'}]}        | UNKNOWN DeploymentUpdating
                    status: {observedGeneration: 3}                                                         | UNKNOWN DeploymentUnavailable
                    status: {observedGeneration: 3, conditions: [{type: Progressing, status: 'True'}]}      | UNKNOWN DeploymentUnavailable
                    status: {observedGeneration: 3, conditions: [{type: Available, status: 'True'}]}        | TRUE
                    status: {observedGeneration: 3, conditions: [{type: Available, status: 'False', reason: MinimumReplicasUnavailable, message: none}]} | FALSE MinimumReplicasUnavailable
                    status: {observedGeneration: 3, conditions: [{type: Available, status: 'Unknown'}]}     | UNKNOWN DeploymentUnavailable
                    """)
    void a_source_is_as_available_as_its_deployment_says_of_its_present_generation(String status, String expected) {
        // When
        SourceCondition running = ContainerDeployment.running(deployment(status));

        // Then
        assertThat((running.state() + " " + running.reason()).strip()).isEqualTo(expected);
    }

    @Test
    void a_source_without_its_deployment_is_not_available() {
        assertThat(ContainerDeployment.running(null).state()).isEqualTo(SourceCondition.State.UNKNOWN);
    }
}
