/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerConfig;

/**
 * Deals partitions out as {@link GroupAssignor} does, under a name that no other process has. All members of a group have to
 * know one name in common, so the coordinator itself, which alone sees who comes first, lets nobody join a group that one with
 * this is in, nor this one another's.
 *
 * <p>Public for Kafka's client alone, which makes it by its name.
 */
public final class SoleMemberAssignor extends GroupAssignor {

    private String name = "sluice-alone-" + UUID.randomUUID();

    /** The same name for the same process: it may be back before the coordinator has missed it. */
    @Override
    public void configure(Map<String, ?> configs) {
        super.configure(configs);
        Object instance = configs.get(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG);
        if (instance != null) {
            name = "sluice-alone-" + instance;
        }
    }

    @Override
    public String name() {
        return name;
    }
}
