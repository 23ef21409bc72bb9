/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.inmemory;

import dev.sluice.api.channel.ChannelProvider;
import dev.sluice.testkit.HoldingChannelContractTest;
import java.util.Map;

class InMemoryChannelContractTest extends HoldingChannelContractTest {

    @Override
    protected ChannelProvider provider() {
        return new InMemoryChannelProvider();
    }

    @Override
    protected Map<String, String> smallCapacity() {
        return Map.of(CapacityOption.NAME, "512KiB");
    }
}
