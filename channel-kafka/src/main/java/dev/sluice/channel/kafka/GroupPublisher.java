/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import dev.sluice.api.routing.ResourceName;
import dev.sluice.channel.kafka.ShownPositions.Due;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.UnknownMemberIdException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the groups of all Triggers of one Kafka, one at a time and a few in a second, whatever the number of Triggers:
 * such a write takes about a millisecond of CPU, in Kafka and here together. Safe for any thread.
 */
final class GroupPublisher {

    private static final Logger LOG = LoggerFactory.getLogger(GroupPublisher.class);

    private static final long EVERY_MILLIS = 200;

    /** Brokers, and Triggers of each, that are looked at in one turn. */
    private static final int BROKERS = 8;

    private static final int TRIGGERS = 50;

    private static final long MEMBERS_NANOS = TimeUnit.MINUTES.toNanos(1);
    private static final long FORBIDDEN_NANOS = TimeUnit.MINUTES.toNanos(10);
    private static final long FAILED_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final Vertx vertx;
    private final TriggerGroups groups;
    private final long timer;

    // Guarded by this.
    private final Deque<ShownPositions> brokers = new ArrayDeque<>();
    private @Nullable Future<Void> writing;
    private boolean closed;
    private boolean saidForbidden;

    GroupPublisher(Vertx vertx, TriggerGroups groups) {
        this.vertx = vertx;
        this.groups = groups;
        this.timer = vertx.setPeriodic(EVERY_MILLIS, tick -> turn());
    }

    synchronized void add(ShownPositions broker) {
        brokers.addLast(broker);
    }

    synchronized void remove(ShownPositions broker) {
        brokers.remove(broker);
    }

    private synchronized void turn() {
        if (writing != null || closed) {
            return;
        }
        for (int i = Math.min(BROKERS, brokers.size()); i > 0; i--) {
            ShownPositions broker = brokers.removeFirst();
            brokers.addLast(broker);
            Due due = broker.next(TRIGGERS, System.nanoTime());
            if (due != null) {
                writing = groups.show(due.trigger(), due.triggerUid(), due.topic(), due.places());
                writing.onComplete(written -> {
                    if (written.failed()) {
                        failed(broker, due, written.cause());
                    }
                    written();
                });
                return;
            }
        }
    }

    private synchronized void written() {
        writing = null;
    }

    private void failed(ShownPositions broker, Due due, Throwable failure) {
        long wait = FAILED_NANOS;
        if (failure instanceof UnknownMemberIdException) {
            wait = MEMBERS_NANOS;
            LOG.atInfo()
                    .addKeyValue("trigger", due.trigger())
                    .addKeyValue("group", TriggerGroups.nameOf(due.trigger()))
                    .log("the group of a trigger has members, so its offsets are left alone");
        } else if (failure instanceof AuthorizationException) {
            wait = FORBIDDEN_NANOS;
            if (isFirstRefusal()) {
                LOG.atWarn()
                        .addKeyValue("group", TriggerGroups.nameOf(due.trigger()))
                        .addKeyValue("error", failure.getMessage())
                        .log(
                                "the offsets of triggers can't be shown as consumer groups; grant READ on groups that begin"
                                        + " with knative-trigger-");
            }
        } else {
            LOG.atDebug()
                    .addKeyValue("trigger", due.trigger())
                    .addKeyValue("error", failure.toString())
                    .log("the offsets of a trigger could not be shown; again later");
        }
        broker.failed(due, wait, System.nanoTime());
    }

    private synchronized boolean isFirstRefusal() {
        boolean first = !saidForbidden;
        saidForbidden = true;
        return first;
    }

    /** Deletes the group of a Trigger that is gone, behind a write that may be under way for it. */
    Future<Void> delete(ResourceName trigger, String triggerUid, String topic) {
        Future<Void> before;
        synchronized (this) {
            before = writing == null ? Future.succeededFuture() : writing;
        }
        return before.transform(over -> groups.delete(trigger, triggerUid, topic));
    }

    /** Deletes the group of a Trigger whose name is not known here: one that was deleted while nobody looked. */
    Future<Void> deleteOf(String triggerUid, String namespace) {
        return groups.deleteOf(triggerUid, namespace);
    }

    /** Writes no more. */
    Future<Void> close() {
        vertx.cancelTimer(timer);
        synchronized (this) {
            closed = true;
            return writing == null ? Future.succeededFuture() : writing.otherwiseEmpty();
        }
    }
}
