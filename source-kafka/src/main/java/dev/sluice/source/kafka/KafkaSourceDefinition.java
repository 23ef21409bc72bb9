/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.source.kafka;

import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.source.AdapterSetup;
import dev.sluice.api.source.EventDescription;
import dev.sluice.api.source.SecretRef;
import dev.sluice.api.source.SourceAdapter;
import dev.sluice.api.source.SourceDefinition;
import dev.sluice.api.source.Webhook;
import java.util.List;

/**
 * What a KafkaSource asks for. Any number of processes may run it: they share the partitions as members of its group.
 *
 * @param bootstrapServers separated by commas
 * @param topics at least one
 * @param group the consumer group
 * @param earliest whether a topic that the group has not read yet is read from its beginning; else from its end
 * @param ordered whether the events of a partition go one after the other
 * @param reads whether it reads at all: not if {@code spec.consumers} is 0
 */
record KafkaSourceDefinition(
        ResourceName name,
        String bootstrapServers,
        List<String> topics,
        String group,
        boolean earliest,
        boolean ordered,
        KeyType keyType,
        boolean reads,
        Access access)
        implements SourceDefinition {

    KafkaSourceDefinition {
        topics = List.copyOf(topics);
    }

    @Override
    public List<SecretRef> secrets() {
        return access.secrets();
    }

    @Override
    public List<EventDescription> events() {
        return topics.stream()
                .map(topic -> new EventDescription(RecordEvents.TYPE, RecordEvents.sourceOf(name, topic)))
                .toList();
    }

    @Override
    public SourceAdapter adapter(AdapterSetup setup) {
        return new KafkaSourceAdapter(this, access.clientProperties(setup.secrets()));
    }

    @Override
    public Webhook trial(AdapterSetup setup) {
        return new WrittenRecord(this);
    }
}
