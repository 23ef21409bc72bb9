/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.testkit.Ledger;
import dev.sluice.testkit.RecordingSubscriber;
import dev.sluice.testkit.kafka.KafkaFixture;
import dev.sluice.testkit.kafka.KafkaNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.ResourceLock;

/** A Kafka of three nodes: any one of them may go, and the leaders of partitions may move, under load. */
@ResourceLock(Fleet.KAFKA)
final class KafkaNodesIT {

    private static final boolean SOAK = Boolean.getBoolean("sluice.soak");
    private static final int KILLS = SOAK ? 9 : 1;
    private static final int MOVES = SOAK ? 5 : 1;

    @RegisterExtension
    static final KafkaFixture kafka = KafkaFixture.three().endingWithItsClass();

    @RegisterExtension
    final RecordingSubscriber subscriber = RecordingSubscriber.start();

    @RegisterExtension
    final Fleet fleet = new Fleet(kafka);

    private final String namespace = Sluice.namespace();
    private final Ledger ledger = new Ledger().expecting("all");
    private final Arrivals arrivals = new Arrivals();
    private final long seed = Long.getLong("sluice.seed", System.nanoTime());
    private final Random random = new Random(seed);

    private Sluice start() {
        subscriber.onRequest(request -> {
            ledger.delivered("all", request.eventId());
            arrivals.arrived(request.eventId());
        });
        Sluice sluice = fleet.start("one", "all");
        sluice.apply(namespace, Manifests.trigger(namespace, "all", subscriber.uri()));
        return sluice;
    }

    private Load load(Sluice sluice) {
        return Load.startSpread(sluice, sluice.ingress(namespace), "e", ledger, Duration.ofMillis(5));
    }

    private void awaitSomeMore() {
        long until = ledger.acceptedCount() + 100 + random.nextInt(200);
        await("events are accepted, seed %d".formatted(seed))
                .atMost(Fleet.PATIENCE)
                .until(() -> ledger.acceptedCount() > until);
    }

    private void awaitNothingLost() {
        await("everything accepted has arrived, seed %d".formatted(seed))
                .atMost(Fleet.PATIENCE)
                .untilAsserted(() -> ledger.verify().assertNothingLost());
    }

    private static <T> T get(KafkaFuture<T> future) {
        try {
            return future.get(60, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    private static Collection<TopicDescription> topics(Admin admin) {
        return get(admin.describeTopics(get(admin.listTopics().names())).allTopicNames())
                .values();
    }

    /** Or the next node that goes would be one too many. */
    private static void awaitAllInSync(Admin admin) {
        await("every replica is in sync")
                .atMost(Fleet.PATIENCE)
                // Of a node that has just come back, or of one that has not heard of a topic.
                .ignoreExceptions()
                .until(() -> topics(admin).stream()
                        .flatMap(topic -> topic.partitions().stream())
                        .allMatch(partition -> partition.leader() != null
                                && partition.isr().size()
                                        == partition.replicas().size()));
    }

    @Test
    void nothing_accepted_is_lost_whichever_of_three_nodes_is_killed() {
        // Given
        Sluice sluice = start();

        // When
        try (var load = load(sluice);
                Admin admin = kafka.admin()) {
            for (int kill = 0; kill < KILLS; kill++) {
                awaitSomeMore();
                KafkaNode node = kafka.cluster().nodes().get(random.nextInt(3));
                node.kill();
                awaitSomeMore();
                node.start();
                awaitAllInSync(admin);
            }
            assertThat(load.refusals()).as("answers meanwhile").allMatch(answer -> answer.equals("503"));
        }

        // Then
        awaitNothingLost();
        CounterLaw.awaitCaughtUp(namespace, sluice);
        report("one of three nodes killed", KILLS);
    }

    @Test
    void nothing_is_lost_or_refused_when_the_leaders_of_all_partitions_move() {
        // Given
        Sluice sluice = start();
        String topic = "knative-broker-" + namespace + "-default";

        // When
        try (var load = load(sluice);
                Admin admin = kafka.admin()) {
            for (int move = 0; move < MOVES; move++) {
                awaitSomeMore();
                awaitAllInSync(admin);
                moveLeaders(admin, topic);
            }
            awaitSomeMore();
            assertThat(load.refusals()).isEmpty();
        }

        // Then
        awaitNothingLost();
        CounterLaw.awaitCaughtUp(namespace, sluice);
        report("leaders moved", MOVES);
        arrivals.assertRepeatsAreExplained(fleet);
    }

    /** Has the replica that is the last one now lead each partition. */
    private void moveLeaders(Admin admin, String topic) {
        Map<TopicPartition, Integer> leaders = new HashMap<>();
        Map<TopicPartition, Optional<NewPartitionReassignment>> reversed = new HashMap<>();
        for (TopicPartitionInfo partition : partitions(admin, topic)) {
            List<Integer> replicas =
                    new ArrayList<>(partition.replicas().stream().map(Node::id).toList());
            // With the leader at the end, whichever is first is another.
            replicas.remove((Integer) partition.leader().id());
            Collections.shuffle(replicas, random);
            replicas.add(partition.leader().id());
            TopicPartition of = new TopicPartition(topic, partition.partition());
            leaders.put(of, replicas.get(0));
            reversed.put(of, Optional.of(new NewPartitionReassignment(replicas)));
        }
        get(admin.alterPartitionReassignments(reversed).all());
        await("the leaders are others, seed %d".formatted(seed))
                .atMost(Fleet.PATIENCE)
                .ignoreExceptions()
                .until(() -> {
                    // Of each partition it says whether there was an election; where there was none there may be one
                    // next
                    // time, or it has the leader already.
                    get(admin.electLeaders(ElectionType.PREFERRED, leaders.keySet())
                            .partitions());
                    return partitions(admin, topic).stream()
                            .allMatch(partition -> partition.leader() != null
                                    && leaders.get(new TopicPartition(topic, partition.partition()))
                                            == partition.leader().id());
                });
    }

    private static List<TopicPartitionInfo> partitions(Admin admin, String topic) {
        return get(admin.describeTopics(List.of(topic)).allTopicNames())
                .get(topic)
                .partitions();
    }

    private void report(String what, int times) {
        System.out.println("%s, %d times: %d accepted, %d delivered, %d of them again, seed %d"
                .formatted(
                        what, times, ledger.acceptedCount(), ledger.deliveredCount("all"), arrivals.repeated(), seed));
    }
}
