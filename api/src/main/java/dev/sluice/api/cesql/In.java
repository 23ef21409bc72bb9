/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.cesql;

import io.cloudevents.CloudEvent;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code x IN (y, …)} and {@code x NOT IN (y, …)}: every {@code y} is cast to the type of {@code x}, from left to right, up
 * to the first that is equal.
 */
public final class In extends BooleanNode {

    private final CesqlNode operand;
    private final boolean negated;
    private final List<CesqlNode> elements;
    private final @Nullable Set<String> texts;

    In(int position, CesqlNode operand, boolean negated, List<CesqlNode> elements) {
        super(position, withOperand(operand, elements));
        this.operand = operand;
        this.negated = negated;
        this.elements = List.copyOf(elements);
        this.texts = textsOf(elements);
    }

    private static CesqlNode[] withOperand(CesqlNode operand, List<CesqlNode> elements) {
        CesqlNode[] children = elements.toArray(new CesqlNode[elements.size() + 1]);
        children[elements.size()] = operand;
        return children;
    }

    /** The elements cast to String, if all of them are constants: that cast can't fail, so their order is no matter. */
    private static @Nullable Set<String> textsOf(List<CesqlNode> elements) {
        Set<String> texts = new HashSet<>();
        for (CesqlNode element : elements) {
            if (!(element instanceof Literal literal)) {
                return null;
            }
            texts.add(literal.text());
        }
        return Set.copyOf(texts);
    }

    public CesqlNode operand() {
        return operand;
    }

    /** Whether it is NOT IN. */
    public boolean negated() {
        return negated;
    }

    /** One or more. */
    public List<CesqlNode> elements() {
        return elements;
    }

    @Override
    List<CesqlNode> children() {
        List<CesqlNode> children = new ArrayList<>(elements.size() + 1);
        children.add(operand);
        children.addAll(elements);
        return children;
    }

    @Override
    Object own() {
        return negated;
    }

    @Override
    int test(CloudEvent event, @Nullable Failure failure) {
        int found = find(event, failure);
        return found == FAILED || !negated ? found : found ^ 1;
    }

    private int find(CloudEvent event, @Nullable Failure failure) {
        CesqlType type = operand.type();
        if (type == null) {
            Object value = operand.value(event, failure);
            if (value == null) {
                return FAILED;
            }
            if (value instanceof String text) {
                return findText(text, event, failure);
            }
            return value instanceof Integer number
                    ? findNumber(number, event, failure)
                    : findTruth(of((Boolean) value), event, failure);
        }
        return switch (type) {
            case STRING -> findText(operand.text(event, failure), event, failure);
            case INTEGER -> findNumber(operand.number(event, failure), event, failure);
            case BOOLEAN -> findTruth(operand.test(event, failure), event, failure);
        };
    }

    private int findText(@Nullable String text, CloudEvent event, @Nullable Failure failure) {
        if (text == null) {
            return FAILED;
        }
        if (texts != null) {
            return of(texts.contains(text));
        }
        for (int i = 0; i < elements.size(); i++) {
            String element = elements.get(i).text(event, failure);
            if (element == null) {
                return FAILED;
            }
            if (element.equals(text)) {
                return TRUE;
            }
        }
        return FALSE;
    }

    private int findNumber(long number, CloudEvent event, @Nullable Failure failure) {
        if (number == FAILED_NUMBER) {
            return FAILED;
        }
        for (int i = 0; i < elements.size(); i++) {
            long element = elements.get(i).number(event, failure);
            if (element == FAILED_NUMBER) {
                return FAILED;
            }
            if (element == number) {
                return TRUE;
            }
        }
        return FALSE;
    }

    private int findTruth(int truth, CloudEvent event, @Nullable Failure failure) {
        if (truth == FAILED) {
            return FAILED;
        }
        for (int i = 0; i < elements.size(); i++) {
            int element = elements.get(i).test(event, failure);
            if (element == FAILED) {
                return FAILED;
            }
            if (element == truth) {
                return TRUE;
            }
        }
        return FALSE;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("(").append(operand).append(negated ? " NOT IN (" : " IN (");
        for (int i = 0; i < elements.size(); i++) {
            text.append(i > 0 ? ", " : "").append(elements.get(i));
        }
        return text.append("))").toString();
    }
}
