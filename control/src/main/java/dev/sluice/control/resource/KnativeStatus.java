/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.resource;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the status of every resource of ours has. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonPropertyOrder({
    "observedGeneration",
    "conditions",
    "annotations",
    "deadLetterSinkUri",
    "deadLetterSinkCACerts",
    "deadLetterSinkAudience"
})
public abstract class KnativeStatus {

    private @Nullable Long observedGeneration;
    private @Nullable List<Condition> conditions;
    private @Nullable Map<String, String> annotations;
    private @Nullable String deadLetterSinkUri;
    private @Nullable String deadLetterSinkCACerts;
    private @Nullable String deadLetterSinkAudience;

    final void copyInto(KnativeStatus copy) {
        copy.observedGeneration = observedGeneration;
        copy.conditions = conditions;
        copy.annotations = annotations;
        copy.deadLetterSinkUri = deadLetterSinkUri;
        copy.deadLetterSinkCACerts = deadLetterSinkCACerts;
        copy.deadLetterSinkAudience = deadLetterSinkAudience;
    }

    /** The generation that the rest of the status describes. */
    public @Nullable Long getObservedGeneration() {
        return observedGeneration;
    }

    public void setObservedGeneration(@Nullable Long observedGeneration) {
        this.observedGeneration = observedGeneration;
    }

    /** Sorted by type. */
    public @Nullable List<Condition> getConditions() {
        return conditions;
    }

    public void setConditions(@Nullable List<Condition> conditions) {
        this.conditions = conditions;
    }

    public @Nullable Map<String, String> getAnnotations() {
        return annotations;
    }

    public void setAnnotations(@Nullable Map<String, String> annotations) {
        this.annotations = annotations;
    }

    public @Nullable String getDeadLetterSinkUri() {
        return deadLetterSinkUri;
    }

    public void setDeadLetterSinkUri(@Nullable String deadLetterSinkUri) {
        this.deadLetterSinkUri = deadLetterSinkUri;
    }

    public @Nullable String getDeadLetterSinkCACerts() {
        return deadLetterSinkCACerts;
    }

    public void setDeadLetterSinkCACerts(@Nullable String deadLetterSinkCACerts) {
        this.deadLetterSinkCACerts = deadLetterSinkCACerts;
    }

    public @Nullable String getDeadLetterSinkAudience() {
        return deadLetterSinkAudience;
    }

    public void setDeadLetterSinkAudience(@Nullable String deadLetterSinkAudience) {
        this.deadLetterSinkAudience = deadLetterSinkAudience;
    }
}
