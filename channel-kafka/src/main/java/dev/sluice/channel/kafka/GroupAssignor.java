/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.Configurable;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Deals partitions out as {@link CooperativeStickyAssignor} does, under its name, but for the first time behind a {@link Claim}
 * of this process: then it has them all, as it does already. It gives up what is others' as in any rebalance, with the next one.
 *
 * <p>Public for Kafka's client alone, which makes it by its name.
 */
public class GroupAssignor extends CooperativeStickyAssignor implements Configurable {

    private @Nullable Claim claim;
    private Optional<String> instanceId = Optional.empty();

    @Override
    public void configure(Map<String, ?> configs) {
        claim = (Claim) configs.get(Claim.CONFIG);
        instanceId = Optional.ofNullable((String) configs.get(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG));
    }

    @Override
    public GroupAssignment assign(Cluster metadata, GroupSubscription members) {
        Map<String, Subscription> subscriptions = members.groupSubscription();
        Optional<Map.Entry<String, Subscription>> self = subscriptions.entrySet().stream()
                .filter(member -> instanceId.isPresent()
                        && member.getValue().groupInstanceId().equals(instanceId))
                .findAny();
        boolean othersHaveAny = subscriptions.values().stream()
                .anyMatch(member -> !member.groupInstanceId().equals(instanceId)
                        && !member.ownedPartitions().isEmpty());
        if (claim == null || self.isEmpty() || othersHaveAny || !claim.isFor(subscriptions.size() > 1)) {
            return super.assign(metadata, members);
        }
        List<TopicPartition> all = new ArrayList<>();
        for (String topic : self.get().getValue().topics()) {
            metadata.partitionsForTopic(topic)
                    .forEach(partition -> all.add(new TopicPartition(topic, partition.partition())));
        }
        Map<String, Assignment> dealt = new HashMap<>();
        subscriptions.keySet().forEach(member -> dealt.put(member, new Assignment(List.of())));
        dealt.put(self.get().getKey(), new Assignment(all));
        return new GroupAssignment(dealt);
    }
}
