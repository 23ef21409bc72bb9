/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.resource;

import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.Version;

/** Knative's Broker, {@code eventing.knative.dev/v1}. */
@Group("eventing.knative.dev")
@Version("v1")
@Plural("brokers")
public final class Broker extends CustomResource<BrokerSpec, BrokerStatus> implements Namespaced {

    private static final long serialVersionUID = 1L;
}
