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

/** Knative's Trigger, {@code eventing.knative.dev/v1}. */
@Group("eventing.knative.dev")
@Version("v1")
@Plural("triggers")
public final class Trigger extends CustomResource<TriggerSpec, TriggerStatus> implements Namespaced {

    private static final long serialVersionUID = 1L;
}
