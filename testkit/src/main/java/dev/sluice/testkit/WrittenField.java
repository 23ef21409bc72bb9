/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.testkit;

import dev.sluice.api.source.SecretRef;
import dev.sluice.api.source.SpecField;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A field of a spec that a test wrote as JSON; collects what is reported of it and of those below it. */
public final class WrittenField implements SpecField {

    private final String path;
    private final @Nullable Object value;
    private final List<String> alsoKnown;
    private final List<String> errors;
    private final List<String> warnings;

    private WrittenField(
            String path, @Nullable Object value, List<String> alsoKnown, List<String> errors, List<String> warnings) {
        this.path = path;
        this.value = value;
        this.alsoKnown = alsoKnown;
        this.errors = errors;
        this.warnings = warnings;
    }

    /** The {@code spec} of a source; {@code sink} and {@code ceOverrides} are known whatever its kind says. */
    public static WrittenField spec(JsonObject spec) {
        return new WrittenField("spec", spec, List.of("sink", "ceOverrides"), new ArrayList<>(), new ArrayList<>());
    }

    /** The {@code metadata} of a resource. */
    public static WrittenField metadata(JsonObject metadata) {
        return new WrittenField("metadata", metadata, List.of(), new ArrayList<>(), new ArrayList<>());
    }

    /** What was reported as wrong: field, rule and remedy. */
    public List<String> errors() {
        return List.copyOf(errors);
    }

    /** What was reported as looking wrong. */
    public List<String> warnings() {
        return List.copyOf(warnings);
    }

    private WrittenField with(String step, @Nullable Object child) {
        return new WrittenField(path + step, child, List.of(), errors, warnings);
    }

    @Override
    public SpecField child(String name) {
        return with("." + name, value instanceof JsonObject object ? object.getValue(name) : null);
    }

    @Override
    public boolean isPresent() {
        return value != null;
    }

    @Override
    public boolean isMapping(String... known) {
        if (!isMapping()) {
            return false;
        }
        for (String name : names()) {
            if (!List.of(known).contains(name) && !alsoKnown.contains(name)) {
                errors.add(path + "." + name + " is not a known field");
            }
        }
        return true;
    }

    @Override
    public boolean isMapping() {
        if (value != null && !(value instanceof JsonObject)) {
            errors.add(path + " is not a mapping");
        }
        return value instanceof JsonObject;
    }

    @Override
    public List<String> names() {
        return value instanceof JsonObject object ? List.copyOf(object.fieldNames()) : List.of();
    }

    @Override
    public @Nullable String text() {
        if (value != null && !(value instanceof String)) {
            errors.add(path + " is not a string");
        }
        return value instanceof String text ? text : null;
    }

    @Override
    public @Nullable String requiredText(String remedy) {
        String text = text();
        if (value == null || "".equals(text)) {
            errors.add(path + " is missing or empty; " + remedy);
            return null;
        }
        return text;
    }

    @Override
    public @Nullable String oneOf(List<String> values) {
        String text = text();
        if (text != null && !values.contains(text)) {
            errors.add(path + " is not one of " + values);
            return null;
        }
        return text;
    }

    @Override
    public @Nullable String checked(Consumer<String> check, String remedy) {
        String text = text();
        if (text == null) {
            return null;
        }
        try {
            check.accept(text);
            return text;
        } catch (IllegalArgumentException e) {
            errors.add(path + " " + e.getMessage() + "; " + remedy);
            return null;
        }
    }

    @Override
    public @Nullable Boolean bool() {
        if (value != null && !(value instanceof Boolean)) {
            errors.add(path + " is not a boolean");
        }
        return value instanceof Boolean flag ? flag : null;
    }

    @Override
    public @Nullable Integer count() {
        if (value != null && !(value instanceof Integer number && number >= 0)) {
            errors.add(path + " is not a whole number from 0");
            return null;
        }
        return (Integer) value;
    }

    @Override
    public @Nullable Map<String, String> texts() {
        if (!isMapping()) {
            return null;
        }
        Map<String, String> texts = new LinkedHashMap<>();
        for (String name : names()) {
            String text = child(name).text();
            if (text != null) {
                texts.put(name, text);
            }
        }
        return texts;
    }

    @Override
    public @Nullable List<SpecField> elements() {
        if (value != null && !(value instanceof JsonArray)) {
            errors.add(path + " is not a list");
        }
        if (!(value instanceof JsonArray array)) {
            return null;
        }
        List<SpecField> elements = new ArrayList<>();
        for (int i = 0; i < array.size(); i++) {
            elements.add(with("[" + i + "]", array.getValue(i)));
        }
        return elements;
    }

    @Override
    public @Nullable SecretRef secretKeyRef() {
        if (!isMapping("name", "key")) {
            return null;
        }
        String name = child("name").requiredText("write the name");
        String key = child("key").requiredText("write the key");
        return name == null || key == null ? null : new SecretRef(name, key);
    }

    @Override
    public void error(String rule, String remedy) {
        errors.add(path + " " + value + " " + rule + "; " + remedy);
    }

    @Override
    public void hiddenError(String rule, String remedy) {
        errors.add(path + " " + rule + "; " + remedy);
    }

    @Override
    public void missing(String remedy) {
        errors.add(path + " is missing; " + remedy);
    }

    @Override
    public void warning(String rule, String remedy) {
        warnings.add(path + " " + value + " " + rule + "; " + remedy);
    }
}
