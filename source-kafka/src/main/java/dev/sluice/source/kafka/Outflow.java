/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.source.kafka;

import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.source.AdapterHost;
import dev.sluice.api.source.SourceCondition;
import dev.sluice.source.kafka.Lane.Entry;
import io.cloudevents.CloudEvent;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends what was read to the sink. Everything but {@link #take} and {@link #look} happens on one event loop. */
final class Outflow {

    /** For information; {@code Ready} does not depend on it. */
    static final String DELIVERING = "Delivering";

    private static final Logger LOG = LoggerFactory.getLogger(Outflow.class);

    /** Events of one source that are on their way at a time, over all partitions: as many as of a Trigger. */
    private static final int MOST_UNDERWAY = 100;

    /** An event that is tried for longer is shown. */
    private static final Duration STUCK = Duration.ofSeconds(10);

    private final ResourceName source;
    private final AdapterHost host;
    private final Context loop;
    private final boolean ordered;
    /** Lanes that could begin an event now, each once: who has had a turn goes to the end. */
    private final ArrayDeque<Lane> ready = new ArrayDeque<>();

    private int underway;
    /** What became of events since the last look. */
    private boolean someSettled;

    private @Nullable String lastGivenUp;

    Outflow(ResourceName source, AdapterHost host, Context loop, boolean ordered) {
        this.source = source;
        this.host = host;
        this.loop = loop;
        this.ordered = ordered;
    }

    /** For any thread: what was read of a partition, after what was taken of it before. */
    void take(Lane lane, List<Entry> entries) {
        loop.runOnContext(here -> {
            lane.add(entries);
            queue(lane);
            begin();
        });
    }

    private void queue(Lane lane) {
        boolean may = lane.isWaiting() && !lane.isGone() && (!ordered || lane.underway() == 0);
        if (may && !lane.isQueued()) {
            lane.setQueued(true);
            ready.add(lane);
        }
    }

    private void begin() {
        while (underway < MOST_UNDERWAY) {
            Lane lane = ready.poll();
            if (lane == null) {
                return;
            }
            lane.setQueued(false);
            if (!lane.isGone() && lane.isWaiting()) {
                send(lane, lane.begin());
                queue(lane);
            }
        }
    }

    private void send(Lane lane, Entry entry) {
        CloudEvent event = entry.event();
        if (event == null) {
            throw new IllegalStateException(
                    lane.partition() + " at " + entry.offset() + " was settled before it began");
        }
        underway++;
        // On the loop's queue even if it is known at once: a thousand that are would go a thousand calls deep.
        host.emit(event, () -> !lane.isGone()).onComplete(sent -> loop.runOnContext(here -> ended(lane, entry, sent)));
    }

    private void ended(Lane lane, Entry entry, AsyncResult<Void> sent) {
        underway--;
        if (sent.succeeded()) {
            someSettled = true;
            lane.settle(entry);
        } else if (!lane.isGone()) {
            // Its attempts are used up or pointless, and whoever wrote the delivery wants it so: nothing comes after
            // that.
            giveUp(lane.partition(), entry, String.valueOf(sent.cause().getMessage()));
            lane.settle(entry);
        }
        lane.ended();
        queue(lane);
        begin();
    }

    private void giveUp(TopicPartition partition, Entry entry, String why) {
        lastGivenUp = "the event of " + partition + " at offset " + entry.offset() + " was given up: " + why;
        LOG.atWarn()
                .addKeyValue("source", source)
                .addKeyValue("topic", partition.topic())
                .addKeyValue("partition", partition.partition())
                .addKeyValue("offset", entry.offset())
                .addKeyValue("error", why)
                .log("an event was given up and is not read again");
    }

    /** For any thread, now and then: says how delivering goes. */
    void look(List<Lane> lanes) {
        loop.runOnContext(here -> {
            for (Lane lane : lanes) {
                Entry stuck = lane.isGone() ? null : lane.stuckFor(STUCK.toNanos());
                if (stuck != null) {
                    host.report(SourceCondition.isFalse(
                            DELIVERING,
                            "SinkUnavailable",
                            "the event of " + lane.partition() + " at offset " + stuck.offset() + " has been tried for "
                                    + TimeUnit.NANOSECONDS.toSeconds(stuck.age())
                                    + " s; what comes after it waits in Kafka"));
                    return;
                }
            }
            if (lastGivenUp != null) {
                host.report(SourceCondition.isFalse(DELIVERING, "EventGivenUp", lastGivenUp));
            } else if (someSettled) {
                host.report(SourceCondition.isTrue(DELIVERING));
            }
            lastGivenUp = null;
            someSettled = false;
        });
    }
}
