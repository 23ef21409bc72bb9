/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.reconcile;

import dev.sluice.api.routing.ResourceName;
import java.net.URI;

/** Where Brokers are reached. */
final class IngressAddress {

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
}
