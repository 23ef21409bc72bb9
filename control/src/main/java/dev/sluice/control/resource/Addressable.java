/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.resource;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import org.jspecify.annotations.Nullable;

/** An address that a resource answers on. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonPropertyOrder({"name", "url", "CACerts", "audience"})
public final class Addressable {

    private @Nullable String name;
    private @Nullable String url;
    private @Nullable String caCerts;
    private @Nullable String audience;

    /** The scheme of the URL. */
    public @Nullable String getName() {
        return name;
    }

    public void setName(@Nullable String name) {
        this.name = name;
    }

    public @Nullable String getUrl() {
        return url;
    }

    public void setUrl(@Nullable String url) {
        this.url = url;
    }

    @JsonProperty("CACerts")
    public @Nullable String getCaCerts() {
        return caCerts;
    }

    @JsonProperty("CACerts")
    public void setCaCerts(@Nullable String caCerts) {
        this.caCerts = caCerts;
    }

    public @Nullable String getAudience() {
        return audience;
    }

    public void setAudience(@Nullable String audience) {
        this.audience = audience;
    }
}
