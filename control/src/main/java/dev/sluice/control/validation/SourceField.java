/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.validation;

import dev.sluice.api.source.SecretRef;
import dev.sluice.api.source.SpecField;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What a kind of source sees of a field. */
final class SourceField implements SpecField {

    private final Field field;
    /** Known here whatever the kind says. */
    private final List<String> alsoKnown;

    SourceField(Field field, List<String> alsoKnown) {
        this.field = field;
        this.alsoKnown = alsoKnown;
    }

    @Override
    public SpecField child(String name) {
        return new SourceField(field.child(name), List.of());
    }

    @Override
    public boolean isPresent() {
        return field.isPresent();
    }

    @Override
    public boolean isMapping(String... known) {
        List<String> all = new ArrayList<>(alsoKnown);
        all.addAll(List.of(known));
        return field.isMapping(all);
    }

    @Override
    public boolean isMapping() {
        return field.isMapping();
    }

    @Override
    public List<String> names() {
        return List.copyOf(field.others(List.of()).keySet());
    }

    @Override
    public @Nullable String text() {
        return field.text();
    }

    @Override
    public @Nullable String requiredText(String remedy) {
        return field.requiredText(remedy);
    }

    @Override
    public @Nullable String oneOf(List<String> values) {
        return field.oneOf(values);
    }

    @Override
    public @Nullable String checked(Consumer<String> check, String remedy) {
        return field.checked(check, remedy);
    }

    @Override
    public @Nullable Boolean bool() {
        return field.bool();
    }

    @Override
    public @Nullable Integer count() {
        return field.count();
    }

    @Override
    public @Nullable Map<String, String> texts() {
        return field.texts();
    }

    @Override
    public @Nullable List<SpecField> elements() {
        List<Field> elements = field.elements();
        if (elements == null) {
            return null;
        }
        List<SpecField> wrapped = new ArrayList<>(elements.size());
        elements.forEach(element -> wrapped.add(new SourceField(element, List.of())));
        return wrapped;
    }

    @Override
    public @Nullable SecretRef secretKeyRef() {
        if (!field.isMapping(List.of("name", "key", "optional"))) {
            return null;
        }
        if (Boolean.TRUE.equals(field.child("optional").bool())) {
            field.child("optional")
                    .report(Severity.WARNING, "true", "has no effect", "remove it; the Secret has to be there");
        }
        String name = field.child("name").requiredText("write the name of a Secret in the same namespace");
        String key = field.child("key").requiredText("write the key in the Secret's data");
        if (name == null || key == null || field.child("name").subdomain(name) == null) {
            return null;
        }
        return new SecretRef(name, key);
    }

    @Override
    public void error(String rule, String remedy) {
        field.error(rule, remedy);
    }

    @Override
    public void hiddenError(String rule, String remedy) {
        field.report(Severity.ERROR, "", rule, remedy);
    }

    @Override
    public void missing(String remedy) {
        field.missing(remedy);
    }

    @Override
    public void warning(String rule, String remedy) {
        field.report(Severity.WARNING, field.shown(), rule, remedy);
    }
}
