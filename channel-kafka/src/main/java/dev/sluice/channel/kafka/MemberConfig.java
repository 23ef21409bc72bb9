/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;

/** How the consumer of a member of a Broker's group is configured, whether the member reads yet or not. */
final class MemberConfig {

    static final Duration SESSION = Duration.ofSeconds(6);

    /** A member hears of a rebalance with its next heartbeat, twice for a partition that moves. */
    static final Duration HEARTBEAT = Duration.ofSeconds(1);

    private static final Duration FETCH_WAIT = Duration.ofMillis(100);

    private MemberConfig() {}

    /**
     * @param fetchBytes that one fetch may bring, of all partitions together
     * @param pollInterval how long the member may go without a poll; others wait for it to give partitions back for as long
     *     as this at most
     */
    static Map<String, Object> of(
            ClusterSettings cluster, String group, Sharing sharing, int fetchBytes, Duration pollInterval) {
        Map<String, Object> config = fetching(cluster, sharing.clientId(), fetchBytes);
        config.put(ConsumerConfig.GROUP_ID_CONFIG, group);
        sharing.instanceId().ifPresent(id -> config.put(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG, id));
        switch (sharing.protocol()) {
            case CLASSIC -> {
                config.put(ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG, sharing.assignors());
                config.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, (int) SESSION.toMillis());
                config.put(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, (int) HEARTBEAT.toMillis());
            }
            // The rest is said by the nodes, and refused here. Their sessions are longer than ours, mostly, so that one
            // that goes by ours stops acting in time all the same.
            case CONSUMER -> config.put(ConsumerConfig.GROUP_PROTOCOL_CONFIG, "consumer");
        }
        config.put(ConsumerConfig.MAX_POLL_INTERVAL_MS_CONFIG, (int) pollInterval.toMillis());
        return config;
    }

    /** Of a consumer that is in no group, and so can't commit, beside the member. */
    static Map<String, Object> ahead(ClusterSettings cluster, Sharing sharing, int fetchBytes) {
        Map<String, Object> config = fetching(cluster, sharing.clientId() + "-ahead", fetchBytes);
        config.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 200);
        return config;
    }

    private static Map<String, Object> fetching(ClusterSettings cluster, String clientId, int fetchBytes) {
        Map<String, Object> config = cluster.clientConfig();
        config.put(ConsumerConfig.CLIENT_ID_CONFIG, clientId);
        // As many as have arrived, mostly: a partition of which something stayed behind in the consumer is left out of
        // the next fetch. If the others have nothing, that fetch waits at the node, and this partition for it; so it
        // must not wait for long either. Ten empty fetches in a second cost a node less than a thousandth of a core.
        config.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 5000);
        config.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, (int) FETCH_WAIT.toMillis());
        config.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, fetchBytes);
        config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
        config.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        config.put(ConsumerConfig.METADATA_MAX_AGE_CONFIG, 60_000);
        config.put(ConsumerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, 1000);
        config.put(ConsumerConfig.RETRY_BACKOFF_MAX_MS_CONFIG, 500);
        config.put(ConsumerConfig.METRIC_REPORTER_CLASSES_CONFIG, List.of());
        config.put(ConsumerConfig.ENABLE_METRICS_PUSH_CONFIG, false);
        return config;
    }
}
