/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.source;

import dev.sluice.api.source.LabelSelector.Operator;
import dev.sluice.api.source.LabelSelector.Requirement;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads a selector of labels: {@code matchLabels} and {@code matchExpressions}. */
final class LabelSelectorReader {

    private static final Pattern KEY =
            Pattern.compile("([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?");
    private static final Pattern VALUE = Pattern.compile("([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?");
    private static final List<String> OPERATORS =
            Stream.of(Operator.values()).map(Operator::text).toList();

    private final List<Requirement> requirements = new ArrayList<>();
    private boolean wrong;

    private LabelSelectorReader() {}

    /**
     * @param field that is there
     * @return null if it is wrong, which has been reported
     */
    static @Nullable LabelSelector read(SpecField field) {
        if (!field.isMapping("matchLabels", "matchExpressions")) {
            return null;
        }
        LabelSelectorReader reader = new LabelSelectorReader();
        reader.labels(field.child("matchLabels"));
        reader.expressions(field.child("matchExpressions"));
        return reader.wrong ? null : new LabelSelector(reader.requirements);
    }

    private void labels(SpecField field) {
        if (!field.isPresent()) {
            return;
        }
        Map<String, String> labels = field.texts();
        if (labels == null || labels.size() != field.names().size()) {
            wrong = true;
            return;
        }
        labels.forEach((key, value) -> {
            SpecField label = field.child(key);
            key(label, key);
            value(label, value);
            requirements.add(new Requirement(key, Operator.IN, Set.of(value)));
        });
    }

    private void expressions(SpecField field) {
        List<? extends SpecField> elements = field.elements();
        if (elements == null) {
            wrong |= field.isPresent();
            return;
        }
        elements.forEach(this::expression);
    }

    private void expression(SpecField field) {
        if (!field.isPresent()) {
            field.missing("write key and operator in it");
        }
        if (!field.isMapping("key", "operator", "values")) {
            wrong = true;
            return;
        }
        String key = field.child("key").requiredText("write the name of a label");
        Operator operator = operator(field.child("operator"));
        Set<String> values = values(field.child("values"));
        if (key == null || operator == null || values == null) {
            wrong = true;
            return;
        }
        key(field.child("key"), key);
        if (operator.compares() == values.isEmpty()) {
            wrong(
                    field.child("values"),
                    operator.compares() ? "is empty" : "stands beside an operator that compares with nothing",
                    operator.compares() ? "write at least one value" : "remove it");
        }
        requirements.add(new Requirement(key, operator, values));
    }

    private static @Nullable Operator operator(SpecField field) {
        if (!field.isPresent()) {
            field.missing("write one of " + String.join(", ", OPERATORS));
            return null;
        }
        String text = field.oneOf(OPERATORS);
        for (Operator operator : Operator.values()) {
            if (operator.text().equals(text)) {
                return operator;
            }
        }
        return null;
    }

    private @Nullable Set<String> values(SpecField field) {
        List<? extends SpecField> elements = field.elements();
        if (elements == null) {
            return field.isPresent() ? null : Set.of();
        }
        Set<String> values = new LinkedHashSet<>();
        boolean complete = true;
        for (SpecField element : elements) {
            String value = element.requiredText("write a value of the label");
            if (value == null) {
                complete = false;
            } else {
                value(element, value);
                values.add(value);
            }
        }
        return complete ? values : null;
    }

    private void key(SpecField field, String key) {
        if (!KEY.matcher(key).matches()) {
            wrong(field, "is no name of a label", "write one such as app.kubernetes.io/name");
        }
    }

    private void value(SpecField field, String value) {
        if (!VALUE.matcher(value).matches()) {
            wrong(field, "is no value of a label", "write letters, digits, '-', '_' and '.', 63 at most");
        }
    }

    private void wrong(SpecField field, String rule, String remedy) {
        field.error(rule, remedy);
        wrong = true;
    }
}
