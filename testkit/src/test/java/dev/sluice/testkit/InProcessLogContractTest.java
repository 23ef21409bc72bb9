/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.testkit;

import dev.sluice.api.channel.ChannelProvider;

class InProcessLogContractTest extends LogChannelContractTest {

    private final InProcessLogProvider provider = new InProcessLogProvider();

    @Override
    protected ChannelProvider provider() {
        return provider;
    }
}
