/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.reconcile;

import dev.sluice.api.routing.ResourceName;
import java.net.URI;
import java.util.Locale;
import java.util.Set;

/** Where Brokers are reached, and whether a URI leads there. */
final class IngressAddress {

    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");

    private final URI base;
    private final String prefix;

    IngressAddress(URI base) {
        this.base = base;
        String path = base.getRawPath() == null ? "" : base.getRawPath();
        prefix = path.endsWith("/") ? path : path + "/";
    }

    URI of(ResourceName broker) {
        return base.resolve(prefix + broker.namespace() + "/" + broker.name());
    }

    /** Whether the URI leads to some Broker behind this ingress, by whatever name of the loopback interface. */
    boolean leadsToBroker(URI uri) {
        if (uri.getHost() == null || !base.getScheme().equalsIgnoreCase(uri.getScheme())) {
            return false;
        }
        if (port(base) != port(uri) || !sameHost(host(base), host(uri))) {
            return false;
        }
        String path = uri.getRawPath() == null ? "" : uri.getRawPath();
        if (!path.startsWith(prefix)) {
            return false;
        }
        String rest = path.substring(prefix.length());
        int slash = rest.indexOf('/');
        return slash > 0 && slash < rest.length() - 1;
    }

    private static boolean sameHost(String one, String other) {
        return one.equals(other) || (LOOPBACK.contains(one) && LOOPBACK.contains(other));
    }

    private static String host(URI uri) {
        return uri.getHost().toLowerCase(Locale.ROOT);
    }

    private static int port(URI uri) {
        if (uri.getPort() >= 0) {
            return uri.getPort();
        }
        return "https".equalsIgnoreCase(uri.getScheme()) ? 443 : 80;
    }
}
