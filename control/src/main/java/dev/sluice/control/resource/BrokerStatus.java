/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.resource;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The status of a {@link Broker}. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public final class BrokerStatus extends KnativeStatus {

    private @Nullable Addressable address;
    private @Nullable List<Addressable> addresses;

    /** Where events for this Broker are POSTed to. */
    public @Nullable Addressable getAddress() {
        return address;
    }

    public void setAddress(@Nullable Addressable address) {
        this.address = address;
    }

    public @Nullable List<Addressable> getAddresses() {
        return addresses;
    }

    public void setAddresses(@Nullable List<Addressable> addresses) {
        this.addresses = addresses;
    }
}
