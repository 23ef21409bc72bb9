/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import dev.sluice.api.channel.ChannelException;
import dev.sluice.api.routing.ResourceName;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;

/**
 * The consumer groups that are named after Triggers, as Knative's Kafka Broker names them. No consumer of ours is ever in
 * one: they show people how far a Trigger is, and say where one that comes from Knative was.
 *
 * <p>What we write has {@code sluice/1 TRIGGER-UID} as its metadata, so that what a Trigger has left behind is not taken for
 * the place of the next one with its name, and not deleted by the one before. Kafka itself refuses a write to a group that has members.
 */
final class TriggerGroups {

    static final String PREFIX = "knative-trigger-";

    private static final String FAMILY = "sluice/";
    private static final String VERSION = FAMILY + "1 ";

    /** Groups are asked for so many at a time. */
    private static final int GROUPS_AT_ONCE = 100;

    private final Admin admin;
    private final Topics topics;

    TriggerGroups(Admin admin, Topics topics) {
        this.admin = admin;
        this.topics = topics;
    }

    static String nameOf(ResourceName trigger) {
        return PREFIX + trigger.namespace() + "-" + trigger.name();
    }

    /**
     * Where a Trigger that nobody has started here goes on, in each partition: where its group is, or the first record in
     * a partition that the group has nothing for. Empty if there is no such group, or we have written it ourselves.
     */
    Future<Optional<List<Long>>> placeOf(ResourceName trigger, String topic) {
        String group = nameOf(trigger);
        return committed(group, topic)
                .compose(committed -> {
                    // Where a UID follows from the name, not even an equal one says that it is the same Trigger.
                    committed.values().removeIf(TriggerGroups::isOurs);
                    return committed.isEmpty()
                            ? Future.succeededFuture(Optional.<List<Long>>empty())
                            : clipped(committed, topic).map(Optional::of);
                })
                .recover(failure -> Future.failedFuture(refusal(failure, trigger, group)));
    }

    /** Retention may have overtaken the group, and the topic may be another one than it was. */
    private Future<List<Long>> clipped(Map<Integer, OffsetAndMetadata> committed, String topic) {
        return topics.beginningOffsets(topic)
                .compose(beginnings -> topics.endOffsets(topic).map(ends -> {
                    List<Long> offsets = new ArrayList<>();
                    for (int partition = 0; partition < beginnings.size(); partition++) {
                        OffsetAndMetadata found = committed.get(partition);
                        long offset = found == null ? 0 : found.offset();
                        offsets.add(Math.max(beginnings.get(partition), Math.min(offset, ends.get(partition))));
                    }
                    return offsets;
                }));
    }

    private static Throwable refusal(Throwable failure, ResourceName trigger, String group) {
        if (failure instanceof ChannelException) {
            return failure;
        }
        String subject = "Trigger " + trigger + ": group " + group;
        // To begin at the end instead could pass over what was kept for it.
        return failure instanceof AuthorizationException
                ? AppendFailure.unavailable(
                        subject
                                + " may not be looked at with these credentials, so it is not known where the Trigger was;"
                                + " grant READ and DESCRIBE on groups that begin with knative-trigger-, or say"
                                + " sluice.dev/start-from",
                        failure)
                : AppendFailure.of(failure, subject);
    }

    static boolean isOurs(OffsetAndMetadata offset) {
        return offset.metadata().startsWith(FAMILY);
    }

    /** Whether this was written for a Trigger that had the same name. */
    private static boolean isOfAnother(OffsetAndMetadata offset, String triggerUid) {
        return isOurs(offset) && !offset.metadata().equals(VERSION + triggerUid);
    }

    private Future<Map<Integer, OffsetAndMetadata>> committed(String group, String topic) {
        return topics.committed(group, topic);
    }

    /** Shows how far a Trigger is; fails with an {@code UnknownMemberIdException} where the group has members. */
    Future<Void> show(ResourceName trigger, String triggerUid, String topic, Map<Integer, Long> places) {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        places.forEach((partition, offset) ->
                offsets.put(new TopicPartition(topic, partition), new OffsetAndMetadata(offset, VERSION + triggerUid)));
        return Topics.future(
                admin.alterConsumerGroupOffsets(nameOf(trigger), offsets).all());
    }

    /** Removes the group of a Trigger that is gone; one that has members, or is of another Trigger by now, stays. */
    Future<Void> delete(ResourceName trigger, String triggerUid, String topic) {
        String group = nameOf(trigger);
        return committed(group, topic)
                .compose(found -> found.isEmpty() || found.values().stream().anyMatch(at -> isOfAnother(at, triggerUid))
                        ? Future.<Void>succeededFuture()
                        : Topics.future(
                                admin.deleteConsumerGroups(List.of(group)).all()))
                .recover(failure ->
                        failure instanceof GroupIdNotFoundException || failure instanceof GroupNotEmptyException
                                ? Future.succeededFuture()
                                : Future.failedFuture(failure));
    }

    /** Removes the groups of a Trigger whose name nobody knows any more, among those of its namespace. */
    Future<Void> deleteOf(String triggerUid, String namespace) {
        return Topics.future(
                        admin.listGroups(ListGroupsOptions.forConsumerGroups()).all())
                .compose(listings -> {
                    List<String> candidates = new ArrayList<>();
                    listings.forEach(listing -> {
                        if (listing.groupId().startsWith(PREFIX + namespace + "-")) {
                            candidates.add(listing.groupId());
                        }
                    });
                    Future<Void> done = Future.succeededFuture();
                    for (int i = 0; i < candidates.size(); i += GROUPS_AT_ONCE) {
                        List<String> some = candidates.subList(i, Math.min(candidates.size(), i + GROUPS_AT_ONCE));
                        done = done.compose(before -> deleteOf(triggerUid, some));
                    }
                    return done;
                });
    }

    private Future<Void> deleteOf(String triggerUid, List<String> candidates) {
        Map<String, ListConsumerGroupOffsetsSpec> asked = new HashMap<>();
        candidates.forEach(group -> asked.put(group, new ListConsumerGroupOffsetsSpec()));
        return Topics.future(admin.listConsumerGroupOffsets(asked).all()).compose(found -> {
            List<Future<Void>> deleting = new ArrayList<>();
            found.forEach((group, offsets) -> {
                if (offsets.values().stream()
                        .anyMatch(at -> at != null && at.metadata().equals(VERSION + triggerUid))) {
                    deleting.add(Topics.future(
                                    admin.deleteConsumerGroups(List.of(group)).all())
                            // Another dispatcher has deleted it at the same moment.
                            .recover(failure -> failure instanceof GroupIdNotFoundException
                                    ? Future.succeededFuture()
                                    : Future.failedFuture(failure)));
                }
            });
            return Future.join(deleting).mapEmpty();
        });
    }
}
