/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.crd;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A kind that Kubernetes is to know.
 *
 * @param versions all served; the first is the one in which objects are stored, and all have the same schema
 * @param labels by which Knative's tools find the definition
 * @param annotations what Knative's tools know of the kind by
 * @param columns what {@code kubectl get} shows after the name
 */
record Definition(
        String group,
        List<String> versions,
        String kind,
        String plural,
        List<String> categories,
        Map<String, String> labels,
        Map<String, String> annotations,
        List<Column> columns,
        Schema schema) {

    Definition {
        versions = List.copyOf(versions);
        categories = List.copyOf(categories);
        columns = List.copyOf(columns);
    }

    /**
     * @param type of the values, such as string or date
     * @param priority 0: always shown; 1: with {@code -o wide} only
     */
    record Column(String name, String type, String path, int priority) {

        static final Column AGE = new Column("Age", "date", ".metadata.creationTimestamp", 0);
        static final Column READY = ready("Ready", "status");
        static final Column REASON = ready("Reason", "reason");

        static final Column SINK = text("Sink", ".status.sinkUri");

        static Column text(String name, String path) {
            return new Column(name, "string", path, 0);
        }

        private static Column ready(String name, String field) {
            return text(name, ".status.conditions[?(@.type==\"Ready\")]." + field);
        }

        Column wide() {
            return new Column(name, type, path, 1);
        }
    }

    /** The same with one more label. */
    Definition labelled(String label, String value) {
        Map<String, String> more = new LinkedHashMap<>(labels);
        more.put(label, value);
        return new Definition(group, versions, kind, plural, categories, more, annotations, columns, schema);
    }

    /** The name of the definition, and without a suffix of its file. */
    String name() {
        return plural + "." + group;
    }

    @Override
    public String toString() {
        return name();
    }

    Map<String, Object> document() {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("apiVersion", "apiextensions.k8s.io/v1");
        document.put("kind", "CustomResourceDefinition");
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put("name", name());
        Map<String, String> allLabels = new LinkedHashMap<>();
        allLabels.put("app.kubernetes.io/part-of", "sluice");
        allLabels.put("knative.dev/crd-install", "true");
        allLabels.putAll(labels);
        metadata.put("labels", allLabels);
        if (!annotations.isEmpty()) {
            metadata.put("annotations", annotations);
        }
        document.put("metadata", metadata);

        Map<String, Object> names = new LinkedHashMap<>();
        names.put("kind", kind);
        names.put("listKind", kind + "List");
        names.put("plural", plural);
        names.put("singular", kind.toLowerCase(Locale.ROOT));
        names.put("categories", categories);
        Map<String, Object> spec = new LinkedHashMap<>();
        spec.put("group", group);
        spec.put("scope", "Namespaced");
        spec.put("names", names);
        List<Map<String, Object>> served = new ArrayList<>();
        for (String version : versions) {
            served.add(version(version));
        }
        spec.put("versions", served);
        document.put("spec", spec);
        return document;
    }

    private Map<String, Object> version(String name) {
        Map<String, Object> version = new LinkedHashMap<>();
        version.put("name", name);
        version.put("served", true);
        version.put("storage", name.equals(versions.get(0)));
        version.put("subresources", Map.of("status", Map.of()));
        List<Map<String, Object>> printed = new ArrayList<>();
        for (Column column : columns) {
            Map<String, Object> each = new LinkedHashMap<>();
            each.put("name", column.name());
            each.put("type", column.type());
            each.put("jsonPath", column.path());
            if (column.priority() > 0) {
                each.put("priority", column.priority());
            }
            printed.add(each);
        }
        version.put("additionalPrinterColumns", printed);
        version.put("schema", Map.of("openAPIV3Schema", schema.keywords()));
        return version;
    }
}
