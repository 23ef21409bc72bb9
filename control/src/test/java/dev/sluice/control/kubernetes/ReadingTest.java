/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.control.binding.SinkBindingDefinition;
import dev.sluice.control.binding.SinkBindingKind;
import dev.sluice.control.reconcile.RadioSourceKind;
import dev.sluice.control.resource.Annotations;
import dev.sluice.control.resource.Broker;
import dev.sluice.control.resource.Source;
import dev.sluice.control.resource.Trigger;
import dev.sluice.control.store.Rejected;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class ReadingTest {

    private static final String BROKER = """
            apiVersion: eventing.knative.dev/v1
            kind: Broker
            metadata: {namespace: shop, name: default, uid: b-1, generation: %d, resourceVersion: "%d", annotations: {%s}}
            %s
            """;

    private static final String TRIGGER = """
            apiVersion: eventing.knative.dev/v1
            kind: Trigger
            metadata: {namespace: shop, name: all, uid: %s, generation: %d, resourceVersion: "%d"}
            spec: {%s, subscriber: {uri: "http://orders.example.com"}}
            status: {annotations: {%s}}
            """;

    private static Reading broker(@Nullable Reading before, long version, String annotations, String more) {
        return read(WatchedKind.BROKER, BROKER.formatted(version, version, annotations, more), before);
    }

    private static Reading trigger(@Nullable Reading before, String uid, long version, String spec, String accepted) {
        return read(WatchedKind.TRIGGER, TRIGGER.formatted(uid, version, version, spec, accepted), before);
    }

    private static Reading read(WatchedKind kind, String yaml, @Nullable Reading before) {
        return Reading.of(
                kind,
                Serialization.unmarshal(yaml, GenericKubernetesResource.class),
                before,
                Annotations.OUR_BROKER_CLASS);
    }

    private static Optional<String> brokerOf(Reading reading) {
        return reading.inForce().map(resource -> ((Trigger) resource).getSpec().brokerName());
    }

    @Test
    void a_broker_that_names_no_class_is_of_the_default_class() {
        // When
        Reading ours = broker(null, 1, "", "");
        Reading theirs = Reading.of(
                WatchedKind.BROKER,
                Serialization.unmarshal(BROKER.formatted(1, 1, "", ""), GenericKubernetesResource.class),
                null,
                "Kafka");

        // Then
        assertThat(ours.isForeign()).isFalse();
        assertThat(ours.inForce().orElseThrow().getMetadata().getUid()).isEqualTo("b-1");
        assertThat(theirs.isForeign()).isTrue();
        assertThat(Annotations.isOurs((Broker) theirs.inForce().orElseThrow())).isFalse();
    }

    @Test
    void nothing_of_a_broker_of_another_class_is_wrong() {
        // When
        Reading reading =
                broker(null, 1, "eventing.knative.dev/broker.class: Kafka", "spec: {delivery: {retry: many}}");

        // Then
        assertThat(reading.isForeign()).isTrue();
        assertThat(reading.rejected()).isEmpty();
        assertThat(reading.problems()).isEmpty();
    }

    @Test
    void a_status_that_changes_leaves_the_resource_the_same_object() {
        // Given
        Reading before = trigger(null, "t-1", 1, "broker: default", "");

        // When
        Reading after = read(
                WatchedKind.TRIGGER,
                TRIGGER.formatted("t-1", 1, 2, "broker: default", "")
                        .replace("annotations: {}", "observedGeneration: 1"),
                before);

        // Then
        assertThat(after.inForce().orElseThrow()).isSameAs(before.inForce().orElseThrow());
        assertThat(after.resourceVersion()).isEqualTo("2");
        assertThat(after.status().path("observedGeneration").asInt()).isEqualTo(1);
    }

    @Test
    void what_becomes_invalid_keeps_its_last_good_version() {
        // Given
        Reading before = trigger(null, "t-1", 1, "broker: default", "");

        // When
        Reading after = trigger(before, "t-1", 2, "broker: default, delivery: {retry: many}", "");

        // Then
        assertThat(after.inForce().orElseThrow()).isSameAs(before.inForce().orElseThrow());
        assertThat(after.rejected().orElseThrow().cause()).isEqualTo(Rejected.Cause.INVALID);
        assertThat(after.rejected().orElseThrow().generation()).isEqualTo(2);
        assertThat(after.rejected().orElseThrow().problems().get(0).field()).isEqualTo("spec.delivery.retry");
    }

    @Test
    void what_was_created_anew_has_nothing_of_the_one_before() {
        // Given
        Reading before = trigger(null, "t-1", 1, "broker: default", "");

        // When
        Reading after = trigger(before, "t-2", 1, "broker: other, delivery: {retry: many}", "");

        // Then
        assertThat(after.inForce()).isEmpty();
        assertThat(after.rejected().orElseThrow().broker().orElseThrow().name()).isEqualTo("other");
    }

    @Test
    void a_field_that_must_not_change_counts_as_it_was_accepted() {
        // Given
        Reading before = trigger(null, "t-1", 1, "broker: default", "");

        // When
        Reading after = trigger(before, "t-1", 2, "broker: other", "");

        // Then
        assertThat(brokerOf(after)).contains("default");
        assertThat(after.rejected().orElseThrow().cause()).isEqualTo(Rejected.Cause.IMMUTABLE_FIELD_CHANGED);
        assertThat(after.problems().get(0))
                .hasToString("Trigger shop/all: spec.broker \"other\" can't be changed from"
                        + " \"default\"; delete the resource and create it again, or write the value back");
    }

    @Test
    void what_was_accepted_outlives_the_process_that_accepted_it() {
        // Given: as another process wrote it into the status
        String stored =
                trigger(null, "t-1", 1, "broker: default", "").accepted().text();

        // When
        Reading changed = trigger(null, "t-1", 2, "broker: other", Accepted.ANNOTATION + ": '" + stored + "'");
        Reading unchanged = trigger(null, "t-1", 2, "broker: default", Accepted.ANNOTATION + ": '" + stored + "'");

        // Then
        assertThat(brokerOf(changed)).contains("default");
        assertThat(changed.rejected()).isPresent();
        assertThat(unchanged.rejected()).isEmpty();
    }

    @Test
    void the_class_and_the_channel_of_a_broker_are_kept_and_the_rest_may_change() {
        // Given
        Reading before = broker(null, 1, "sluice.dev/channel: inmemory", "");

        // When
        Reading after = broker(before, 2, "eventing.knative.dev/broker.class: Kafka", "spec: {delivery: {retry: 3}}");

        // Then
        Broker inForce = (Broker) after.inForce().orElseThrow();
        assertThat(after.isForeign()).isFalse();
        assertThat(Annotations.get(inForce, Annotations.CHANNEL)).isEqualTo("inmemory");
        assertThat(inForce.getSpec().getDelivery().getRetry()).isEqualTo(3);
        assertThat(after.rejected().orElseThrow().problems()).hasSize(2);
        assertThat(after.content()).isNotEqualTo(before.content());
    }

    @Test
    void a_source_is_read_by_its_kind_in_the_version_in_which_it_is_watched() {
        // Given
        WatchedKind kind = WatchedKind.of(new RadioSourceKind()).get(0);
        String yaml = """
                apiVersion: radio.example.com/v1
                kind: RadioSource
                metadata: {namespace: shop, name: jazz, uid: r-1, generation: %d, resourceVersion: "%d"}
                spec: {%s: "98.3", sink: {uri: "http://sink.example.com/"}}
                """;

        // When
        Reading good = read(kind, yaml.formatted(1, 1, "frequency"), null);
        Reading bad = read(kind, yaml.formatted(2, 2, "freqency"), good);

        // Then
        assertThat(good.kind().apiVersion()).isEqualTo("radio.example.com/v1");
        assertThat(good.key()).hasToString("RadioSource shop/jazz");
        assertThat(good.inForce().orElseThrow()).isInstanceOf(Source.class);
        assertThat(good.inForce().orElseThrow().getMetadata().getUid()).isEqualTo("r-1");
        assertThat(good.accepted()).as("nothing is kept for life").isNull();
        assertThat(bad.inForce()).isEqualTo(good.inForce());
        assertThat(bad.rejected().orElseThrow().problems()).isNotEmpty();
    }

    @Test
    void the_kind_of_a_bindings_subject_is_kept_and_which_it_is_may_change() {
        // Given
        WatchedKind kind = WatchedKind.of(new SinkBindingKind()).get(0);
        String yaml = """
                apiVersion: sources.knative.dev/v1
                kind: SinkBinding
                metadata: {namespace: shop, name: kettle, uid: s-1, generation: %d, resourceVersion: "%d"}
                spec: {subject: {apiVersion: apps/v1, kind: %s, name: %s}, sink: {uri: "http://sink.example.com/"}}
                """;
        Reading before = read(kind, yaml.formatted(1, 1, "Deployment", "kettle"), null);

        // When
        Reading renamed = read(kind, yaml.formatted(2, 2, "Deployment", "teapot"), before);
        Reading changed = read(kind, yaml.formatted(3, 3, "StatefulSet", "teapot"), renamed);

        // Then
        assertThat(renamed.rejected()).isEmpty();
        assertThat(changed.rejected().orElseThrow().cause()).isEqualTo(Rejected.Cause.IMMUTABLE_FIELD_CHANGED);
        SinkBindingDefinition inForce =
                (SinkBindingDefinition) ((Source) changed.inForce().orElseThrow()).definition();
        assertThat(inForce.kind()).isEqualTo("Deployment");
        assertThat(inForce.name()).contains("teapot");
    }

    @Test
    void what_somebody_else_wrote_in_place_of_the_accepted_is_of_no_account() {
        // When
        Reading reading = trigger(null, "t-1", 1, "broker: default", Accepted.ANNOTATION + ": '[not json'");

        // Then
        assertThat(brokerOf(reading)).contains("default");
        assertThat(reading.rejected()).isEmpty();
    }
}
