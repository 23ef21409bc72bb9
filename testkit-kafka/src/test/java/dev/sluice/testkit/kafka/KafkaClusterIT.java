/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.testkit.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class KafkaClusterIT {

    @RegisterExtension
    static final KafkaFixture kafka = KafkaFixture.three();

    @Test
    void three_nodes_go_on_without_any_one_of_them() throws Exception {
        try (Admin admin = kafka.admin()) {
            admin.createTopics(List.of(new NewTopic("replicated", 3, (short) 3)))
                    .all()
                    .get(30, TimeUnit.SECONDS);
        }
        Map<String, Object> config = kafka.clientConfig();
        try (var producer = new KafkaProducer<>(config, new StringSerializer(), new StringSerializer())) {
            for (KafkaNode node : kafka.cluster().nodes()) {
                // Given
                node.kill();

                // When
                for (int partition = 0; partition < 3; partition++) {
                    var sending = producer.send(new ProducerRecord<>("replicated", partition, "k", "v"));

                    // Then
                    assertThat(sending.get(60, TimeUnit.SECONDS).hasOffset()).isTrue();
                }
                node.start();
            }
        }
    }
}
