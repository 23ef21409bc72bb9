/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.source.apiserver;

import dev.sluice.api.filter.Filter;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.source.LabelSelector;
import dev.sluice.api.source.SourceDefinition;
import dev.sluice.api.source.SourceKind;
import dev.sluice.api.source.SpecField;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Knative's ApiServerSource: an event whenever an object of a Kubernetes API server is added, changed or deleted. */
public final class ApiServerSourceKind implements SourceKind {

    private static final Pattern API_VERSION = Pattern.compile("([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?v[0-9][a-z0-9]*");
    private static final Pattern KIND = Pattern.compile("[A-Za-z]([-A-Za-z0-9]*[A-Za-z0-9])?");
    private static final Pattern SERVICE_ACCOUNT = Pattern.compile("[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?");

    /** Of all sources of this kind in the process. */
    private final ClusterAccess access;

    public ApiServerSourceKind() {
        this(new ClusterAccess());
    }

    ApiServerSourceKind(ClusterAccess access) {
        this.access = access;
    }

    @Override
    public List<String> apiVersions() {
        return List.of("sources.knative.dev/v1");
    }

    @Override
    public String kind() {
        return "ApiServerSource";
    }

    @Override
    public String plural() {
        return "apiserversources";
    }

    @Override
    public List<String> conditions() {
        return List.of("Deployed", "SufficientPermissions", "OIDCIdentityCreated");
    }

    @Override
    public @Nullable SourceDefinition read(ResourceName name, SpecField metadata, SpecField spec) {
        if (!spec.isMapping("resources", "mode", "owner", "serviceAccountName", "namespaceSelector", "filters")) {
            return null;
        }
        List<WatchedKind> resources = resources(spec.child("resources"));
        Mode mode = mode(spec.child("mode"));
        Owner owner = owner(spec.child("owner"));
        String serviceAccount = serviceAccount(spec.child("serviceAccountName"));
        Scope scope = scope(spec.child("namespaceSelector"));
        Filter filter = FilterReader.read(spec.child("filters"));
        if (resources == null
                || mode == null
                || owner == null
                || serviceAccount == null
                || scope == null
                || filter == null) {
            return null;
        }
        String uid = metadata.child("uid").text();
        return new ApiServerDefinition(
                name, uid == null ? "" : uid, mode, resources, owner, serviceAccount, scope, filter, access);
    }

    private static @Nullable List<WatchedKind> resources(SpecField field) {
        List<? extends SpecField> elements = field.elements();
        if (elements == null) {
            if (!field.isPresent()) {
                field.missing("write a list of what is watched, such as [{apiVersion: v1, kind: ConfigMap}]");
            }
            return null;
        }
        if (elements.isEmpty()) {
            field.error("is empty", "write what is watched, such as [{apiVersion: v1, kind: ConfigMap}]");
            return null;
        }
        List<WatchedKind> resources = new ArrayList<>();
        for (SpecField element : elements) {
            WatchedKind resource = resource(element);
            if (resource != null && resources.contains(resource)) {
                element.error("is there twice", "remove one, or each event comes twice");
                resource = null;
            }
            if (resource != null) {
                resources.add(resource);
            }
        }
        return resources.size() == elements.size() ? resources : null;
    }

    private static @Nullable WatchedKind resource(SpecField field) {
        if (!field.isPresent()) {
            field.missing("write apiVersion and kind in it");
            return null;
        }
        if (!field.isMapping("apiVersion", "kind", "selector")) {
            return null;
        }
        String apiVersion = apiVersion(field.child("apiVersion"));
        String kind = kind(field.child("kind"));
        String selector = field.child("selector").isPresent() ? query(field.child("selector")) : "";
        return apiVersion == null || kind == null || selector == null
                ? null
                : new WatchedKind(apiVersion, kind, selector);
    }

    private static @Nullable String apiVersion(SpecField field) {
        return matching(field, API_VERSION, "is no version of an API", "write one such as v1 or apps/v1");
    }

    private static @Nullable String kind(SpecField field) {
        return matching(field, KIND, "is no kind", "write one in CamelCase, such as ConfigMap");
    }

    private static @Nullable String matching(SpecField field, Pattern pattern, String rule, String remedy) {
        String text = field.requiredText(remedy);
        if (text != null && !pattern.matcher(text).matches()) {
            field.error(rule, remedy);
            return null;
        }
        return text;
    }

    private static @Nullable Mode mode(SpecField field) {
        String text = field.oneOf(List.of(Mode.REFERENCE.text(), Mode.RESOURCE.text()));
        if (text == null) {
            return field.isPresent() ? null : Mode.REFERENCE;
        }
        return text.equals(Mode.RESOURCE.text()) ? Mode.RESOURCE : Mode.REFERENCE;
    }

    private static @Nullable Owner owner(SpecField field) {
        if (!field.isPresent()) {
            return Owner.ANY;
        }
        if (!field.isMapping("apiVersion", "kind")) {
            return null;
        }
        String apiVersion = apiVersion(field.child("apiVersion"));
        String kind = kind(field.child("kind"));
        return apiVersion == null || kind == null ? null : new Owner(apiVersion, kind);
    }

    /** Empty: Sluice's own identity. */
    private static @Nullable String serviceAccount(SpecField field) {
        String text = field.text();
        if (text == null) {
            return field.isPresent() ? null : "";
        }
        if (!text.isEmpty() && !SERVICE_ACCOUNT.matcher(text).matches()) {
            field.error("is no name of a service account", "write lower-case letters, digits, '-' and '.'");
            return null;
        }
        return text;
    }

    private static @Nullable Scope scope(SpecField field) {
        if (!field.isPresent()) {
            return Scope.OWN;
        }
        String selector = query(field);
        return selector == null ? null : Scope.selected(selector);
    }

    /** What a selector asks the API server for. */
    private static @Nullable String query(SpecField field) {
        LabelSelector selector = LabelSelector.read(field);
        return selector == null ? null : selector.query();
    }
}
