/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.reconcile;

import static java.util.Objects.requireNonNull;

import java.net.URI;
import java.time.Duration;
import java.util.Set;

/**
 * What the reconciler has to know of the installation.
 *
 * @param ingressUrl under which Brokers are reached: {@code <ingressUrl>/<namespace>/<name>}; absolute
 * @param deliveryTimeout of one attempt, where no delivery says so
 * @param backoffMax the longest wait between two attempts, where no annotation says so
 * @param defaultChannel the channel type of a Broker that asks for none
 * @param channelTypes the channel types that there are
 * @param takesIn whether events are taken in by this process; else others do
 * @param delivers whether events are delivered by this process; else others do
 * @param sources where sources run
 */
public record ReconcilerSettings(
        URI ingressUrl,
        Duration deliveryTimeout,
        Duration backoffMax,
        String defaultChannel,
        Set<String> channelTypes,
        boolean takesIn,
        boolean delivers,
        SourcesRun sources) {

    /** Where sources run. */
    public enum SourcesRun {
        /** In this process. */
        HERE,
        /** In others, and this one says what is known of them. */
        ELSEWHERE_AND_TOLD_HERE,
        /** In others, which know. */
        ELSEWHERE
    }

    public static final Duration DEFAULT_DELIVERY_TIMEOUT = Duration.ofSeconds(60);
    public static final Duration DEFAULT_BACKOFF_MAX = Duration.ofMinutes(5);

    public ReconcilerSettings {
        requireNonNull(ingressUrl, "ingressUrl");
        requireNonNull(deliveryTimeout, "deliveryTimeout");
        requireNonNull(backoffMax, "backoffMax");
        requireNonNull(defaultChannel, "defaultChannel");
        channelTypes = Set.copyOf(channelTypes);
        requireNonNull(sources, "sources");
        if (!ingressUrl.isAbsolute() || ingressUrl.getHost() == null) {
            throw new IllegalArgumentException("ingressUrl \"" + ingressUrl
                    + "\" is not an absolute URL; write one such as http://localhost:8080");
        }
    }

    /** With the defaults for deliveries, and everything in one process. */
    public static ReconcilerSettings of(URI ingressUrl, String defaultChannel, Set<String> channelTypes) {
        return new ReconcilerSettings(
                ingressUrl,
                DEFAULT_DELIVERY_TIMEOUT,
                DEFAULT_BACKOFF_MAX,
                defaultChannel,
                channelTypes,
                true,
                true,
                SourcesRun.HERE);
    }
}
