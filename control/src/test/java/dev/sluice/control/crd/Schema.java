/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.crd;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One node of a structural schema as {@code apiextensions.k8s.io/v1} has it. Immutable. What a node is for is what
 * {@code kubectl explain} shows of it, so each has to say it.
 */
final class Schema {

    private final Map<String, Object> keywords;

    private Schema(Map<String, Object> keywords) {
        this.keywords = keywords;
    }

    /** A field of an object. */
    record Property(String name, Schema schema) {}

    static Property field(String name, Schema schema) {
        return new Property(name, schema);
    }

    static Schema string(String description) {
        return of("string", description);
    }

    static Schema bool(String description) {
        return of("boolean", description);
    }

    static Schema int32(String description) {
        return of("integer", description).with("format", "int32");
    }

    static Schema int64(String description) {
        return of("integer", description).with("format", "int64");
    }

    static Schema time(String description) {
        return of("string", description).with("format", "date-time");
    }

    static Schema object(String description, Property... properties) {
        Map<String, Object> fields = new LinkedHashMap<>();
        for (Property property : properties) {
            fields.put(property.name(), property.schema().keywords);
        }
        return of("object", description).with("properties", fields);
    }

    /** Strings by names of the user's choice. */
    static Schema texts(String description) {
        return of("object", description).with("additionalProperties", Map.of("type", "string"));
    }

    /** Things of one form by names of the user's choice. */
    static Schema named(String description, Schema element) {
        return of("object", description).with("additionalProperties", element.keywords);
    }

    static Schema list(String description, Schema element) {
        return of("array", description).with("items", element.keywords);
    }

    /** An object whose fields are kept, whatever they are. */
    static Schema anyObject(String description) {
        return of("object", description).preserving();
    }

    private static Schema of(String type, String description) {
        Map<String, Object> keywords = new LinkedHashMap<>();
        keywords.put("type", type);
        keywords.put("description", description);
        return new Schema(keywords);
    }

    private Schema with(String keyword, Object value) {
        Map<String, Object> more = new LinkedHashMap<>(keywords);
        more.put(keyword, value);
        return new Schema(more);
    }

    /** The same with another description. */
    Schema saying(String description) {
        return with("description", description);
    }

    /** The same with more fields after its own. */
    Schema and(Property... properties) {
        Map<String, Object> fields = new LinkedHashMap<>(properties());
        for (Property property : properties) {
            fields.put(property.name(), property.schema().keywords);
        }
        return with("properties", fields);
    }

    Schema required(String... names) {
        return with("required", List.of(names));
    }

    /** Exactly one of these fields has to be there. */
    Schema exactlyOne(String... names) {
        List<Map<String, Object>> alternatives = new ArrayList<>();
        for (String name : names) {
            alternatives.add(Map.of("required", List.of(name)));
        }
        return with("oneOf", alternatives);
    }

    /** At least one of these fields has to be there. */
    Schema atLeastOne(String... names) {
        List<Map<String, Object>> alternatives = new ArrayList<>();
        for (String name : names) {
            alternatives.add(Map.of("required", List.of(name)));
        }
        return with("anyOf", alternatives);
    }

    Schema in(String... values) {
        return with("enum", List.of(values));
    }

    Schema matching(String pattern) {
        return with("pattern", pattern);
    }

    Schema notEmpty() {
        return "array".equals(keywords.get("type")) ? with("minItems", 1) : with("minLength", 1);
    }

    Schema atLeast(int minimum) {
        return with("minimum", minimum);
    }

    /** Also {@code null}, which means the same as its absence. */
    Schema nullable() {
        return with("nullable", true);
    }

    /** Fields that are not listed are kept, in place of being dropped. */
    Schema preserving() {
        return with("x-kubernetes-preserve-unknown-fields", true);
    }

    /** A list in which each element has another value of this field, so that two writers don't overwrite each other. */
    Schema listMapBy(String key) {
        return with("x-kubernetes-list-type", "map").with("x-kubernetes-list-map-keys", List.of(key));
    }

    /** As it is written in a definition. */
    Map<String, Object> keywords() {
        return keywords;
    }

    @SuppressWarnings("unchecked")
    private Map<String, Object> properties() {
        return (Map<String, Object>) keywords.getOrDefault("properties", Map.of());
    }
}
