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
import dev.sluice.control.store.References;
import dev.sluice.control.store.Resources;
import dev.sluice.control.store.Target;
import dev.sluice.control.store.TargetKey;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Resolves destinations: URIs, Brokers among the resources, and what is known of other objects where there is a cluster. */
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
        ResourceName name = new ResourceName(in, ref.getName() == null ? "" : ref.getName());
        boolean isBroker = "Broker".equals(ref.getKind())
                && ref.getApiVersion() != null
                && ref.getApiVersion().startsWith("eventing.knative.dev/");
        if (isBroker) {
            Broker broker = resources.brokers().get(name);
            if (broker != null && Annotations.isOurs(broker)) {
                return resolved(spec, relativeTo(ingress.of(name), spec.getUri()));
            }
        }
        if (resources.targets().canLookUp()) {
            return lookedUp(spec, ref, References.keyOf(ref, namespace), field);
        }
        return isBroker
                ? new Resolution.Unresolved(
                        "BrokerDoesNotExist",
                        field + ".ref names " + target + ", which does not exist here; create it, or correct the name")
                : new Resolution.Unresolved(
                        "NeedsCluster",
                        field + ".ref names " + target
                                + ", which can't be looked up without a Kubernetes cluster; write " + field
                                + ".uri with its address instead");
    }

    private Resolution lookedUp(DestinationSpec spec, KReference ref, TargetKey key, String field) {
        String names = field + ".ref names " + key;
        Target target = resources.targets().get(key);
        if (target instanceof Target.Found found) {
            return key.isService()
                    ? resolved(spec, relativeTo(ofService(spec, key.name()), spec.getUri()))
                    : addressed(spec, ref, found, names);
        }
        if (target instanceof Target.Absent) {
            return new Resolution.Unresolved(
                    "NotFound", names + ", which does not exist; create it, or correct the name");
        }
        if (target instanceof Target.UnknownKind) {
            return new Resolution.Unresolved(
                    "KindUnknown",
                    names + " of " + key.apiVersion()
                            + ", a kind that this cluster does not have in namespaces; install it, or"
                            + " correct apiVersion and kind");
        }
        if (target instanceof Target.Forbidden) {
            return new Resolution.Unresolved(
                    "Forbidden",
                    names + ", which Sluice may not look at; allow its service account to get, list and watch "
                            + key.kind() + " of " + key.apiVersion());
        }
        return new Resolution.Pending("NotYetKnown", names + ", which is being looked up");
    }

    private URI ofService(DestinationSpec spec, ResourceName name) {
        String scheme = spec.getCaCerts() == null || spec.getCaCerts().isEmpty() ? "http" : "https";
        String domain = resources.targets().clusterDomain();
        return uris.computeIfAbsent(
                scheme + "://" + name.name() + "." + name.namespace() + ".svc." + domain, URI::create);
    }

    /** Knative's order: the address that the ref names, else the first of several, else the only one. */
    private static Resolution addressed(DestinationSpec spec, KReference ref, Target.Found found, String names) {
        Target.Address address = null;
        String wanted = ref.getAddress();
        for (Target.Address each : found.addresses()) {
            if (wanted == null || wanted.isEmpty() || wanted.equals(each.name())) {
                address = each;
                break;
            }
        }
        if (address == null && !found.addresses().isEmpty()) {
            return new Resolution.Unresolved(
                    "AddressNotFound",
                    names + ", whose status.addresses has none with the name \"" + wanted + "\"; correct ref.address");
        }
        if (address == null || address.url() == null || address.url().isEmpty()) {
            return new Resolution.Unresolved(
                    "NotAddressable",
                    names + ", whose status has no address (yet); it is followed as soon as it has one");
        }
        // Somebody else wrote it, and nothing has checked it.
        URI base = parsed(address.url());
        if (base == null || !base.isAbsolute() || base.getHost() == null) {
            return new Resolution.Unresolved(
                    "NotAddressable",
                    names + ", whose address \"" + address.url() + "\" is not an absolute URI with a host");
        }
        return new Resolution.Resolved(new Destination(
                relativeTo(base, spec.getUri()),
                Optional.ofNullable(spec.getCaCerts() == null ? address.caCerts() : spec.getCaCerts()),
                Optional.ofNullable(spec.getAudience() == null ? address.audience() : spec.getAudience())));
    }

    private static @Nullable URI parsed(String text) {
        try {
            return new URI(text);
        } catch (URISyntaxException e) {
            return null;
        }
    }

    private static URI relativeTo(URI base, @Nullable String relative) {
        if (relative == null || relative.isEmpty()) {
            return base;
        }
        // As RFC 3986 5.2.3 merges paths, where java.net.URI would make "http://hostevents" of "http://host" and
        // "events".
        String path = base.getRawPath();
        return (path == null || path.isEmpty() ? base.resolve("/") : base).resolve(relative);
    }

    private static Resolution resolved(DestinationSpec spec, URI uri) {
        return new Resolution.Resolved(
                new Destination(uri, Optional.ofNullable(spec.getCaCerts()), Optional.ofNullable(spec.getAudience())));
    }
}
