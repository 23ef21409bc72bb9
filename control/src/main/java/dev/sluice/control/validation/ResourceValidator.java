/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.validation;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.source.SourceKind;
import dev.sluice.control.resource.Broker;
import dev.sluice.control.resource.SourceKinds;
import dev.sluice.control.resource.Trigger;
import dev.sluice.control.text.Nearest;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Turns a document into a resource, or says everything that is wrong with it. Knows nothing of where the document came
 * from: a file, or the Kubernetes API. Safe for any thread.
 *
 * <p>What others put into an exported resource ({@code status}, {@code metadata.uid}, …) is accepted and ignored.
 */
public final class ResourceValidator {

    private static final String EVENTING = "eventing.knative.dev/v1";
    private static final List<String> METADATA = List.of(
            "name",
            "namespace",
            "labels",
            "annotations",
            "creationTimestamp",
            "deletionGracePeriodSeconds",
            "deletionTimestamp",
            "finalizers",
            "generateName",
            "generation",
            "managedFields",
            "ownerReferences",
            "resourceVersion",
            "selfLink",
            "uid");

    private final Findings findings = new Findings();
    private final Field document;
    private final JsonNode tree;
    private final boolean isMapping;
    private final String kind;
    private final @Nullable ResourceName name;

    private ResourceValidator(JsonNode tree, String pointer) {
        document = Field.root(findings, pointer, tree);
        this.tree = tree;
        isMapping = tree.isObject();
        kind = textOf(tree, "kind");
        JsonNode metadata = tree.path("metadata");
        String resource = textOf(metadata, "name");
        String namespace = textOf(metadata, "namespace");
        name = resource.isEmpty() ? null : new ResourceName(namespace.isEmpty() ? "default" : namespace, resource);
        if (kind.equals("Secret")) {
            findings.hideValues();
        }
    }

    private static String textOf(JsonNode tree, String field) {
        JsonNode node = tree.get(field);
        return node != null && node.isTextual() ? node.textValue() : "";
    }

    /**
     * @param tree the document; a {@code List} is the caller's to take apart
     * @param pointer JSON pointer of the document, for the positions in its findings; empty for the root
     */
    public static Validation validate(JsonNode tree, String pointer) {
        ResourceValidator validator = new ResourceValidator(tree, pointer);
        HasMetadata resource = validator.resource();
        return new Validation(
                validator.kind,
                Optional.ofNullable(validator.name),
                validator.findings.hasErrors() ? Optional.empty() : Optional.ofNullable(resource),
                validator.findings.all());
    }

    private @Nullable HasMetadata resource() {
        if (!isMapping) {
            // Without the value: nobody knows whether it is a secret.
            document.report(
                    Severity.ERROR,
                    "",
                    "is not a mapping",
                    "write apiVersion, kind and the other fields in lines of their own");
            return null;
        }
        String apiVersion = document.child("apiVersion").requiredText("write apiVersion: " + EVENTING);
        String kindText = document.child("kind").requiredText("write kind: Broker or kind: Trigger");
        if (apiVersion == null || kindText == null) {
            return null;
        }
        return switch (apiVersion + " " + kindText) {
            case EVENTING + " Broker" -> broker();
            case EVENTING + " Trigger" -> trigger();
            case "v1 ConfigMap" -> configMap();
            case "v1 Secret" -> secret();
            default -> {
                SourceKind source = SourceKinds.find(kindText).orElse(null);
                yield source == null ? unknown(apiVersion, kindText) : source(source, apiVersion);
            }
        };
    }

    private @Nullable HasMetadata unknown(String apiVersion, String kindText) {
        boolean ours = kindText.equals("Broker") || kindText.equals("Trigger");
        if (apiVersion.startsWith("eventing.knative.dev/")) {
            Optional<String> meant = Nearest.suggestion(kindText, List.of("Broker", "Trigger"));
            if (ours) {
                document.child("apiVersion").error("is not a version of " + kindText, "write " + EVENTING);
                return null;
            }
            if (meant.isPresent()) {
                document.child("kind").error("is not a known kind of " + apiVersion, meant.get());
                return null;
            }
        } else if (ours) {
            document.child("apiVersion").error("has no kind " + kindText, "write " + EVENTING);
            return null;
        } else if (SourceKinds.isGroup(apiVersion)) {
            Optional<String> meant = Nearest.suggestion(kindText, SourceKinds.names());
            if (meant.isPresent()) {
                document.child("kind").error("is not a known kind of " + apiVersion, meant.get());
                return null;
            }
        }
        document.child("kind")
                .report(
                        Severity.WARNING,
                        document.child("kind").shown(),
                        "of " + apiVersion + " is not a kind that Sluice reads; skipped",
                        "");
        return null;
    }

    private @Nullable HasMetadata broker() {
        document.isMapping(List.of("apiVersion", "kind", "metadata", "spec", "status"));
        ObjectMeta metadata = metadata();
        AnnotationRules.checkBroker(document.child("metadata").child("annotations"), metadata);
        Broker broker = new Broker();
        broker.setMetadata(metadata);
        broker.setSpec(new SpecReader(metadata.getNamespace()).broker(document.child("spec")));
        return broker;
    }

    private @Nullable HasMetadata trigger() {
        document.isMapping(List.of("apiVersion", "kind", "metadata", "spec", "status"));
        ObjectMeta metadata = metadata();
        Trigger trigger = new Trigger();
        trigger.setMetadata(metadata);
        trigger.setSpec(new SpecReader(metadata.getNamespace()).trigger(document.child("spec"), document));
        AnnotationRules.checkTrigger(
                document.child("metadata").child("annotations"),
                metadata,
                trigger.getSpec().getBroker());
        return trigger;
    }

    private @Nullable HasMetadata source(SourceKind sourceKind, String apiVersion) {
        if (!sourceKind.apiVersions().contains(apiVersion)) {
            document.child("apiVersion")
                    .error(
                            "has no kind " + sourceKind.kind(),
                            "write " + sourceKind.apiVersions().get(0));
            return null;
        }
        document.isMapping(List.of("apiVersion", "kind", "metadata", "spec", "status"));
        return SourceReader.read(sourceKind, apiVersion, document, tree, metadata());
    }

    private @Nullable HasMetadata configMap() {
        document.isMapping(List.of("apiVersion", "kind", "metadata", "data", "binaryData", "immutable"));
        ConfigMap configMap = new ConfigMap();
        configMap.setMetadata(metadata());
        configMap.setData(document.child("data").texts());
        configMap.setBinaryData(document.child("binaryData").texts());
        return configMap;
    }

    private @Nullable HasMetadata secret() {
        document.isMapping(List.of("apiVersion", "kind", "metadata", "data", "stringData", "type", "immutable"));
        Secret secret = new Secret();
        secret.setMetadata(metadata());
        secret.setData(document.child("data").texts());
        secret.setStringData(document.child("stringData").texts());
        secret.setType(document.child("type").text());
        return secret;
    }

    /** Something to go on with even if it is wrong, so that what is wrong elsewhere is found too. */
    private ObjectMeta metadata() {
        ObjectMeta metadata = new ObjectMeta();
        metadata.setNamespace("default");
        metadata.setLabels(Map.of());
        metadata.setAnnotations(Map.of());
        Field field = document.child("metadata");
        if (!field.isPresent()) {
            field.missing("write metadata with a name in it");
        }
        if (!field.isMapping(METADATA)) {
            return metadata;
        }
        String resource = field.child("name").requiredText("write the name of the " + kind);
        metadata.setName(resource == null ? null : field.child("name").subdomain(resource));
        String namespace = field.child("namespace").text();
        if (namespace != null
                && !namespace.isEmpty()
                && field.child("namespace").label(namespace) != null) {
            metadata.setNamespace(namespace);
        }
        Map<String, String> labels = field.child("labels").texts();
        if (labels != null) {
            metadata.setLabels(labels);
        }
        Map<String, String> annotations = field.child("annotations").texts();
        if (annotations != null) {
            metadata.setAnnotations(annotations);
        }
        return metadata;
    }
}
