/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.webhook;

import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.source.SourceDefinition;
import dev.sluice.api.source.SourceKind;
import dev.sluice.api.source.SpecField;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** WebhookSource of {@code sources.sluice.dev/v1alpha1}. */
public final class WebhookSourceKind implements SourceKind {

    @Override
    public List<String> apiVersions() {
        return List.of("sources.sluice.dev/v1alpha1");
    }

    @Override
    public String kind() {
        return "WebhookSource";
    }

    @Override
    public String plural() {
        return "webhooksources";
    }

    @Override
    public List<String> conditions() {
        return List.of("SecretsProvided");
    }

    @Override
    public @Nullable SourceDefinition read(ResourceName name, SpecField metadata, SpecField spec) {
        return new WebhookSpecReader(name).read(spec);
    }
}
