/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.source;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.routing.ResourceName;
import java.time.InstantSource;

/**
 * What an adapter is made with, beside its definition.
 *
 * @param name of the resource
 * @param secrets those that the definition asked for
 * @param clock for everything that is told or compared in times
 */
public record AdapterSetup(ResourceName name, SecretValues secrets, InstantSource clock) {

    public AdapterSetup {
        requireNonNull(name, "name");
        requireNonNull(secrets, "secrets");
        requireNonNull(clock, "clock");
    }
}
