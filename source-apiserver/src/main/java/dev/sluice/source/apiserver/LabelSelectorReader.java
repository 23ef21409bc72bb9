/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.source.apiserver;

import dev.sluice.api.source.SpecField;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads a selector of labels ({@code matchLabels}, {@code matchExpressions}) and writes it as queries have it. */
final class LabelSelectorReader {

    private static final Pattern KEY =
            Pattern.compile("([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?");
    private static final Pattern VALUE = Pattern.compile("([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?");
    private static final List<String> OPERATORS = List.of("In", "NotIn", "Exists", "DoesNotExist");

    private final List<String> terms = new ArrayList<>();
    private boolean wrong;

    private LabelSelectorReader() {}

    /** Empty if it selects everything; null if it is wrong, which has been reported. */
    static @Nullable String read(SpecField field) {
        if (!field.isPresent()) {
            return "";
        }
        if (!field.isMapping("matchLabels", "matchExpressions")) {
            return null;
        }
        LabelSelectorReader reader = new LabelSelectorReader();
        reader.labels(field.child("matchLabels"));
        reader.expressions(field.child("matchExpressions"));
        return reader.wrong ? null : String.join(",", reader.terms);
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
            if (!KEY.matcher(key).matches()) {
                wrong(label, "is no name of a label", "write one such as app.kubernetes.io/name");
            }
            if (!VALUE.matcher(value).matches()) {
                wrong(label, "is no value of a label", "write letters, digits, '-', '_' and '.', 63 at most");
            }
            terms.add(key + "=" + value);
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
        if (!field.isPresent() || !field.isMapping("key", "operator", "values")) {
            if (!field.isPresent()) {
                field.missing("write key and operator in it");
            }
            wrong = true;
            return;
        }
        String key = field.child("key").requiredText("write the name of a label");
        if (!field.child("operator").isPresent()) {
            field.child("operator").missing("write one of " + String.join(", ", OPERATORS));
        }
        String operator = field.child("operator").oneOf(OPERATORS);
        List<String> values = values(field.child("values"));
        if (key == null || operator == null || values == null) {
            wrong = true;
            return;
        }
        if (!KEY.matcher(key).matches()) {
            wrong(field.child("key"), "is no name of a label", "write one such as app.kubernetes.io/name");
        }
        boolean compares = operator.equals("In") || operator.equals("NotIn");
        if (compares == values.isEmpty()) {
            wrong(
                    field.child("values"),
                    compares ? "is empty" : "stands beside an operator that compares with nothing",
                    compares ? "write at least one value" : "remove it");
        }
        terms.add(
                switch (operator) {
                    case "In" -> key + " in (" + String.join(",", values) + ")";
                    case "NotIn" -> key + " notin (" + String.join(",", values) + ")";
                    case "Exists" -> key;
                    default -> "!" + key;
                });
    }

    private @Nullable List<String> values(SpecField field) {
        List<? extends SpecField> elements = field.elements();
        if (elements == null) {
            return field.isPresent() ? null : new ArrayList<>();
        }
        List<String> values = new ArrayList<>();
        for (SpecField element : elements) {
            String value = element.isPresent() ? element.text() : null;
            if (value == null || !VALUE.matcher(value).matches()) {
                wrong(element, "is no value of a label", "write letters, digits, '-', '_' and '.', 63 at most");
            } else {
                values.add(value);
            }
        }
        return values.size() == elements.size() ? values : null;
    }

    private void wrong(SpecField field, String rule, String remedy) {
        field.error(rule, remedy);
        wrong = true;
    }
}
