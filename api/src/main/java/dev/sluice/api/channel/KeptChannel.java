/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.channel;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.routing.ResourceName;
import java.util.List;
import java.util.Set;

/**
 * What is kept of one channel, whether its Broker is there or not.
 *
 * @param name of what keeps the events, such as a topic
 * @param place where that is, such as the addresses of a Kafka, for people to read
 * @param partitions 1 or more
 * @param records that are kept now
 * @param usedBy the Brokers that are there and keep their events in it, or may
 * @param known whether a process of ours has read or parked there; a name alone says nothing of whose it is
 * @param readers how many read it at this moment as its Broker's dispatchers do, in whatever process
 * @param belongings what is kept beside the events and goes when they go: names, for people to read
 */
public record KeptChannel(
        String name,
        String place,
        int partitions,
        long records,
        Set<ResourceName> usedBy,
        boolean known,
        int readers,
        List<String> belongings) {

    public KeptChannel {
        requireNonNull(name, "name");
        requireNonNull(place, "place");
        usedBy = Set.copyOf(usedBy);
        belongings = List.copyOf(belongings);
    }
}
