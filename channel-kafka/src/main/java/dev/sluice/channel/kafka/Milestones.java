/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import dev.sluice.api.channel.ChannelException;
import dev.sluice.api.channel.Positions;
import io.vertx.core.Future;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a {@link Milestone} of each partition that a reader has: with the first commit that there is, once a day from then
 * on, and when the reader leaves, which may be for longer than Kafka remembers. Told of every commit, so it must cost nothing
 * as a rule. Confined to the reader's context.
 */
final class Milestones {

    private static final Logger LOG = LoggerFactory.getLogger(Milestones.class);

    /** A fraction of {@code offsets.retention.minutes}, which is 7 days unless an operator has changed it. */
    private static final long AGAIN_MILLIS = TimeUnit.DAYS.toMillis(1);

    /** What could not be written is not tried with each commit. */
    private static final long TRY_AGAIN_MILLIS = TimeUnit.MINUTES.toMillis(1);

    private final IntFunction<@Nullable Milestone> kept;
    private final Keeper keeper;
    private final LongSupplier clock;
    private final Map<Integer, Committed> last = new HashMap<>();
    /** When it is to be looked at next whether one is due, by partition. */
    private final Map<Integer, Long> lookAgain = new HashMap<>();

    private record Committed(Positions positions, long applied) {}

    /** Keeps one; completes when it is durable. */
    @FunctionalInterface
    interface Keeper {
        Future<Void> keep(int partition, Milestone milestone);
    }

    /**
     * @param kept finds the one of a partition; null if there is none
     * @param clock milliseconds since 1970
     */
    Milestones(IntFunction<@Nullable Milestone> kept, Keeper keeper, LongSupplier clock) {
        this.kept = kept;
        this.keeper = keeper;
        this.clock = clock;
    }

    /** Those of a Broker in the cursor topic. */
    static Milestones in(CursorTopic cursors, Tenant tenant) {
        return new Milestones(
                partition -> cursors.milestone(tenant, partition),
                (partition, milestone) -> cursors.writeMilestone(tenant, partition, milestone),
                System::currentTimeMillis);
    }

    /** @param applied the offset of the cursor topic up to which starts are covered */
    void committed(int partition, Positions positions, long applied) {
        Committed before = last.put(partition, new Committed(positions, applied));
        long now = clock.getAsLong();
        boolean back =
                before != null && positions.watermark() < before.positions().watermark();
        Long looked = lookAgain.get(partition);
        if (!back && looked != null && now < looked) {
            return;
        }
        Milestone known = kept.apply(partition);
        // One that is further than what is committed, as after the group was put back by hand, would pass events over.
        boolean due = back
                || known == null
                || now - known.atMillis() >= AGAIN_MILLIS
                || positions.watermark() < known.positions().watermark();
        lookAgain.put(partition, now + TRY_AGAIN_MILLIS);
        if (due) {
            write(partition, Milestone.of(now, applied, positions));
        }
    }

    /** Another reader has the partition, and writes what there is to be written of it. */
    void gone(int partition) {
        last.remove(partition);
        lookAgain.remove(partition);
    }

    /** This reader leaves with these partitions, and nobody may come after it for long. */
    void leaving(Collection<Integer> partitions) {
        for (int partition : partitions) {
            Committed committed = last.get(partition);
            if (committed != null) {
                Milestone here = Milestone.of(clock.getAsLong(), committed.applied(), committed.positions());
                Milestone known = kept.apply(partition);
                if (known == null || !known.positions().equals(here.positions())) {
                    write(partition, here);
                }
            }
        }
    }

    private void write(int partition, Milestone milestone) {
        keeper.keep(partition, milestone).onFailure(failure -> {
            boolean never =
                    failure instanceof ChannelException refusal && refusal.kind() == ChannelException.Kind.TOO_LARGE;
            (never ? LOG.atWarn() : LOG.atDebug())
                    .addKeyValue("partition", partition)
                    .addKeyValue("error", failure.getMessage())
                    .log("where the triggers are could not be written beside their commits, in case that Kafka"
                            + " forgets these; it is tried again");
        });
    }
}
