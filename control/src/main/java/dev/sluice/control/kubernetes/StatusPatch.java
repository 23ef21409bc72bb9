/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.control.resource.KnativeStatus;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The difference between a status as it stands in the cluster and as it should be, as a JSON merge patch (RFC 7386). Fields
 * that are not ours stay. Pure.
 */
final class StatusPatch {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final String CONDITIONS = "conditions";
    private static final String ANNOTATIONS = "annotations";

    /** What is ours to remove where it does not hold any more. */
    private static final List<String> OURS = List.of(
            "address",
            "addresses",
            "deadLetterSinkUri",
            "deadLetterSinkCACerts",
            "deadLetterSinkAudience",
            "subscriberUri",
            "subscriberCACerts",
            "subscriberAudience",
            "sinkUri",
            "sinkCACerts",
            "sinkAudience");

    private StatusPatch() {}

    /**
     * @param current as it stands in the cluster; perhaps missing
     * @param desired of the same object; times of transitions count only where the condition's status is another
     * @param accepted what the object keeps for life; null if that is not known
     * @return empty if nothing is to be changed
     */
    static Optional<ObjectNode> of(JsonNode current, KnativeStatus desired, @Nullable Accepted accepted) {
        ObjectNode wanted = JSON.valueToTree(desired);
        wanted.set(CONDITIONS, withEarlierTimes(current.path(CONDITIONS), wanted.path(CONDITIONS)));
        ObjectNode annotations = wanted.path(ANNOTATIONS) instanceof ObjectNode given ? given : NODES.objectNode();
        if (accepted != null) {
            annotations.put(Accepted.ANNOTATION, accepted.text());
        }
        wanted.remove(ANNOTATIONS);
        ObjectNode patch = NODES.objectNode();
        wanted.properties().forEach(entry -> {
            JsonNode change = change(current.path(entry.getKey()), entry.getValue());
            if (change != null) {
                patch.set(entry.getKey(), change);
            }
        });
        for (String field : OURS) {
            if (!wanted.has(field) && current.hasNonNull(field)) {
                patch.putNull(field);
            }
        }
        ObjectNode changedAnnotations = NODES.objectNode();
        annotations.properties().forEach(entry -> {
            if (!entry.getValue().equals(current.path(ANNOTATIONS).path(entry.getKey()))) {
                changedAnnotations.set(entry.getKey(), entry.getValue());
            }
        });
        if (!changedAnnotations.isEmpty()) {
            patch.set(ANNOTATIONS, changedAnnotations);
        }
        return patch.isEmpty() ? Optional.empty() : Optional.of(patch);
    }

    /** A process that has just begun to lead does not know when a condition came to be what it is; the cluster does. */
    private static ArrayNode withEarlierTimes(JsonNode current, JsonNode desired) {
        ArrayNode conditions = NODES.arrayNode();
        for (JsonNode condition : desired) {
            ObjectNode written = condition.deepCopy();
            for (JsonNode before : current) {
                if (before.path("type").equals(condition.path("type"))
                        && before.path("status").equals(condition.path("status"))
                        && before.hasNonNull("lastTransitionTime")) {
                    written.set("lastTransitionTime", before.path("lastTransitionTime"));
                    if (isForInformation(condition) && before.path("reason").equals(condition.path("reason"))) {
                        // It may tell of each event that fails, and each telling would be a write.
                        keep("message", before, written);
                    }
                }
            }
            conditions.add(written);
        }
        return conditions;
    }

    private static void keep(String field, JsonNode before, ObjectNode written) {
        if (before.hasNonNull(field)) {
            written.set(field, before.path(field));
        } else {
            written.remove(field);
        }
    }

    private static boolean isForInformation(JsonNode condition) {
        return condition.path("severity").asText().equals("Info");
    }

    /** What makes one of the other by a merge; null if nothing has to. */
    private static @Nullable JsonNode change(JsonNode from, JsonNode to) {
        if (!(from instanceof ObjectNode before && to instanceof ObjectNode after)) {
            return isSame(from, to) ? null : to;
        }
        ObjectNode patch = NODES.objectNode();
        after.properties().forEach(entry -> {
            JsonNode change = change(before.path(entry.getKey()), entry.getValue());
            if (change != null) {
                patch.set(entry.getKey(), change);
            }
        });
        before.properties().forEach(entry -> {
            if (!after.has(entry.getKey())) {
                patch.putNull(entry.getKey());
            }
        });
        return patch.isEmpty() ? null : patch;
    }

    private static boolean isSame(JsonNode one, JsonNode other) {
        // 3 as an int and 3 as a long are one number.
        if (one.isIntegralNumber() && other.isIntegralNumber()) {
            return one.longValue() == other.longValue();
        }
        return one.equals(other);
    }

    /** The status of the condition Ready: True, False or Unknown; empty if there is none. */
    static String ready(JsonNode status) {
        return condition(status).path("status").asText();
    }

    /** The condition Ready; a missing node if there is none. */
    static JsonNode condition(JsonNode status) {
        for (JsonNode condition : status.path(CONDITIONS)) {
            if (condition.path("type").asText().equals("Ready")) {
                return condition;
            }
        }
        return NODES.missingNode();
    }
}
