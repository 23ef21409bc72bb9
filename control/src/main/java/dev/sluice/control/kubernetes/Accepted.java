/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.control.text.FieldPath;
import dev.sluice.control.text.Quoted;
import dev.sluice.control.validation.Problem;
import dev.sluice.control.validation.Severity;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The fields that an object keeps for life, as they were when it was first accepted. Where no webhook refuses a change of
 * one, the change is undone here. Kept in an annotation of the status, where an edit of the object does not reach it.
 *
 * @param fields by JSON pointer; a field that was absent is not there
 */
record Accepted(ObjectNode fields) {

    /** A key of {@code status.annotations}. */
    static final String ANNOTATION = "sluice.dev/accepted";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String REMEDY = "delete the resource and create it again, or write the value back";

    /** What an object says of itself now. */
    static Accepted of(WatchedKind kind, JsonNode tree) {
        ObjectNode fields = JsonNodeFactory.instance.objectNode();
        for (String pointer : kind.keptForLife()) {
            JsonNode value = tree.at(pointer);
            if (!value.isMissingNode() && !value.isNull()) {
                fields.set(pointer, value.deepCopy());
            }
        }
        return new Accepted(fields);
    }

    /** What an object was accepted with; null if it does not say, or can't be understood. */
    static @Nullable Accepted storedIn(JsonNode tree) {
        String text = tree.path("status").path("annotations").path(ANNOTATION).asText();
        if (text.isEmpty()) {
            return null;
        }
        try {
            return JSON.readTree(text) instanceof ObjectNode fields ? new Accepted(fields) : null;
        } catch (JsonProcessingException e) {
            // Somebody else wrote it, and it is of no use; what the object says counts then, as for a new one.
            return null;
        }
    }

    /** As it is kept. */
    String text() {
        return fields.toString();
    }

    /**
     * Writes back what must not change.
     *
     * @param tree the object, which is changed
     * @param resource for the problems
     * @return what had been changed
     */
    List<Problem> restore(WatchedKind kind, ObjectNode tree, String resource) {
        List<Problem> problems = new ArrayList<>(0);
        for (String pointer : kind.keptForLife()) {
            JsonNode now = tree.at(pointer);
            JsonNode then = fields.path(pointer);
            boolean absent = now.isMissingNode() || now.isNull();
            if (absent ? then.isMissingNode() : now.equals(then)) {
                continue;
            }
            problems.add(new Problem(
                    "",
                    0,
                    0,
                    resource,
                    FieldPath.of(pointer),
                    absent ? "" : shown(now),
                    then.isMissingNode()
                            ? "can't be set any more"
                            : (absent ? "can't be removed; it was " : "can't be changed from ") + shown(then),
                    REMEDY,
                    Severity.ERROR));
            set(tree, JsonPointer.compile(pointer), then);
        }
        return problems;
    }

    private static void set(ObjectNode tree, JsonPointer pointer, JsonNode value) {
        String last = pointer.last().getMatchingProperty();
        if (tree.at(pointer.head()) instanceof ObjectNode parent) {
            if (value.isMissingNode()) {
                parent.remove(last);
            } else {
                parent.set(last, value.deepCopy());
            }
        } else if (!value.isMissingNode()) {
            tree.withObject(pointer.head()).set(last, value.deepCopy());
        }
    }

    private static String shown(JsonNode value) {
        return value.isTextual() ? Quoted.of(value.textValue()) : value.toString();
    }
}
