/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import dev.sluice.api.channel.ChannelProvider;
import dev.sluice.testkit.LogChannelContractTest;
import dev.sluice.testkit.kafka.KafkaFixture;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.RegisterExtension;

final class KafkaChannelContractIT extends LogChannelContractTest {

    @RegisterExtension
    static final KafkaFixture kafka = KafkaFixture.single();

    @BeforeAll
    static void be_patient() {
        // A member of a group hears of a newcomer with its next heartbeat, and gives partitions up in a second round.
        Awaitility.setDefaultTimeout(Duration.ofSeconds(30));
    }

    @AfterAll
    static void be_impatient_again() {
        Awaitility.reset();
    }

    @Override
    protected ChannelProvider provider() {
        return new KafkaChannelProvider();
    }

    @Override
    protected Map<String, String> options() {
        return Map.of("kafka-bootstrap-servers", kafka.bootstrapServers(), "kafka-append-timeout", "15s");
    }

    /** Topics are named after Brokers, so that a Broker that is created again finds its events; here each has its own. */
    @Override
    protected Map<String, String> channelOptions(String brokerUid) {
        new Topical(kafka).create(brokerUid, 2, Map.of());
        return Map.of("kafka.eventing.knative.dev/external.topic", brokerUid);
    }
}
