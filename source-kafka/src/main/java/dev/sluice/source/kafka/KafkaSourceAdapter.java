/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.source.kafka;

import dev.sluice.api.source.AdapterHost;
import dev.sluice.api.source.SourceAdapter;
import dev.sluice.api.source.SourceCondition;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.CommonClientConfigs;
import org.jspecify.annotations.Nullable;

/** A KafkaSource that runs: one thread that reads, and an event loop that sends. */
final class KafkaSourceAdapter implements SourceAdapter {

    private final KafkaSourceDefinition definition;
    private final Map<String, String> security;
    private final Promise<Void> ended = Promise.promise();

    /** Null before the start. Guarded by this. */
    private @Nullable TopicReader reader;

    /** @param security properties of Kafka's clients; may hold passwords */
    KafkaSourceAdapter(KafkaSourceDefinition definition, Map<String, String> security) {
        this.definition = definition;
        this.security = Map.copyOf(security);
    }

    @Override
    public synchronized Future<Void> start(AdapterHost host) {
        if (!definition.reads()) {
            // As in Knative: scaled to none, and nothing is wrong with that.
            return Future.succeededFuture();
        }
        host.report(SourceCondition.unknown(
                KafkaSourceKind.CONSUMER_GROUP,
                "Joining",
                "the consumer group " + definition.group() + " is being joined"));
        Context here = host.vertx().getOrCreateContext();
        Map<String, Object> config = new HashMap<>(security);
        config.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, definition.bootstrapServers());
        TopicReader reads =
                new TopicReader(definition, config, host, () -> here.runOnContext(done -> ended.tryComplete()));
        reader = reads;
        Thread thread = new Thread(reads, "kafka-source-" + definition.name());
        thread.setDaemon(true);
        thread.start();
        return Future.succeededFuture();
    }

    @Override
    public synchronized Future<Void> close() {
        if (reader == null) {
            return Future.succeededFuture();
        }
        reader.stop();
        return ended.future();
    }
}
