/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.api.channel.ChannelException;
import dev.sluice.api.event.EventAttribute;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeTopicsResult;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the Kafka that the tests run does not do. */
final class TopicsTest {

    private static final String NAME = "knative-broker-shop-default";

    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void close() {
        vertx.close();
    }

    @Test
    void a_topic_without_an_id_is_refused_with_the_version_that_gives_it_one() {
        // Given: as of a Kafka before 2.8, where all topics would be one by their ids
        Topics topics = new Topics(vertx, ofAnEarlierKafka(), new ClusterSettings("kafka:9092", Map.of()));
        TopicSettings wanted = new TopicSettings(
                NAME, false, Optional.empty(), Optional.empty(), Map.of(), EventAttribute.named("partitionkey"));

        // When
        Future<Topic> ensured = topics.ensure(wanted, ProcessOptions.of(Map.of()));
        Future<Optional<Uuid>> id = topics.id(NAME);

        // Then: neither is it used, nor is anything taken for its own and deleted with it
        assertThat(ensured.cause())
                .isInstanceOfSatisfying(
                        ChannelException.class,
                        refusal -> assertThat(refusal.kind()).isEqualTo(ChannelException.Kind.UNAVAILABLE))
                .hasMessageContaining("topic " + NAME + " at kafka:9092 has no id")
                .hasMessageContaining("Kafka 2.8")
                .hasMessageContaining("inter.broker.protocol.version");
        assertThat(id.cause()).hasMessageContaining("has no id");
    }

    /** Describes a topic, and does nothing else. */
    private static Admin ofAnEarlierKafka() {
        Node node = new Node(1, "kafka", 9092);
        var partition = new TopicPartitionInfo(0, node, List.of(node), List.of(node));
        var description = new TopicDescription(NAME, false, List.of(partition), Set.of(), Uuid.ZERO_UUID);
        return (Admin) Proxy.newProxyInstance(
                TopicsTest.class.getClassLoader(), new Class<?>[] {Admin.class}, (proxy, method, arguments) -> {
                    if (!method.getName().equals("describeTopics")) {
                        throw new UnsupportedOperationException(method.getName());
                    }
                    return new Described(Map.of(NAME, KafkaFuture.completedFuture(description)));
                });
    }

    private static final class Described extends DescribeTopicsResult {
        private Described(Map<String, KafkaFuture<TopicDescription>> byName) {
            super(null, byName);
        }
    }
}
