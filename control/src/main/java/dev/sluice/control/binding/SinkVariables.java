/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.binding;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.api.routing.Destination;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The environment variables by which a container learns where to send its events, as Knative has them. They stand in every
 * container and init container of a pod. Does not print them: a sink's URI may have a password in it.
 */
public final class SinkVariables {

    private static final String SINK = "K_SINK";
    private static final String OVERRIDES = "K_CE_OVERRIDES";
    private static final String CA_CERTS = "K_CA_CERTS";
    private static final List<String> NAMES = List.of(SINK, CA_CERTS, OVERRIDES);
    private static final List<String> CONTAINERS = List.of("initContainers", "containers");
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final Map<String, String> values;

    private SinkVariables(Map<String, String> values) {
        this.values = values;
    }

    /** @param overrides extensions that every event is to have */
    public static SinkVariables of(Destination sink, Map<String, String> overrides) {
        requireNonNull(sink, "sink");
        Map<String, String> values = new LinkedHashMap<>();
        values.put(SINK, sink.uri().toString());
        sink.caCerts().filter(certificates -> !certificates.isEmpty()).ifPresent(it -> values.put(CA_CERTS, it));
        values.put(OVERRIDES, overrides.isEmpty() ? "" : json(overrides));
        return new SinkVariables(values);
    }

    /** In one order, so that the same overrides are the same pods. */
    private static String json(Map<String, String> overrides) {
        ObjectNode extensions = NODES.objectNode();
        new TreeMap<>(overrides).forEach(extensions::put);
        ObjectNode root = NODES.objectNode();
        root.set("extensions", extensions);
        return root.toString();
    }

    /**
     * The pod with these variables.
     *
     * @param pod the {@code spec} of a pod template, which is not changed
     * @return empty if it has them, and no other of their names
     */
    public Optional<ObjectNode> setIn(JsonNode pod) {
        return changed(pod, values);
    }

    /** The pod without any; empty if it has none. */
    public static Optional<ObjectNode> removedFrom(JsonNode pod) {
        return changed(pod, Map.of());
    }

    private static Optional<ObjectNode> changed(JsonNode pod, Map<String, String> wanted) {
        ObjectNode changed = pod.deepCopy();
        for (String field : CONTAINERS) {
            for (JsonNode container : changed.path(field)) {
                if (container instanceof ObjectNode one) {
                    set(one, wanted);
                }
            }
        }
        return changed.equals(pod) ? Optional.empty() : Optional.of(changed);
    }

    /** One that is there keeps its place: a variable may refer to those before it. */
    private static void set(ObjectNode container, Map<String, String> wanted) {
        Map<String, String> missing = new LinkedHashMap<>(wanted);
        ArrayNode variables = NODES.arrayNode();
        for (JsonNode variable : container.path("env")) {
            String name = variable.path("name").asText();
            String value = missing.remove(name);
            if (value != null) {
                variables.add(variable(name, value));
            } else if (!NAMES.contains(name)) {
                variables.add(variable);
            }
        }
        missing.forEach((name, value) -> variables.add(variable(name, value)));
        if (!variables.isEmpty()) {
            container.set("env", variables);
        } else if (container.path("env").size() > 0) {
            container.remove("env");
        }
    }

    /** An empty value is none: the API server drops it, and what it drops must not look as if it was missing. */
    private static ObjectNode variable(String name, String value) {
        ObjectNode variable = NODES.objectNode().put("name", name);
        if (!value.isEmpty()) {
            variable.put("value", value);
        }
        return variable;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SinkVariables same && values.equals(same.values);
    }

    @Override
    public int hashCode() {
        return values.hashCode();
    }

    @Override
    public String toString() {
        return values.keySet() + "=[hidden]";
    }
}
