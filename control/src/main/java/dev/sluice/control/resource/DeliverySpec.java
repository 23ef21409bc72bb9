/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.resource;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import org.jspecify.annotations.Nullable;

/** Knative's delivery spec, as it is written; what is absent here gets its default from the Broker or the settings. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonPropertyOrder({"deadLetterSink", "retry", "timeout", "backoffPolicy", "backoffDelay", "retryAfterMax", "format"})
public final class DeliverySpec {

    private @Nullable DestinationSpec deadLetterSink;
    private @Nullable Integer retry;
    private @Nullable String timeout;
    private @Nullable String backoffPolicy;
    private @Nullable String backoffDelay;
    private @Nullable String retryAfterMax;
    private @Nullable String format;

    public @Nullable DestinationSpec getDeadLetterSink() {
        return deadLetterSink;
    }

    public void setDeadLetterSink(@Nullable DestinationSpec deadLetterSink) {
        this.deadLetterSink = deadLetterSink;
    }

    /** Extra attempts after the first, 0 or more. */
    public @Nullable Integer getRetry() {
        return retry;
    }

    public void setRetry(@Nullable Integer retry) {
        this.retry = retry;
    }

    /** ISO-8601, above zero, for each attempt. */
    public @Nullable String getTimeout() {
        return timeout;
    }

    public void setTimeout(@Nullable String timeout) {
        this.timeout = timeout;
    }

    /** {@code linear} or {@code exponential}. */
    public @Nullable String getBackoffPolicy() {
        return backoffPolicy;
    }

    public void setBackoffPolicy(@Nullable String backoffPolicy) {
        this.backoffPolicy = backoffPolicy;
    }

    /** ISO-8601, zero or more. */
    public @Nullable String getBackoffDelay() {
        return backoffDelay;
    }

    public void setBackoffDelay(@Nullable String backoffDelay) {
        this.backoffDelay = backoffDelay;
    }

    /** ISO-8601, zero or more. */
    public @Nullable String getRetryAfterMax() {
        return retryAfterMax;
    }

    public void setRetryAfterMax(@Nullable String retryAfterMax) {
        this.retryAfterMax = retryAfterMax;
    }

    /** {@code json} or {@code binary}. */
    public @Nullable String getFormat() {
        return format;
    }

    public void setFormat(@Nullable String format) {
        this.format = format;
    }
}
