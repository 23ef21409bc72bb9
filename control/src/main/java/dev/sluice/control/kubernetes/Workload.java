/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An object with a pod template in it, as the API server shows it. Nobody changes what it holds.
 *
 * @param set it belongs to
 */
record Workload(WorkloadSet set, JsonNode object) {

    /** Names the SinkBinding whose variables stand in the workload. */
    static final String BOUND_BY = "sluice.dev/sink-binding";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    /** Where the pods of a workload are described: in most of them, and in a CronJob, whose Jobs are made of it. */
    private static final List<String> PODS = List.of("/spec/template/spec", "/spec/jobTemplate/spec/template/spec");

    Workload {
        requireNonNull(set, "set");
        requireNonNull(object, "object");
    }

    static Workload of(WorkloadSet set, GenericKubernetesResource object) {
        return new Workload(set, JSON.valueToTree(object));
    }

    private JsonNode metadata() {
        return object.path("metadata");
    }

    String name() {
        return metadata().path("name").asText();
    }

    String uid() {
        return metadata().path("uid").asText();
    }

    String resourceVersion() {
        return metadata().path("resourceVersion").asText();
    }

    /** Resource versions are numbers that grow: Kubernetes says so since 1.35, and has always kept to it. */
    boolean isNewerThan(Workload other) {
        try {
            return Long.parseUnsignedLong(resourceVersion()) > Long.parseUnsignedLong(other.resourceVersion());
        } catch (NumberFormatException e) {
            return !resourceVersion().equals(other.resourceVersion());
        }
    }

    long generation() {
        return metadata().path("generation").asLong();
    }

    boolean isDeleting() {
        return metadata().hasNonNull("deletionTimestamp");
    }

    Map<String, String> labels() {
        Map<String, String> labels = new HashMap<>();
        metadata()
                .path("labels")
                .properties()
                .forEach(entry -> labels.put(entry.getKey(), entry.getValue().asText()));
        return labels;
    }

    /** The name of the SinkBinding whose variables stand in it; empty if there is none. */
    String boundBy() {
        return metadata().path("annotations").path(BOUND_BY).asText();
    }

    /** The object that controls it; a missing node if there is none. */
    JsonNode controller() {
        for (JsonNode owner : metadata().path("ownerReferences")) {
            if (owner.path("controller").asBoolean()) {
                return owner;
            }
        }
        return NODES.missingNode();
    }

    /** The {@code spec} of its pods; a missing node if it has none. */
    JsonNode pod() {
        return podAt().map(pointer -> object.at(pointer)).orElse(NODES.missingNode());
    }

    private Optional<String> podAt() {
        return PODS.stream()
                .filter(pointer -> object.at(pointer).path("containers").isArray())
                .findFirst();
    }

    /**
     * What makes it that of a SinkBinding, as a JSON merge patch that only counts for the version that this is.
     *
     * @param binding whose it is; empty: nobody's
     * @param pod in place of that which is there; empty: that stays
     */
    ObjectNode patch(String binding, Optional<ObjectNode> pod) {
        ObjectNode patch = NODES.objectNode();
        ObjectNode annotations = patch.putObject("metadata")
                .put("resourceVersion", resourceVersion())
                .putObject("annotations");
        if (binding.isEmpty()) {
            annotations.putNull(BOUND_BY);
        } else {
            annotations.put(BOUND_BY, binding);
        }
        pod.ifPresent(changed -> {
            ObjectNode at = patch;
            for (String step : podAt().orElseThrow().substring(1).split("/")) {
                at = at.putObject(step);
            }
            for (String field : List.of("initContainers", "containers")) {
                if (changed.has(field)) {
                    at.set(field, changed.get(field));
                }
            }
        });
        return patch;
    }

    @Override
    public String toString() {
        return set.kind() + " " + set.namespace() + "/" + name();
    }
}
