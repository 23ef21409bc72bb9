/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.binding;

import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.source.LabelSelector;
import dev.sluice.api.source.SourceDefinition;
import dev.sluice.api.source.SpecField;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Knative's SinkBinding: the pods of workloads that somebody else made are told where to send their events. */
public final class SinkBindingKind implements WorkloadKind {

    public static final String KIND = "SinkBinding";

    private static final Pattern API_VERSION = Pattern.compile("([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?v[0-9][a-z0-9]*");
    private static final Pattern TYPE = Pattern.compile("[A-Za-z]([-A-Za-z0-9]*[A-Za-z0-9])?");
    private static final String WHICH = "write the name of a workload, or a selector of labels";

    @Override
    public List<String> apiVersions() {
        return List.of("sources.knative.dev/v1");
    }

    @Override
    public String kind() {
        return KIND;
    }

    @Override
    public String plural() {
        return "sinkbindings";
    }

    @Override
    public List<String> conditions() {
        return List.of(
                "SinkBindingAvailable", "OIDCIdentityCreated", "OIDCTokenSecretCreated", "TrustBundlePropagated");
    }

    /** Workloads of another kind are looked for by nobody, so those that are bound could not be set free again. */
    @Override
    public List<String> keptForLife() {
        return List.of("/spec/subject/apiVersion", "/spec/subject/kind");
    }

    @Override
    public @Nullable SourceDefinition read(ResourceName name, SpecField metadata, SpecField spec) {
        if (!spec.isMapping("subject")) {
            return null;
        }
        SpecField subject = spec.child("subject");
        if (!subject.isPresent()) {
            subject.missing("write apiVersion, kind and name of the workload that is to be told its sink");
        }
        if (!subject.isMapping("apiVersion", "kind", "namespace", "name", "selector")) {
            return null;
        }
        String apiVersion = matching(
                subject.child("apiVersion"),
                API_VERSION,
                "is no version of an API",
                "write one such as apps/v1 or batch/v1");
        String kind = matching(subject.child("kind"), TYPE, "is no kind", "write one such as Deployment");
        boolean isHere = isHere(subject.child("namespace"), name.namespace());
        SinkBindingDefinition definition = apiVersion == null || kind == null ? null : which(subject, apiVersion, kind);
        return isHere ? definition : null;
    }

    private static @Nullable SinkBindingDefinition which(SpecField subject, String apiVersion, String kind) {
        SpecField name = subject.child("name");
        SpecField selector = subject.child("selector");
        if (name.isPresent() && selector.isPresent()) {
            selector.error("stands beside a name", "remove one of the two");
            return null;
        }
        if (selector.isPresent()) {
            LabelSelector labels = LabelSelector.read(selector);
            return labels == null ? null : new SinkBindingDefinition(apiVersion, kind, Optional.empty(), labels);
        }
        String written = name.requiredText(WHICH);
        return written == null
                ? null
                : new SinkBindingDefinition(apiVersion, kind, Optional.of(written), LabelSelector.EVERYTHING);
    }

    private static @Nullable String matching(SpecField field, Pattern pattern, String rule, String remedy) {
        String text = field.requiredText(remedy);
        if (text != null && !pattern.matcher(text).matches()) {
            field.error(rule, remedy);
            return null;
        }
        return text;
    }

    private static boolean isHere(SpecField field, String own) {
        String namespace = field.text();
        if (namespace != null && !namespace.isEmpty() && !namespace.equals(own)) {
            field.error("is not the namespace of the SinkBinding", "remove it, or write \"" + own + "\"");
            return false;
        }
        return namespace != null || !field.isPresent();
    }
}
