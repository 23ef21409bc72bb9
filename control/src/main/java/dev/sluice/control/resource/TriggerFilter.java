/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.resource;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The older form of a filter: every attribute must be equal to the value given. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonPropertyOrder({"attributes"})
public final class TriggerFilter {

    private @Nullable Map<String, String> attributes;

    public @Nullable Map<String, String> getAttributes() {
        return attributes;
    }

    public void setAttributes(@Nullable Map<String, String> attributes) {
        this.attributes = attributes;
    }
}
