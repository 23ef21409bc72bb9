/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.reconcile;

import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.api.routing.Destination;
import java.net.URI;
import java.util.Optional;

/** What was decided about a Broker, before the data plane has it. */
record BrokerDraft(
        String uid,
        long generation,
        Conditions conditions,
        ChannelSpec channel,
        Optional<String> notReady,
        URI address,
        Optional<Destination> deadLetterSink) {}
