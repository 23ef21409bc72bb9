/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.reconcile;

import dev.sluice.api.routing.Destination;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.control.resource.Annotations;
import dev.sluice.control.resource.Broker;
import dev.sluice.control.resource.DestinationSpec;
import dev.sluice.control.resource.KReference;
import dev.sluice.control.store.Resources;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Resolves destinations with what is known without a cluster: URIs, and Brokers among the resources. */
final class Destinations {

    private final Resources resources;
    private final IngressAddress ingress;
    /** By their texts: many Triggers lead to few subscribers. */
    private final Map<String, URI> uris = new HashMap<>();

    Destinations(Resources resources, IngressAddress ingress) {
        this.resources = resources;
        this.ingress = ingress;
    }

    /**
     * @param namespace of the resource that has the destination
     * @param field where in it the destination stands, for messages
     */
    Resolution resolve(DestinationSpec spec, String namespace, String field) {
        try {
            KReference ref = spec.getRef();
            if (ref != null) {
                return reference(spec, ref, namespace, field);
            }
            URI uri = uris.computeIfAbsent(spec.getUri() == null ? "" : spec.getUri(), URI::create);
            return resolved(spec, uri);
        } catch (IllegalArgumentException e) {
            return new Resolution.Unresolved("InvalidDestination", field + " can't be used: " + e.getMessage());
        }
    }

    private Resolution reference(DestinationSpec spec, KReference ref, String namespace, String field) {
        String in = ref.getNamespace() == null ? namespace : ref.getNamespace();
        String target = ref.getKind() + " " + in + "/" + ref.getName();
        boolean isBroker = "Broker".equals(ref.getKind())
                && ref.getApiVersion() != null
                && ref.getApiVersion().startsWith("eventing.knative.dev/");
        if (!isBroker) {
            return new Resolution.Unresolved(
                    "NeedsCluster",
                    field + ".ref names " + target + ", which can't be looked up without a Kubernetes cluster; write "
                            + field + ".uri with its address instead");
        }
        String name = ref.getName() == null ? "" : ref.getName();
        Broker broker = resources.brokers().get(new ResourceName(in, name));
        if (broker == null || !Annotations.isOurs(broker)) {
            return new Resolution.Unresolved(
                    "BrokerDoesNotExist",
                    field + ".ref names " + target + ", which does not exist here; create it, or correct the name");
        }
        URI uri = ingress.of(new ResourceName(in, name));
        String relative = spec.getUri();
        URI resolved = relative == null || relative.isEmpty() ? uri : uri.resolve(relative);
        return resolved(spec, resolved);
    }

    private static Resolution resolved(DestinationSpec spec, URI uri) {
        return new Resolution.Resolved(
                new Destination(uri, Optional.ofNullable(spec.getCaCerts()), Optional.ofNullable(spec.getAudience())));
    }
}
