/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.control.resource.Annotations;
import dev.sluice.control.resource.Broker;
import dev.sluice.control.resource.BrokerSpec;
import dev.sluice.control.store.Rejected;
import dev.sluice.control.store.ResourceKey;
import dev.sluice.control.validation.Finding;
import dev.sluice.control.validation.Problem;
import dev.sluice.control.validation.ResourceValidator;
import dev.sluice.control.validation.Severity;
import dev.sluice.control.validation.Validation;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An object of a kind of ours, as the API server shows it, and what of it is in force. Pure.
 *
 * @param kind under which version it was read
 * @param content what makes two versions of the object the same for us
 * @param status as it stands in the cluster
 * @param isForeign a Broker of another class, of which nothing is looked at but that class
 * @param inForce what counts of it: as it is written, or else its last good version
 * @param rejected if what is written does not count
 * @param problems all that is wrong with it, warnings too
 * @param accepted what it keeps for life; null of what was never valid, of what is foreign, and of kinds that keep nothing
 */
record Reading(
        WatchedKind kind,
        ResourceKey key,
        Content content,
        String resourceVersion,
        JsonNode status,
        boolean isForeign,
        Optional<HasMetadata> inForce,
        Optional<Rejected> rejected,
        List<Problem> problems,
        @Nullable Accepted accepted) {

    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * What has an effect. The generation stands for the spec: the API server counts it up with every change of that.
     *
     * @param deletion when somebody asked for its deletion, which its finalizers may hold up; empty if nobody did
     */
    record Content(
            String uid,
            long generation,
            JsonNode labels,
            JsonNode annotations,
            JsonNode finalizers,
            String deletion,
            @Nullable Accepted stored) {

        boolean isDeleting() {
            return !deletion.isEmpty();
        }
    }

    /**
     * @param before what was read of the object of this name last; null if there was none
     * @param defaultBrokerClass of a Broker that names none
     */
    static Reading of(
            WatchedKind kind, GenericKubernetesResource object, @Nullable Reading before, String defaultBrokerClass) {
        ObjectNode tree = JSON.valueToTree(object);
        JsonNode metadata = tree.path("metadata");
        Content content = new Content(
                metadata.path("uid").asText(),
                metadata.path("generation").asLong(),
                metadata.path("labels"),
                // What is written into the tree below must not look as if it had stood there.
                metadata.path("annotations").deepCopy(),
                metadata.path("finalizers"),
                metadata.path("deletionTimestamp").asText(""),
                Accepted.storedIn(tree));
        ResourceKey key = new ResourceKey(
                kind.kind(),
                new ResourceName(
                        metadata.path("namespace").asText(),
                        metadata.path("name").asText()));
        Reading last = before != null && before.content.uid().equals(content.uid()) ? before : null;
        String version = metadata.path("resourceVersion").asText();
        if (last != null && last.content.equals(content)) {
            return last.with(version, tree.path("status"));
        }
        return new Run(kind, key, content, version, tree, last).read(defaultBrokerClass);
    }

    /** Whether it may not go before this finalizer is taken away. */
    boolean isHeldBy(String finalizer) {
        for (JsonNode each : content.finalizers()) {
            if (each.asText().equals(finalizer)) {
                return true;
            }
        }
        return false;
    }

    /** When its deletion was asked for; now if it was not. */
    Instant deletedAt() {
        try {
            return Instant.parse(content.deletion());
        } catch (DateTimeParseException e) {
            return Instant.now();
        }
    }

    private Reading with(String version, JsonNode nextStatus) {
        return new Reading(kind, key, content, version, nextStatus, isForeign, inForce, rejected, problems, accepted);
    }

    private static final class Run {

        private final WatchedKind kind;
        private final ResourceKey key;
        private final Content content;
        private final String version;
        private final ObjectNode tree;
        private final @Nullable Reading last;

        Run(
                WatchedKind kind,
                ResourceKey key,
                Content content,
                String version,
                ObjectNode tree,
                @Nullable Reading last) {
            this.kind = kind;
            this.key = key;
            this.content = content;
            this.version = version;
            this.tree = tree;
            this.last = last;
        }

        Reading read(String defaultBrokerClass) {
            if (kind.equals(WatchedKind.BROKER)) {
                ObjectNode annotations = tree.withObject("/metadata/annotations");
                if (!annotations.hasNonNull(Annotations.BROKER_CLASS)) {
                    // As Knative's webhook does, so that all who read the Broker after this see one and the same.
                    annotations.put(Annotations.BROKER_CLASS, defaultBrokerClass);
                }
            }
            Accepted accepted = content.stored() != null ? content.stored() : last == null ? null : last.accepted();
            List<Problem> changed = accepted == null ? List.of() : accepted.restore(kind, tree, key.toString());
            if (kind.equals(WatchedKind.BROKER) && !isOurs()) {
                return new Reading(
                        kind,
                        key,
                        content,
                        version,
                        tree.path("status"),
                        true,
                        Optional.of(foreignBroker()),
                        Optional.empty(),
                        List.of(),
                        null);
            }
            Validation validation = ResourceValidator.validate(tree, "");
            List<Problem> problems = new ArrayList<>(changed);
            List<Problem> errors = new ArrayList<>();
            for (Finding finding : validation.findings()) {
                Problem problem = new Problem(
                        "",
                        0,
                        0,
                        key.toString(),
                        finding.field(),
                        finding.value(),
                        finding.rule(),
                        finding.remedy(),
                        finding.severity());
                problems.add(problem);
                if (problem.severity() == Severity.ERROR) {
                    errors.add(problem);
                }
            }
            Optional<HasMetadata> inForce = validation.resource().map(this::identified);
            Optional<Rejected> rejected = Optional.empty();
            if (inForce.isEmpty()) {
                inForce = last == null ? Optional.empty() : last.inForce();
                rejected = Optional.of(rejected(Rejected.Cause.INVALID, errors));
            } else if (!changed.isEmpty()) {
                rejected = Optional.of(rejected(Rejected.Cause.IMMUTABLE_FIELD_CHANGED, changed));
            }
            if (accepted == null
                    && validation.resource().isPresent()
                    && !kind.keptForLife().isEmpty()) {
                accepted = Accepted.of(kind, tree);
            }
            return new Reading(
                    kind,
                    key,
                    content,
                    version,
                    tree.path("status"),
                    false,
                    inForce,
                    rejected,
                    List.copyOf(problems),
                    accepted);
        }

        private boolean isOurs() {
            return tree.path("metadata")
                    .path("annotations")
                    .path(Annotations.BROKER_CLASS)
                    .asText()
                    .equals(Annotations.OUR_BROKER_CLASS);
        }

        private HasMetadata identified(HasMetadata resource) {
            ObjectMeta metadata = resource.getMetadata();
            metadata.setUid(content.uid());
            metadata.setGeneration(content.generation());
            metadata.setCreationTimestamp(
                    tree.path("metadata").path("creationTimestamp").asText());
            return resource;
        }

        /** Whatever else it holds is for others to understand. */
        private Broker foreignBroker() {
            Broker broker = new Broker();
            ObjectMeta metadata = new ObjectMeta();
            metadata.setNamespace(key.name().namespace());
            metadata.setName(key.name().name());
            metadata.setLabels(Map.of());
            metadata.setAnnotations(Map.of(
                    Annotations.BROKER_CLASS,
                    tree.path("metadata")
                            .path("annotations")
                            .path(Annotations.BROKER_CLASS)
                            .asText()));
            broker.setMetadata(metadata);
            broker.setSpec(new BrokerSpec());
            identified(broker);
            return broker;
        }

        private Rejected rejected(Rejected.Cause cause, List<Problem> problems) {
            JsonNode spec = tree.path("spec");
            String broker = spec.path("broker")
                    .asText(spec.path("brokerRef").path("name").asText());
            return new Rejected(
                    content.uid(),
                    content.generation(),
                    broker.isEmpty()
                            ? Optional.empty()
                            : Optional.of(new ResourceName(key.name().namespace(), broker)),
                    cause,
                    problems);
        }
    }
}
