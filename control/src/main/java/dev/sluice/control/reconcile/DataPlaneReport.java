/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.reconcile;

import dev.sluice.api.routing.ResourceName;
import java.util.Map;
import java.util.Set;

/**
 * What became of a routing table. What failed is tried again; all else of the table is in force. Reasons are for people to
 * read.
 *
 * @param channelFailures the Brokers whose channel could not be opened, with the reason
 * @param triggerFailures the Triggers that get no events yet though their Broker's channel is open, with the reason
 * @param earlierChannels the Brokers whose channel was opened as they asked for it then, and which ask for something else now
 * @param refusedSecrets the Brokers whose Secret, or other way to their channel, has changed and can't be used, with the
 *     reason; they go on with the one before
 * @param ingressFailures the Brokers that some ingress does not serve yet, with the reason
 */
public record DataPlaneReport(
        Map<ResourceName, String> channelFailures,
        Map<ResourceName, String> triggerFailures,
        Set<ResourceName> earlierChannels,
        Map<ResourceName, String> refusedSecrets,
        Map<ResourceName, String> ingressFailures) {

    private static final DataPlaneReport IN_FORCE = new DataPlaneReport(Map.of());

    public DataPlaneReport {
        channelFailures = Map.copyOf(channelFailures);
        triggerFailures = Map.copyOf(triggerFailures);
        earlierChannels = Set.copyOf(earlierChannels);
        refusedSecrets = Map.copyOf(refusedSecrets);
        ingressFailures = Map.copyOf(ingressFailures);
    }

    /** With every Secret in use that there is, and every ingress that is asked serving what it should. */
    public DataPlaneReport(
            Map<ResourceName, String> channelFailures,
            Map<ResourceName, String> triggerFailures,
            Set<ResourceName> earlierChannels) {
        this(channelFailures, triggerFailures, earlierChannels, Map.of(), Map.of());
    }

    /** Nothing else went wrong. */
    public DataPlaneReport(Map<ResourceName, String> channelFailures) {
        this(channelFailures, Map.of(), Set.of());
    }

    /** All of the table is in force. */
    public static DataPlaneReport inForce() {
        return IN_FORCE;
    }

    /** The same, with what was found out about other processes. */
    public DataPlaneReport withIngressFailures(Map<ResourceName, String> failures) {
        return new DataPlaneReport(channelFailures, triggerFailures, earlierChannels, refusedSecrets, failures);
    }

    /** Whether something has to be tried again. */
    boolean isIncomplete() {
        return !channelFailures.isEmpty()
                || !triggerFailures.isEmpty()
                || !refusedSecrets.isEmpty()
                || !ingressFailures.isEmpty();
    }
}
