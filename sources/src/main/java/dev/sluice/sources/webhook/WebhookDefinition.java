/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.webhook;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.source.AdapterSetup;
import dev.sluice.api.source.EventDescription;
import dev.sluice.api.source.SecretRef;
import dev.sluice.api.source.SourceAdapter;
import dev.sluice.api.source.SourceDefinition;
import java.util.List;

/** A WebhookSource, read and checked. */
record WebhookDefinition(Verification verification, Mapping mapping) implements SourceDefinition {

    WebhookDefinition {
        requireNonNull(verification, "verification");
        requireNonNull(mapping, "mapping");
    }

    @Override
    public List<SecretRef> secrets() {
        return verification.secrets();
    }

    @Override
    public List<EventDescription> events() {
        return mapping.events();
    }

    @Override
    public boolean hasWebhook() {
        return true;
    }

    @Override
    public SourceAdapter adapter(AdapterSetup setup) {
        return new WebhookSource(
                verification.verifier(setup.secrets()), mapping, verification.recipe() == Recipe.SLACK);
    }
}
