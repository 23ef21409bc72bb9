/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.validation;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.control.text.Nearest;
import dev.sluice.control.text.Quoted;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One place in a document. Reading a value from it reports what is wrong with it and answers null, so that a reader goes
 * on and finds all problems. A field that is {@code null} is absent, as for Kubernetes.
 */
final class Field {

    private final Findings findings;
    /** The field around it; null for the root. */
    private final @Nullable Field parent;
    /** The pointer from there, with its slash; of a child its bare name. Most fields are fine, and are never named. */
    private final String step;

    private final boolean isChild;
    private final @Nullable JsonNode node;

    private Field(Findings findings, @Nullable Field parent, String step, boolean isChild, @Nullable JsonNode node) {
        this.findings = findings;
        this.parent = parent;
        this.step = step;
        this.isChild = isChild;
        this.node = node == null || node.isNull() ? null : node;
    }

    static Field root(Findings findings, String pointer, JsonNode node) {
        return new Field(findings, null, pointer, false, node);
    }

    Field child(String name) {
        return new Field(findings, this, name, true, node == null ? null : node.get(name));
    }

    /** Another place of the same document, by its JSON pointer from this one. */
    Field at(String relativePointer) {
        return new Field(findings, this, relativePointer, false, null);
    }

    private Field element(int index) {
        return new Field(findings, this, "/" + index, false, node == null ? null : node.get(index));
    }

    private String pointer() {
        String here = isChild ? "/" + step.replace("~", "~0").replace("/", "~1") : step;
        return parent == null ? here : parent.pointer() + here;
    }

    boolean isPresent() {
        return node != null;
    }

    void report(Severity severity, String value, String rule, String remedy) {
        findings.add(new Finding(pointer(), value, rule, remedy, severity));
    }

    /** Reports the value as it stands. */
    void error(String rule, String remedy) {
        report(Severity.ERROR, shown(), rule, remedy);
    }

    void missing(String remedy) {
        report(Severity.ERROR, "", "is missing", remedy);
    }

    String shown() {
        if (node == null) {
            return "";
        }
        if (node.isTextual()) {
            return Quoted.of(node.textValue());
        }
        return node.isValueNode() ? node.asText() : "";
    }

    private static String describe(JsonNode node) {
        return switch (node.getNodeType()) {
            case OBJECT -> "a mapping";
            case ARRAY -> "a list";
            case BOOLEAN -> "a boolean";
            case NUMBER -> "a number";
            default -> "a string";
        };
    }

    private void wrongType(String wanted, String remedy) {
        if (node != null && node.isContainerNode()) {
            error("is " + describe(node) + ", not " + wanted, remedy);
        } else {
            error("is not " + wanted, remedy);
        }
    }

    /** Whether this is a mapping; if it is, its fields must be among those known. */
    boolean isMapping(List<String> known) {
        if (!isMapping()) {
            return false;
        }
        for (Map.Entry<String, JsonNode> entry : properties()) {
            if (!known.contains(entry.getKey())) {
                String remedy = Nearest.suggestion(entry.getKey(), known)
                        .orElse("remove it; known here: " + String.join(", ", known));
                child(entry.getKey()).report(Severity.ERROR, "", "is not a known field", remedy);
            }
        }
        return true;
    }

    /** Whether this is a mapping, of whatever fields. */
    boolean isMapping() {
        if (node == null) {
            return false;
        }
        if (!node.isObject()) {
            wrongType("a mapping", "write its fields in lines of their own, indented below it");
            return false;
        }
        return true;
    }

    private Iterable<Map.Entry<String, JsonNode>> properties() {
        return node == null ? List.of() : node.properties();
    }

    @Nullable
    String text() {
        if (node == null) {
            return null;
        }
        if (!node.isTextual()) {
            wrongType(
                    "a string",
                    node.isContainerNode() ? "write a single value" : "write it in quotes: \"" + node.asText() + "\"");
            return null;
        }
        return node.textValue();
    }

    @Nullable
    String requiredText(String remedy) {
        if (node == null) {
            missing(remedy);
            return null;
        }
        String text = text();
        if (text != null && text.isEmpty()) {
            error("is empty", remedy);
            return null;
        }
        return text;
    }

    @Nullable
    String oneOf(List<String> values) {
        String text = text();
        if (text != null && !values.contains(text)) {
            error(
                    "is not one of " + String.join(", ", values),
                    Nearest.suggestion(text, values).orElse("write " + String.join(" or ", values)));
            return null;
        }
        return text;
    }

    @Nullable
    Boolean bool() {
        if (node == null) {
            return null;
        }
        if (!node.isBoolean()) {
            wrongType("a boolean", "write true or false, without quotes");
            return null;
        }
        return node.booleanValue();
    }

    /** A whole number from 0 to the largest of 32 bits. */
    @Nullable
    Integer count() {
        if (node == null) {
            return null;
        }
        if (!node.isIntegralNumber()) {
            wrongType("an integer", "write a whole number from 0, such as 3");
            return null;
        }
        if (!node.canConvertToInt() || node.intValue() < 0) {
            error("is out of range", "write a whole number from 0 to " + Integer.MAX_VALUE);
            return null;
        }
        return node.intValue();
    }

    /** A string that passes the check, whose IllegalArgumentException says the rule. */
    @Nullable
    String checked(Consumer<String> check, String remedy) {
        String text = text();
        if (text == null) {
            return null;
        }
        try {
            check.accept(text);
            return text;
        } catch (IllegalArgumentException e) {
            error(String.valueOf(e.getMessage()), remedy);
            return null;
        }
    }

    /** A mapping of strings, in the order in which it is written. */
    @Nullable
    Map<String, String> texts() {
        if (!isMapping()) {
            return null;
        }
        Map<String, String> texts = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : properties()) {
            // Kubernetes takes a null among strings for the empty string.
            String text = entry.getValue().isNull() ? "" : child(entry.getKey()).text();
            if (text != null) {
                texts.put(entry.getKey(), text);
            }
        }
        return texts;
    }

    /** The elements of a list; null if there is no list. */
    @Nullable
    List<Field> elements() {
        if (node == null) {
            return null;
        }
        if (!node.isArray()) {
            wrongType("a list", "write its elements in lines of their own, each after \"- \"");
            return null;
        }
        List<Field> elements = new ArrayList<>(node.size());
        for (int i = 0; i < node.size(); i++) {
            elements.add(element(i));
        }
        return elements;
    }

    /** The fields of a mapping that are not among those known, with their values. */
    Map<String, JsonNode> others(List<String> known) {
        Map<String, JsonNode> others = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : properties()) {
            if (!known.contains(entry.getKey())) {
                others.put(entry.getKey(), entry.getValue());
            }
        }
        return others;
    }

    /** A DNS-1123 label: the form of a namespace. */
    @Nullable
    String label(String text) {
        return name(text, 63, false);
    }

    /** A DNS-1123 subdomain: the form of the other names. */
    @Nullable
    String subdomain(String text) {
        return name(text, 253, true);
    }

    private @Nullable String name(String text, int longest, boolean dots) {
        Optional<String> wrong = DnsName.problem(text, longest, dots);
        wrong.ifPresent(rule -> error(
                rule,
                "write lower-case letters, digits and \"-\"" + (dots ? ", \".\"" : "")
                        + ", a letter or digit first and last, at most " + longest));
        return wrong.isPresent() ? null : text;
    }
}
