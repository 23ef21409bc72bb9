/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.cesql;

import dev.sluice.api.event.Shown;
import io.cloudevents.CloudEvent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds the subexpressions that made an expression what it is for one event: for {@code AND} that is false the first
 * operand that is false, for {@code OR} all of them, and so on down to what is no operator of logic any more.
 */
final class Explainer {

    /** As many values are named for one subexpression; a list of a thousand alternatives helps nobody. */
    private static final int NAMED_VALUES = 8;

    private final String text;
    private final CesqlNode root;
    private final CloudEvent event;
    private final List<CesqlExplanation.Reason> reasons = new ArrayList<>();

    Explainer(String text, CesqlNode root, CloudEvent event) {
        this.text = text;
        this.root = root;
        this.event = event;
    }

    CesqlExplanation explain() {
        Failure failure = new Failure();
        Object value = root.value(event, failure);
        if (value instanceof Boolean truth) {
            decide(root, truth);
            return new CesqlExplanation(truth, reasons);
        }
        CesqlError error = failure.error();
        if (error != null) {
            reason(error.position(), "error: " + error.message());
        } else {
            reason(start(root), "its value is " + valueText(value) + ", which is no Boolean");
        }
        return new CesqlExplanation(false, reasons);
    }

    private void decide(CesqlNode node, boolean truth) {
        if (node instanceof Not not) {
            decide(not.operand(), !truth);
        } else if (node instanceof Logic logic && logic.operator() != Logic.Operator.XOR) {
            // An operand that is false makes AND false, one that is true makes OR true; else it took all of them.
            boolean decisive = logic.operator() == Logic.Operator.OR;
            for (CesqlNode operand : logic.operands()) {
                if (truth != decisive) {
                    decide(operand, truth);
                } else if (operand.test(event, null) == BooleanNode.of(truth)) {
                    decide(operand, truth);
                    return;
                }
            }
        } else {
            leaf(node, truth);
        }
    }

    private void leaf(CesqlNode node, boolean truth) {
        StringBuilder said = new StringBuilder(written(node)).append(" is ").append(truth);
        if (!(node instanceof BooleanNode) && !(node instanceof Literal)) {
            // The type is cast: of the text "true", or of a number.
            said.append(": it is ").append(valueText(node.value(event, null)));
        }
        Map<String, String> values = new LinkedHashMap<>();
        collect(node, values);
        String separator = ": ";
        for (Map.Entry<String, String> value : values.entrySet()) {
            said.append(separator).append(value.getKey()).append(" is ").append(value.getValue());
            separator = ", ";
        }
        reason(start(node), said.toString());
    }

    /** What the parts of a subexpression were, by how they are written. */
    private void collect(CesqlNode node, Map<String, String> values) {
        if (node instanceof Exists exists && exists.attribute().isPresentIn(event)) {
            values.put(exists.attribute().name(), valueText(exists.attribute().valueIn(event)));
        }
        for (CesqlNode child : node.children()) {
            if (values.size() == NAMED_VALUES) {
                return;
            }
            if (!(child instanceof Literal)) {
                // Null is what would have been an error, had it been evaluated: an alternative after the one that was
                // met.
                Object value = child.value(event, null);
                if (value != null) {
                    values.put(written(child), valueText(value));
                }
                collect(child, values);
            }
        }
    }

    private void reason(int position, String said) {
        reasons.add(new CesqlExplanation.Reason(
                said, CesqlSyntaxException.lineOf(text, position), CesqlSyntaxException.columnOf(text, position)));
    }

    /** An operator's own position is that of its sign; what it is about begins before. */
    private static int start(CesqlNode node) {
        int first = node.position();
        for (CesqlNode child : node.children()) {
            first = Math.min(first, start(child));
        }
        return first;
    }

    private static String written(CesqlNode node) {
        String whole = node.toString();
        // What has an operator puts itself in parentheses, which nobody needs around the whole.
        String bare = whole.startsWith("(") ? whole.substring(1, whole.length() - 1) : whole;
        return Shown.cut(bare);
    }

    private static String valueText(@Nullable Object value) {
        return value instanceof String string ? Shown.quoted(string) : String.valueOf(value);
    }
}
