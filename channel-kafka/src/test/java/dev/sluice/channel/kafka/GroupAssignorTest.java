/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.GroupSubscription;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Subscription;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** Who gets which partitions, with a claim and without one. */
class GroupAssignorTest {

    private static final Node NODE = new Node(1, "localhost", 9092);
    private static final Cluster CLUSTER = new Cluster(
            "cluster",
            List.of(NODE),
            List.of(partition(0), partition(1), partition(2), partition(3)),
            Set.of(),
            Set.of());

    private final Claim claim = new Claim();
    private final GroupAssignor assignor = assignor(claim);

    @Test
    void without_a_claim_all_have_as_many() {
        assertThat(deal()).isEqualTo(Map.of("this", 2, "other", 2));
        assertThat(claim.othersCame()).isFalse();
    }

    @Test
    void with_a_claim_its_process_has_all_and_is_told_that_others_wait() {
        assertThat(claim.make()).isTrue();
        assertThat(deal()).isEqualTo(Map.of("this", 4, "other", 0));
        assertThat(claim.othersCame()).isTrue();
    }

    @Test
    void a_claim_counts_until_partitions_have_come() {
        // Given: what was dealt out did not get to the members
        claim.make();
        deal();
        assertThat(deal()).isEqualTo(Map.of("this", 4, "other", 0));

        // When
        claim.over();

        // Then
        assertThat(deal()).isEqualTo(Map.of("this", 2, "other", 2));
        assertThat(claim.make()).isFalse();
    }

    @Test
    void a_claim_takes_nothing_from_who_has_it() {
        // Given
        claim.make();
        Subscription other = new Subscription(
                List.of("orders"), null, List.of(new TopicPartition("orders", 0), new TopicPartition("orders", 1)));
        other.setGroupInstanceId(Optional.of("other"));

        // When, Then
        assertThat(deal(assignor, other)).isEqualTo(Map.of("this", 2, "other", 2));
    }

    @Test
    void when_partitions_have_been_dealt_out_it_is_too_late_for_a_claim() {
        // Given
        deal();

        // When, Then
        assertThat(claim.make()).isFalse();
        assertThat(deal()).isEqualTo(Map.of("this", 2, "other", 2));
    }

    @Test
    void a_member_without_a_claim_of_its_own_deals_out_as_the_cooperative_one() {
        assertThat(deal(assignor(null))).isEqualTo(Map.of("this", 2, "other", 2));
        assertThat(assignor.name()).isEqualTo("cooperative-sticky");
    }

    private Map<String, Integer> deal() {
        return deal(assignor);
    }

    private static Map<String, Integer> deal(GroupAssignor assignor) {
        return deal(assignor, subscription("other"));
    }

    /** How many partitions each member has got. */
    private static Map<String, Integer> deal(GroupAssignor assignor, Subscription other) {
        Map<String, Integer> counts = new HashMap<>();
        assignor.assign(
                        CLUSTER,
                        new GroupSubscription(Map.of("this-member", subscription("this"), "other-member", other)))
                .groupAssignment()
                .forEach((member, assignment) -> counts.put(
                        member.replace("-member", ""), assignment.partitions().size()));
        return counts;
    }

    private static GroupAssignor assignor(Claim claim) {
        GroupAssignor assignor = new GroupAssignor();
        Map<String, Object> config = new HashMap<>(Map.of(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG, "this"));
        if (claim != null) {
            config.put(Claim.CONFIG, claim);
        }
        assignor.configure(config);
        return assignor;
    }

    private static Subscription subscription(String instanceId) {
        Subscription subscription = new Subscription(List.of("orders"));
        subscription.setGroupInstanceId(Optional.of(instanceId));
        return subscription;
    }

    private static PartitionInfo partition(int number) {
        Node[] nodes = {NODE};
        return new PartitionInfo("orders", number, NODE, nodes, nodes);
    }
}
