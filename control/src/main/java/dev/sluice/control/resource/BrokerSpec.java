/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.resource;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import org.jspecify.annotations.Nullable;

/** The spec of a {@link Broker}. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonPropertyOrder({"config", "delivery"})
public final class BrokerSpec {

    private @Nullable KReference config;
    private @Nullable DeliverySpec delivery;

    public @Nullable KReference getConfig() {
        return config;
    }

    public void setConfig(@Nullable KReference config) {
        this.config = config;
    }

    /** The default for Triggers that have none. */
    public @Nullable DeliverySpec getDelivery() {
        return delivery;
    }

    public void setDelivery(@Nullable DeliverySpec delivery) {
        this.delivery = delivery;
    }
}
