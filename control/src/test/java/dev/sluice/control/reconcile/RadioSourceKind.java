/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.reconcile;

import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.source.AdapterSetup;
import dev.sluice.api.source.EventDescription;
import dev.sluice.api.source.SecretRef;
import dev.sluice.api.source.SourceAdapter;
import dev.sluice.api.source.SourceDefinition;
import dev.sluice.api.source.SourceKind;
import dev.sluice.api.source.SpecField;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A kind of source as a third party may write one: it listens to a station, which may be scrambled. */
public final class RadioSourceKind implements SourceKind {

    /** What a resource asks for. */
    record Station(String frequency, @Nullable SecretRef key) implements SourceDefinition {

        @Override
        public List<SecretRef> secrets() {
            return key == null ? List.of() : List.of(key);
        }

        @Override
        public List<EventDescription> events() {
            return List.of(new EventDescription("com.example.heard", "/radio/" + frequency));
        }

        @Override
        public boolean hasWebhook() {
            return true;
        }

        /** Whoever has a key has told the station of himself. */
        @Override
        public boolean leavesSomething() {
            return key != null;
        }

        @Override
        public SourceAdapter adapter(AdapterSetup setup) {
            return new SourceAdapter() {};
        }
    }

    @Override
    public List<String> apiVersions() {
        return List.of("radio.example.com/v1");
    }

    @Override
    public String kind() {
        return "RadioSource";
    }

    @Override
    public String plural() {
        return "radiosources";
    }

    @Override
    public List<String> conditions() {
        return List.of("Tuned");
    }

    @Override
    public boolean hasDelivery() {
        return true;
    }

    @Override
    public Set<String> annotations() {
        return Set.of("sluice.dev/volume");
    }

    @Override
    public @Nullable SourceDefinition read(ResourceName name, SpecField metadata, SpecField spec) {
        if (!spec.isMapping("frequency", "key")) {
            return null;
        }
        String frequency = spec.child("frequency").requiredText("write one such as 98.3");
        SecretRef key = spec.child("key").secretKeyRef();
        return frequency == null ? null : new Station(frequency, key);
    }
}
