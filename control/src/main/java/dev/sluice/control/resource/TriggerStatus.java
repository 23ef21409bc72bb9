/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.resource;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/** The status of a {@link Trigger}. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public final class TriggerStatus extends KnativeStatus {

    private @Nullable String subscriberUri;
    private @Nullable String subscriberCACerts;
    private @Nullable String subscriberAudience;

    /** One that may be changed without changing this. */
    public TriggerStatus copy() {
        TriggerStatus copy = new TriggerStatus();
        copyInto(copy);
        copy.subscriberUri = subscriberUri;
        copy.subscriberCACerts = subscriberCACerts;
        copy.subscriberAudience = subscriberAudience;
        return copy;
    }

    /** Where its events are delivered to. */
    public @Nullable String getSubscriberUri() {
        return subscriberUri;
    }

    public void setSubscriberUri(@Nullable String subscriberUri) {
        this.subscriberUri = subscriberUri;
    }

    public @Nullable String getSubscriberCACerts() {
        return subscriberCACerts;
    }

    public void setSubscriberCACerts(@Nullable String subscriberCACerts) {
        this.subscriberCACerts = subscriberCACerts;
    }

    public @Nullable String getSubscriberAudience() {
        return subscriberAudience;
    }

    public void setSubscriberAudience(@Nullable String subscriberAudience) {
        this.subscriberAudience = subscriberAudience;
    }
}
