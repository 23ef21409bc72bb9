/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import io.vertx.core.Future;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which records of a topic have lived through four fifths of what the topic gives them. In time Kafka finds the offset by its
 * index. In bytes it is reckoned from the size of the partition and the number of its records, as if all were as large.
 */
final class Retention {

    private static final Logger LOG = LoggerFactory.getLogger(Retention.class);

    private static final double PART = 0.8;

    /** What a topic is told to keep: milliseconds, and bytes of each partition; below 0 means without a bound. */
    record Bounds(long millis, long bytes) {}

    private final Topics topics;
    private final String topic;
    /** That sizes may not be asked for is said once. */
    private volatile boolean saidNoSizes;

    Retention(Topics topics, String topic) {
        this.topics = topics;
        this.topic = topic;
    }

    Future<Map<Integer, Long>> soonGone() {
        return topics.bounds(topic)
                .compose(bounds -> byTime(bounds)
                        .compose(byTime -> bySize(bounds).map(bySize -> {
                            Map<Integer, Long> offsets = new HashMap<>(byTime);
                            bySize.forEach((partition, offset) -> offsets.merge(partition, offset, Math::max));
                            return offsets;
                        })));
    }

    private Future<Map<Integer, Long>> byTime(Bounds bounds) {
        if (bounds.millis() < 0) {
            return Future.succeededFuture(Map.of());
        }
        long since = System.currentTimeMillis() - (long) (bounds.millis() * PART);
        return topics.offsetsSince(topic, Instant.ofEpochMilli(since)).map(Retention::byPartition);
    }

    private Future<Map<Integer, Long>> bySize(Bounds bounds) {
        if (bounds.bytes() < 0) {
            return Future.succeededFuture(Map.of());
        }
        return topics.sizes(topic)
                .compose(sizes -> topics.beginningOffsets(topic)
                        .compose(beginnings ->
                                topics.endOffsets(topic).map(ends -> bySize(bounds.bytes(), sizes, beginnings, ends))))
                .recover(failure -> {
                    if (!saidNoSizes) {
                        saidNoSizes = true;
                        LOG.atWarn()
                                .addKeyValue("topic", topic)
                                .addKeyValue("error", failure.toString())
                                .log(
                                        "how large a topic is can't be asked for, so nobody is warned before retention.bytes"
                                                + " takes what a trigger needs; grant DESCRIBE on the cluster");
                    }
                    return Future.succeededFuture(Map.of());
                });
    }

    /** By partition, the offset behind which there are four fifths of the bytes that may be kept. */
    static Map<Integer, Long> bySize(long bytes, Map<Integer, Long> sizes, List<Long> beginnings, List<Long> ends) {
        Map<Integer, Long> offsets = new HashMap<>();
        for (int partition = 0; partition < Math.min(beginnings.size(), ends.size()); partition++) {
            long records = ends.get(partition) - beginnings.get(partition);
            long size = sizes.getOrDefault(partition, 0L);
            if (records > 0 && size > 0) {
                double perRecord = (double) size / records;
                long safe = (long) (bytes * PART / perRecord);
                offsets.put(partition, Math.max(0, ends.get(partition) - safe));
            }
        }
        return offsets;
    }

    private static Map<Integer, Long> byPartition(List<Long> offsets) {
        Map<Integer, Long> by = new HashMap<>();
        for (int partition = 0; partition < offsets.size(); partition++) {
            by.put(partition, offsets.get(partition));
        }
        return by;
    }
}
