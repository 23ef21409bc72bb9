/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.resource;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import org.jspecify.annotations.Nullable;

/** Where events are sent, as it is written: a {@code ref}, a {@code uri}, or a {@code uri} relative to a {@code ref}. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonPropertyOrder({"ref", "uri", "CACerts", "audience"})
public final class DestinationSpec {

    private @Nullable KReference ref;
    private @Nullable String uri;
    private @Nullable String caCerts;
    private @Nullable String audience;

    public @Nullable KReference getRef() {
        return ref;
    }

    public void setRef(@Nullable KReference ref) {
        this.ref = ref;
    }

    public @Nullable String getUri() {
        return uri;
    }

    public void setUri(@Nullable String uri) {
        this.uri = uri;
    }

    /** PEM certificates to trust for this destination. */
    @JsonProperty("CACerts")
    public @Nullable String getCaCerts() {
        return caCerts;
    }

    @JsonProperty("CACerts")
    public void setCaCerts(@Nullable String caCerts) {
        this.caCerts = caCerts;
    }

    /** The OIDC audience of the destination. */
    public @Nullable String getAudience() {
        return audience;
    }

    public void setAudience(@Nullable String audience) {
        this.audience = audience;
    }
}
