/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.resource;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.api.source.SourceDefinition;
import dev.sluice.api.source.SourceKind;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A source of whatever kind, as it is written and as its kind reads it. */
@JsonPropertyOrder({"apiVersion", "kind", "metadata", "spec"})
public final class Source implements HasMetadata {

    private static final long serialVersionUID = 1L;

    private String apiVersion;
    private ObjectMeta metadata;
    private final JsonNode spec;
    private final transient SourceKind sourceKind;
    private final transient SourceDefinition definition;
    private final transient DestinationSpec sink;
    private final transient Map<String, String> overrides;
    private final transient @Nullable DeliverySpec delivery;

    /**
     * @param spec as it is written
     * @param sink of the spec
     * @param overrides {@code spec.ceOverrides.extensions}
     * @param delivery null if there is none
     */
    public Source(
            String apiVersion,
            ObjectMeta metadata,
            JsonNode spec,
            SourceKind sourceKind,
            SourceDefinition definition,
            DestinationSpec sink,
            Map<String, String> overrides,
            @Nullable DeliverySpec delivery) {
        this.apiVersion = requireNonNull(apiVersion, "apiVersion");
        this.metadata = requireNonNull(metadata, "metadata");
        this.spec = requireNonNull(spec, "spec");
        this.sourceKind = requireNonNull(sourceKind, "sourceKind");
        this.definition = requireNonNull(definition, "definition");
        this.sink = requireNonNull(sink, "sink");
        this.overrides = Map.copyOf(overrides);
        this.delivery = delivery;
    }

    @Override
    public ObjectMeta getMetadata() {
        return metadata;
    }

    @Override
    public void setMetadata(ObjectMeta metadata) {
        this.metadata = metadata;
    }

    @Override
    public String getApiVersion() {
        return apiVersion;
    }

    @Override
    public void setApiVersion(String apiVersion) {
        this.apiVersion = apiVersion;
    }

    @Override
    public String getKind() {
        return sourceKind.kind();
    }

    public JsonNode getSpec() {
        return spec;
    }

    @JsonIgnore
    public SourceKind sourceKind() {
        return sourceKind;
    }

    @JsonIgnore
    public SourceDefinition definition() {
        return definition;
    }

    @JsonIgnore
    public DestinationSpec sink() {
        return sink;
    }

    /** Extensions that every event of it gets. */
    @JsonIgnore
    public Map<String, String> overrides() {
        return overrides;
    }

    /** Null if it is not written, or its kind has none. */
    @JsonIgnore
    public @Nullable DeliverySpec delivery() {
        return delivery;
    }
}
