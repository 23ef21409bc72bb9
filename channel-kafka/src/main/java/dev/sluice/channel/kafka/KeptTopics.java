/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import dev.sluice.api.channel.ChannelException;
import dev.sluice.api.channel.KeptChannel;
import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.api.routing.ResourceName;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.errors.GroupSubscribedToTopicException;
import org.apache.kafka.common.errors.UnknownTopicIdException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one Kafka keeps of Brokers, whether they are there or not: a topic of events each, and beside it a topic of what is
 * parked, the consumer groups of the Broker and of its Triggers, and their positions in the cursor topic. The topic goes last:
 * without it nobody could tell any more what else is its.
 */
final class KeptTopics {

    private static final Logger LOG = LoggerFactory.getLogger(KeptTopics.class);

    /** Groups are asked for so many at a time. */
    private static final int GROUPS_AT_ONCE = 100;

    /** Members leave when they hear of the deletion; a group that then still has some is left to expire. */
    private static final int GROUP_TRIES = 12;

    private static final long GROUP_AGAIN_MILLIS = 1_000;

    private final Vertx vertx;
    private final SharedCluster cluster;
    private final Admin admin;
    private final Topics topics;

    KeptTopics(Vertx vertx, SharedCluster cluster, Admin admin) {
        this.vertx = vertx;
        this.cluster = cluster;
        this.admin = admin;
        this.topics = cluster.topics();
    }

    /** The names of what belongs to a topic. */
    private record Belongings(String group, String parked) {

        /** Of a topic that has the name which we, and Knative, give one. */
        static Optional<Belongings> ofNamed(String topic) {
            return topic.startsWith(TopicSettings.TOPIC_PREFIX)
                    ? Optional.of(ofRest(topic.substring(TopicSettings.TOPIC_PREFIX.length())))
                    : Optional.empty();
        }

        private static Belongings ofRest(String rest) {
            return new Belongings(TopicSettings.GROUP_PREFIX + rest, TopicSettings.PARKING_PREFIX + rest);
        }
    }

    // ---- looking
    // ------------------------------------------------------------------------------------------------------

    /** All topics that have such a name, or that one of these Brokers names. */
    Future<List<KeptChannel>> list(Collection<ChannelSpec> brokers) {
        Map<String, Set<ResourceName>> users = new HashMap<>();
        for (ChannelSpec broker : brokers) {
            users.computeIfAbsent(TopicSettings.nameOf(broker.broker()), name -> new HashSet<>())
                    .add(broker.broker());
            String external = broker.options().get(TopicSettings.EXTERNAL_TOPIC);
            if (external != null) {
                users.computeIfAbsent(external, name -> new HashSet<>()).add(broker.broker());
            }
        }
        Future<Set<String>> names = Topics.future(admin.listTopics().names());
        Future<Set<String>> groups = groups();
        return Future.all(names, groups).compose(found -> {
            List<KeptChannel> all = new ArrayList<>();
            List<Future<KeptChannel>> kept = new ArrayList<>();
            for (String name : new TreeSet<>(names.result())) {
                if (name.startsWith(TopicSettings.TOPIC_PREFIX) || users.containsKey(name)) {
                    kept.add(describe(name, users.getOrDefault(name, Set.of()), names.result(), groups.result())
                            .onFailure(failure -> LOG.atWarn()
                                    .addKeyValue("topic", name)
                                    .addKeyValue("error", failure.getMessage())
                                    .log("a topic can't be described and is left out of the list")));
                }
            }
            return Future.join(kept).transform(described -> {
                if (described.failed() && kept.stream().noneMatch(Future::succeeded)) {
                    return Future.failedFuture(described.cause());
                }
                kept.stream().filter(Future::succeeded).forEach(one -> all.add(one.result()));
                return Future.succeededFuture(all);
            });
        });
    }

    private Future<KeptChannel> describe(
            String topic, Set<ResourceName> users, Set<String> allTopics, Set<String> allGroups) {
        Optional<Belongings> named = Belongings.ofNamed(topic);
        List<String> belongings = new ArrayList<>();
        Future<Integer> readers = Future.succeededFuture(0);
        if (named.isPresent()) {
            if (allTopics.contains(named.get().parked())) {
                belongings.add("topic " + named.get().parked());
            }
            if (allGroups.contains(named.get().group())) {
                belongings.add("group " + named.get().group());
                readers = topics.members(named.get().group()).map(List::size);
            }
        }
        return Future.all(topics.beginningOffsets(topic), topics.endOffsets(topic), readers)
                .map(found -> {
                    List<Long> beginnings = found.resultAt(0);
                    List<Long> ends = found.resultAt(1);
                    long records = 0;
                    for (int partition = 0; partition < Math.min(beginnings.size(), ends.size()); partition++) {
                        records += ends.get(partition) - beginnings.get(partition);
                    }
                    return new KeptChannel(
                            topic,
                            cluster.settings().toString(),
                            ends.size(),
                            records,
                            users,
                            !belongings.isEmpty(),
                            found.<Integer>resultAt(2),
                            belongings);
                });
    }

    private Future<Set<String>> groups() {
        return Topics.future(
                        admin.listGroups(ListGroupsOptions.forConsumerGroups()).all())
                .map(listings -> {
                    Set<String> names = new HashSet<>();
                    for (GroupListing listing : listings) {
                        names.add(listing.groupId());
                    }
                    return names;
                });
    }

    // ---- removing
    // -----------------------------------------------------------------------------------------------------

    /**
     * Removes everything of a Broker that is deleted; an external topic stays, and so does what is kept in it without saying
     * for whom while another Broker reads it.
     */
    Future<Void> forget(ChannelSpec broker, TopicSettings settings) {
        String topic = settings.name();
        String group = settings.groupOf(broker.broker());
        Optional<String> parked = Optional.of(TopicSettings.parkingOf(broker.broker()));
        if (!settings.external()) {
            return remove(topic, id -> removeAll(topic, id), Optional.of(group), parked, true);
        }
        return groups().compose(all -> {
            boolean others = all.stream().anyMatch(other -> mayBeAnothersOf(topic, other, group))
                    // That of the Broker whose own topic it is.
                    || Belongings.ofNamed(topic)
                            .filter(own -> all.contains(own.group()))
                            .isPresent();
            return remove(
                    topic,
                    id -> removePositions(cursors -> cursors.removeAll(new Tenant(id, group, true), !others))
                            .compose(removed -> others ? Future.succeededFuture() : removeTriggerGroups(topic)),
                    Optional.of(group),
                    parked,
                    false);
        });
    }

    /** By the name alone, which may be of one more topic: then something is left that nobody needs. */
    private static boolean mayBeAnothersOf(String topic, String other, String group) {
        return other.startsWith(TopicSettings.GROUP_PREFIX) && other.endsWith("-" + topic) && !other.equals(group);
    }

    /** Removes a topic and what belongs to it, unless somebody has begun to read it since it was described. */
    Future<Void> remove(KeptChannel kept) {
        String topic = kept.name();
        Optional<Belongings> named = Belongings.ofNamed(topic);
        Future<List<Sharing.Member>> members = named.isEmpty() || kept.readers() > 0
                ? Future.succeededFuture(List.of())
                : topics.members(named.get().group());
        return members.compose(reading -> reading.isEmpty()
                ? remove(
                        topic,
                        id -> removeAll(topic, id),
                        named.map(Belongings::group),
                        named.map(Belongings::parked),
                        true)
                : Future.failedFuture(AppendFailure.unavailable("topic " + topic + " at " + cluster.settings()
                        + " has got a reader at this moment: a Broker that is there has it")));
    }

    private Future<Void> remove(
            String topic,
            Function<Uuid, Future<Void>> positions,
            Optional<String> group,
            Optional<String> parked,
            boolean alsoTopic) {
        Future<Optional<Uuid>> id = topics.id(topic);
        Future<Optional<Uuid>> parkedId =
                parked.isEmpty() ? Future.succeededFuture(Optional.empty()) : topics.id(parked.get());
        Supplier<Future<Void>> removePositions = () -> id.result().isEmpty()
                ? Future.succeededFuture()
                : positions.apply(id.result().get());
        return Future.all(id, parkedId)
                .compose(found -> removePositions.get())
                .compose(removed -> group.isEmpty() ? Future.succeededFuture() : removeGroup(group.get(), GROUP_TRIES))
                // Once more: whoever left the group meanwhile has written down where it was.
                .compose(left -> removePositions.get())
                .compose(removed -> removeTopic(parkedId.result()))
                .compose(removed -> alsoTopic ? removeTopic(id.result()) : Future.succeededFuture())
                .recover(failure -> Future.failedFuture(refusal(topic, failure)))
                .onSuccess(removed -> LOG.atInfo()
                        .addKeyValue("topic", topic)
                        .addKeyValue("kept", !alsoTopic)
                        .log("what was kept of a broker is removed"));
    }

    private ChannelException refusal(String topic, Throwable failure) {
        return AppendFailure.of(failure, "topic " + topic + " at " + cluster.settings());
    }

    private Future<Void> removeAll(String topic, Uuid id) {
        return removePositions(cursors -> cursors.removeAll(id)).compose(removed -> removeTriggerGroups(topic));
    }

    private Future<Void> removePositions(Function<CursorTopic, Future<Void>> removing) {
        return topics.exists(CursorTopic.NAME)
                .compose(there -> there
                        ? cluster.reading()
                                .compose(reading ->
                                        reading.cursors().catchUp().compose(known -> removing.apply(reading.cursors())))
                        : Future.succeededFuture());
    }

    /** Of Triggers that nobody has deleted in order: what we have written for this topic, in whatever group. */
    private Future<Void> removeTriggerGroups(String topic) {
        return groups().compose(all -> {
            List<String> candidates = all.stream()
                    .filter(name -> name.startsWith(TriggerGroups.PREFIX))
                    .sorted()
                    .toList();
            Future<Void> done = Future.succeededFuture();
            for (int i = 0; i < candidates.size(); i += GROUPS_AT_ONCE) {
                List<String> some = candidates.subList(i, Math.min(candidates.size(), i + GROUPS_AT_ONCE));
                done = done.compose(before -> removeTriggerGroups(topic, some));
            }
            return done;
        });
    }

    private Future<Void> removeTriggerGroups(String topic, List<String> candidates) {
        Map<String, ListConsumerGroupOffsetsSpec> asked = new HashMap<>();
        candidates.forEach(group -> asked.put(group, new ListConsumerGroupOffsetsSpec()));
        return Topics.future(admin.listConsumerGroupOffsets(asked).all()).compose(found -> {
            List<Future<Void>> removing = new ArrayList<>();
            found.forEach((group, offsets) -> {
                boolean ours = offsets.entrySet().stream()
                        .anyMatch(entry -> entry.getKey().topic().equals(topic)
                                && entry.getValue() != null
                                && TriggerGroups.isOurs(entry.getValue()));
                if (ours) {
                    removing.add(removeGroup(group, 1));
                }
            });
            return Future.join(removing).mapEmpty();
        });
    }

    private Future<Void> removeGroup(String group, int tries) {
        KafkaFuture<Void> deleted = admin.deleteConsumerGroups(List.of(group)).all();
        return Topics.future(deleted).recover(failure -> {
            if (failure instanceof GroupIdNotFoundException) {
                return Future.succeededFuture();
            }
            if (!(failure instanceof GroupNotEmptyException) && !(failure instanceof GroupSubscribedToTopicException)) {
                return Future.failedFuture(failure);
            }
            if (tries > 1) {
                return vertx.timer(GROUP_AGAIN_MILLIS, TimeUnit.MILLISECONDS)
                        .compose(fired -> removeGroup(group, tries - 1));
            }
            LOG.atWarn()
                    .addKeyValue("group", group)
                    .log("a consumer group has members still and is left alone; Kafka forgets it after a while");
            return Future.succeededFuture();
        });
    }

    /** Not whatever has the name by now: this takes a while, and the next Broker of that name does not wait for it. */
    private Future<Void> removeTopic(Optional<Uuid> id) {
        if (id.isEmpty()) {
            return Future.succeededFuture();
        }
        return Topics.future(admin.deleteTopics(TopicCollection.ofTopicIds(List.of(id.get())))
                        .all())
                .recover(failure -> failure instanceof UnknownTopicOrPartitionException
                                || failure instanceof UnknownTopicIdException
                        ? Future.succeededFuture()
                        : Future.failedFuture(failure));
    }
}
