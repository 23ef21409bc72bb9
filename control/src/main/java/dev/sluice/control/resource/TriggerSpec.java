/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.resource;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The spec of a {@link Trigger}. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonPropertyOrder({"broker", "brokerRef", "filter", "filters", "subscriber", "delivery"})
public final class TriggerSpec {

    private @Nullable String broker;
    private @Nullable KReference brokerRef;
    private @Nullable TriggerFilter filter;
    private @Nullable List<FilterDialect> filters;
    private @Nullable DestinationSpec subscriber;
    private @Nullable DeliverySpec delivery;

    /** The name of the Broker; exactly one of this and {@code brokerRef}. */
    public @Nullable String getBroker() {
        return broker;
    }

    public void setBroker(@Nullable String broker) {
        this.broker = broker;
    }

    /** The name of the Broker, whichever field has it; empty if neither does. */
    public String brokerName() {
        String name = brokerRef == null ? broker : brokerRef.getName();
        return name == null ? "" : name;
    }

    public @Nullable KReference getBrokerRef() {
        return brokerRef;
    }

    public void setBrokerRef(@Nullable KReference brokerRef) {
        this.brokerRef = brokerRef;
    }

    /** Ignored where {@code filters} has elements. */
    public @Nullable TriggerFilter getFilter() {
        return filter;
    }

    public void setFilter(@Nullable TriggerFilter filter) {
        this.filter = filter;
    }

    /** All of them must match. */
    public @Nullable List<FilterDialect> getFilters() {
        return filters;
    }

    public void setFilters(@Nullable List<FilterDialect> filters) {
        this.filters = filters;
    }

    public @Nullable DestinationSpec getSubscriber() {
        return subscriber;
    }

    public void setSubscriber(@Nullable DestinationSpec subscriber) {
        this.subscriber = subscriber;
    }

    public @Nullable DeliverySpec getDelivery() {
        return delivery;
    }

    public void setDelivery(@Nullable DeliverySpec delivery) {
        this.delivery = delivery;
    }
}
