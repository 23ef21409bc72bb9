/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import dev.sluice.api.channel.ChannelException;
import dev.sluice.api.channel.Move;
import dev.sluice.api.channel.Positions;
import dev.sluice.api.routing.StartFrom;
import dev.sluice.channel.kafka.CursorTopic.Start;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What somebody asks for who puts a Trigger somewhere else: where that is in each partition, and what it means. */
final class TriggerMoves {

    private static final Logger LOG = LoggerFactory.getLogger(TriggerMoves.class);

    private final Vertx vertx;
    private final SharedCluster cluster;
    private final Supplier<Future<Reading>> reads;
    private final Topics topics;
    private final Topic topic;
    private final Tenant tenant;

    TriggerMoves(Vertx vertx, SharedCluster cluster, Supplier<Future<Reading>> reads, Topic topic, Tenant tenant) {
        this.vertx = vertx;
        this.cluster = cluster;
        this.reads = reads;
        this.topics = cluster.topics();
        this.topic = topic;
        this.tenant = tenant;
    }

    /** What a move would mean now. Reads, and changes nothing. */
    Future<List<Move>> preview(String triggerUid, StartFrom to) {
        return reads.get()
                .compose(reading -> reading.cursors()
                        .catchUp()
                        .compose(known -> targets(reading.cursors(), triggerUid, to))
                        .compose(targets -> compared(reading.cursors(), triggerUid, targets)
                                .compose(moves -> vertx.executeBlocking(
                                        () -> RecordTimes.addedTo(moves, topic.name(), cluster.settings()), false))));
    }

    /** Moves it. Completes when that is durable and this process's readers are being told. */
    Future<List<Move>> move(String triggerUid, StartFrom to) {
        return reads.get().compose(reading -> {
            CursorTopic cursors = reading.cursors();
            return cursors.catchUp()
                    .compose(known -> targets(cursors, triggerUid, to))
                    // What it was before: afterwards every position that is found is the new one.
                    .compose(targets -> compared(cursors, triggerUid, targets)
                            // What a move passes over is for people to read, and nothing to do without it for.
                            .recover(failure -> Future.succeededFuture(unknown(targets, failure)))
                            .compose(moves -> cursors.writeMove(tenant, triggerUid, targets)
                                    .map(moves)));
        });
    }

    private Future<List<Long>> targets(CursorTopic cursors, String triggerUid, StartFrom to) {
        if (cursors.startOf(tenant, triggerUid) == null) {
            return Future.failedFuture(new ChannelException(
                    ChannelException.Kind.UNAVAILABLE,
                    "the Trigger has no start in topic " + topic.name()
                            + " yet; wait until a dispatcher says that it is Ready"));
        }
        if (to instanceof StartFrom.Time since) {
            return topics.offsetsSince(topic.name(), since.time());
        }
        return to == StartFrom.Place.EARLIEST ? topics.beginningOffsets(topic.name()) : topics.endOffsets(topic.name());
    }

    private Future<List<Move>> compared(CursorTopic cursors, String triggerUid, List<Long> targets) {
        return topics.beginningOffsets(topic.name())
                .compose(beginnings -> topics.committed(tenant.group(), topic.name())
                        .map(committed -> moves(cursors, triggerUid, targets, beginnings, committed)));
    }

    private List<Move> unknown(List<Long> targets, Throwable failure) {
        LOG.atWarn()
                .addKeyValue("topic", topic.name())
                .addKeyValue("error", failure.getMessage())
                .log("a trigger is moved, and it is not known from where");
        List<Move> moves = new ArrayList<>();
        for (int partition = 0; partition < targets.size(); partition++) {
            long target = targets.get(partition);
            moves.add(new Move(partition, target, target, Optional.empty(), Optional.empty()));
        }
        return moves;
    }

    private List<Move> moves(
            CursorTopic cursors,
            String triggerUid,
            List<Long> targets,
            List<Long> beginnings,
            Map<Integer, OffsetAndMetadata> committed) {
        List<Start> starts = cursors.view(tenant).starts();
        List<Move> moves = new ArrayList<>();
        for (int partition = 0; partition < targets.size(); partition++) {
            int of = partition;
            // One that was added since the first question is read from its beginning.
            long earliest = partition < beginnings.size() ? beginnings.get(partition) : 0;
            Positions positions = RestoredPositions.of(
                    Optional.ofNullable(committed.get(partition)),
                    topic.id(),
                    partition,
                    starts,
                    earliest,
                    cursors.milestone(tenant, partition),
                    generation -> cursors.snapshot(topic.id(), of, generation));
            long from = Math.max(earliest, positions.of(triggerUid).lowest());
            moves.add(new Move(partition, from, targets.get(partition), Optional.empty(), Optional.empty()));
        }
        return moves;
    }
}
