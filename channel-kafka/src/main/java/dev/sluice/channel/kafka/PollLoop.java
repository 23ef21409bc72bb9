/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import java.time.Duration;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the poll thread does over and over, and what it makes of each failure: nothing but the end of the read ends it.
 * Confined to the poll thread.
 */
final class PollLoop {

    private static final Logger LOG = LoggerFactory.getLogger(PollLoop.class);

    private static final Duration TRY_AGAIN = Duration.ofSeconds(1);

    private final ReadTopic topic;
    private final PollThread thread;
    private final Commits commits;
    private final Rebalancing rebalancing;
    private final Membership membership;
    private final OutOfRange outOfRange;
    private final BatchHandOver batches;

    PollLoop(
            ReadTopic topic,
            PollThread thread,
            Commits commits,
            Rebalancing rebalancing,
            Membership membership,
            OutOfRange outOfRange,
            BatchHandOver batches) {
        this.topic = topic;
        this.thread = thread;
        this.commits = commits;
        this.rebalancing = rebalancing;
        this.membership = membership;
        this.outOfRange = outOfRange;
        this.batches = batches;
    }

    /** Until the read ends. */
    void run() {
        while (!thread.isClosing()) {
            step();
        }
    }

    private void step() {
        try {
            try {
                batches.goBackIfAhead();
                readOn();
            } catch (OffsetOutOfRangeException e) {
                // It asks Kafka, which may fail as any read does. Then the next poll throws again.
                outOfRange.recover(e);
            } catch (ApiException e) {
                if (!membership.isRefusal(e)) {
                    throw e;
                }
                membership.refused(e);
            }
        } catch (WakeupException e) {
            // There are commands.
        } catch (KafkaException e) {
            LOG.atWarn()
                    .addKeyValue("topic", topic.name())
                    .addKeyValue("error", e.toString())
                    .log("a topic can't be read now; trying again");
            thread.park(TRY_AGAIN);
        } catch (RuntimeException | Error e) {
            // Of our own making, or for want of memory. To end here would leave a Broker that nobody reads, though its
            // process is alive and says that it does.
            batches.mayBeAhead();
            LOG.atError().setCause(e).addKeyValue("topic", topic.name()).log("reading a topic failed; going on");
            thread.park(TRY_AGAIN);
        }
    }

    private void readOn() {
        thread.runCommands();
        commits.send();
        if (membership.isKeptOut()) {
            return;
        }
        membership.join();
        if (batches.await()) {
            return;
        }
        membership.makeSure();
        rebalancing.countPartitions();
        if (membership.isGroupAwaited()) {
            batches.pollForNothing();
        } else {
            membership.handedOver(batches.poll());
        }
    }
}
