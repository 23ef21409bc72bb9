/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.source.kafka;

import dev.sluice.api.source.SourceKind;
import dev.sluice.testkit.SourceKindContractTest;
import io.vertx.core.json.JsonObject;

final class KafkaSourceContractTest extends SourceKindContractTest {

    @Override
    protected SourceKind kind() {
        return new KafkaSourceKind();
    }

    @Override
    protected JsonObject goodSpec() {
        return new JsonObject("""
                {"bootstrapServers": ["kafka-1:9092", "kafka-2:9092"],
                 "topics": ["orders", "payments"],
                 "consumerGroup": "till",
                 "consumers": 1,
                 "initialOffset": "earliest",
                 "ordering": "unordered",
                 "net": {"sasl": {"enable": true,
                                  "user": {"secretKeyRef": {"name": "kafka", "key": "user"}},
                                  "password": {"secretKeyRef": {"name": "kafka", "key": "password"}}}},
                 "sink": {"uri": "http://localhost:8888/"}}
                """);
    }
}
