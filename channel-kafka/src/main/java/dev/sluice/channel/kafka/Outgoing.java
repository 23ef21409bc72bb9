/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import java.util.List;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Records for the {@link ProducerLoop}. The callback is called once for each, on a thread of Kafka's client or the loop's. */
interface Outgoing extends Callback {

    List<ProducerRecord<byte[], byte[]>> records();

    /** Says that this many records will never be sent. */
    void abandon(int count, Throwable cause);
}
