/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.source.apiserver;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.filter.Filter;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.source.AdapterSetup;
import dev.sluice.api.source.EventDescription;
import dev.sluice.api.source.SourceAdapter;
import dev.sluice.api.source.SourceDefinition;
import dev.sluice.api.source.Webhook;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What an ApiServerSource asks for. */
final class ApiServerDefinition implements SourceDefinition {

    private final ResourceName name;
    private final String uid;
    private final Mode mode;
    private final List<WatchedKind> resources;
    private final Owner owner;
    private final String serviceAccount;
    private final Scope scope;
    private final Filter filter;
    private final ClusterAccess access;

    /**
     * @param uid of the source; empty if it has none
     * @param serviceAccount as whom the API server is asked; empty: as Sluice
     */
    ApiServerDefinition(
            ResourceName name,
            String uid,
            Mode mode,
            List<WatchedKind> resources,
            Owner owner,
            String serviceAccount,
            Scope scope,
            Filter filter,
            ClusterAccess access) {
        this.name = requireNonNull(name, "name");
        this.uid = requireNonNull(uid, "uid");
        this.mode = requireNonNull(mode, "mode");
        this.resources = List.copyOf(resources);
        this.owner = requireNonNull(owner, "owner");
        this.serviceAccount = requireNonNull(serviceAccount, "serviceAccount");
        this.scope = requireNonNull(scope, "scope");
        this.filter = requireNonNull(filter, "filter");
        this.access = requireNonNull(access, "access");
    }

    String uid() {
        return uid;
    }

    Mode mode() {
        return mode;
    }

    List<WatchedKind> resources() {
        return resources;
    }

    Owner owner() {
        return owner;
    }

    /** As the API server knows it, such as {@code system:serviceaccount:shop:watcher}; empty: Sluice's own identity. */
    String user() {
        return serviceAccount.isEmpty() ? "" : "system:serviceaccount:" + name.namespace() + ":" + serviceAccount;
    }

    Scope scope() {
        return scope;
    }

    Filter filter() {
        return filter;
    }

    /** The address is this process's way to the API server; one that has none knows no source yet. */
    @Override
    public List<EventDescription> events() {
        String source = access.address();
        if (source == null) {
            return List.of();
        }
        List<EventDescription> events = new ArrayList<>();
        for (Verb verb : Verb.values()) {
            events.add(new EventDescription(mode.type(verb), source));
        }
        return List.copyOf(events);
    }

    @Override
    public boolean isSingle() {
        return true;
    }

    @Override
    public SourceAdapter adapter(AdapterSetup setup) {
        return new ApiServerAdapter(setup.name(), this, access, setup.clock());
    }

    @Override
    public Webhook trial(AdapterSetup setup) {
        String address = access.address();
        return new WrittenChange(name, this, address == null ? WrittenChange.SOME_API_SERVER : address);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ApiServerDefinition that
                && name.equals(that.name)
                && uid.equals(that.uid)
                && mode == that.mode
                && resources.equals(that.resources)
                && owner.equals(that.owner)
                && serviceAccount.equals(that.serviceAccount)
                && scope.equals(that.scope)
                && filter.equals(that.filter);
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, mode, resources, owner, serviceAccount, scope, filter);
    }
}
