/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.resource;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.sluice.api.source.EventDescription;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The status of a {@link Source}. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public final class SourceStatus extends KnativeStatus {

    private @Nullable String sinkUri;
    private @Nullable String sinkCaCerts;
    private @Nullable String sinkAudience;
    private @Nullable List<EventDescription> ceAttributes;

    /** One that may be changed without changing this. */
    public SourceStatus copy() {
        SourceStatus copy = new SourceStatus();
        copyInto(copy);
        copy.sinkUri = sinkUri;
        copy.sinkCaCerts = sinkCaCerts;
        copy.sinkAudience = sinkAudience;
        copy.ceAttributes = ceAttributes;
        return copy;
    }

    /** Where its events are sent to. */
    public @Nullable String getSinkUri() {
        return sinkUri;
    }

    public void setSinkUri(@Nullable String sinkUri) {
        this.sinkUri = sinkUri;
    }

    @JsonProperty("sinkCACerts")
    public @Nullable String getSinkCaCerts() {
        return sinkCaCerts;
    }

    public void setSinkCaCerts(@Nullable String sinkCaCerts) {
        this.sinkCaCerts = sinkCaCerts;
    }

    public @Nullable String getSinkAudience() {
        return sinkAudience;
    }

    public void setSinkAudience(@Nullable String sinkAudience) {
        this.sinkAudience = sinkAudience;
    }

    /** The kinds of events that it sends, as far as that is known beforehand. */
    public @Nullable List<EventDescription> getCeAttributes() {
        return ceAttributes;
    }

    public void setCeAttributes(@Nullable List<EventDescription> ceAttributes) {
        this.ceAttributes = ceAttributes;
    }
}
