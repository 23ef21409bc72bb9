/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import dev.sluice.api.channel.ChannelException;
import dev.sluice.api.channel.ChannelException.Kind;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/**
 * The topic of a Broker, as one member of the Broker's group reads it.
 *
 * @param topic as it was opened; nothing is read of another one that has its name
 * @param tenant whose positions in it are meant
 * @param sharing who may read it beside this process
 */
record ReadTopic(Topic topic, Tenant tenant, Sharing sharing) {

    String name() {
        return topic.name();
    }

    Uuid id() {
        return topic.id();
    }

    String group() {
        return tenant.group();
    }

    TopicPartition at(int partition) {
        return new TopicPartition(topic.name(), partition);
    }

    /** Whether another topic has the name now; one that is gone may yet be anything. */
    boolean isAnother(Optional<Uuid> found) {
        return found.isPresent() && !found.get().equals(topic.id());
    }

    ChannelException notAssigned(int partition) {
        return new ChannelException(
                Kind.NOT_ASSIGNED, "partition " + partition + " of topic " + topic.name() + " is not this reader's");
    }
}
