/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import dev.sluice.channel.kafka.ProcessOptions.GroupProtocol;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * In which groups a process is before it reads: those of Brokers whose channels it opens, and at its start those of Brokers
 * that the process before it read last, by a {@link ReadBrokers file}. Only where nobody else is, who would have to give
 * partitions up for nothing; that is also where Kafka has a newcomer wait. Safe for any thread.
 */
final class EarlyMembers {

    private static final Logger LOG = LoggerFactory.getLogger(EarlyMembers.class);

    /** For resources to be read and for what goes before a read. Longer than that, others should have the partitions. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** Until the group is looked at again for a member that has asked to be let in, the first time; then for longer. */
    private static final long LOOK_AGAIN_MILLIS = 20;

    private static final long LOOK_AGAIN_MOST_MILLIS = 200;

    /** What a membership is of: a reader of anything else can't use it. */
    record Place(ClusterSettings cluster, String topic, String group, Sharing sharing) {}

    private final Vertx vertx;
    private final ProcessOptions process;
    private final Optional<ReadBrokers> kept;
    private final Duration patience;
    private final Duration longestGap;
    /** Held while the file is written, which takes as long as the disk does. */
    private final Object saving = new Object();

    // Guarded by this.
    private final Map<Place, Future<Optional<EarlyMember>>> members = new HashMap<>();
    private final Set<ReadBrokers.Broker> read = new LinkedHashSet<>();
    private boolean closed;

    EarlyMembers(Vertx vertx, ProcessOptions process) {
        this(vertx, process, PATIENCE, Liveness.DOUBTFUL);
    }

    /**
     * @param patience how long a member waits for its reader
     * @param longestGap between two polls of one that is still of use
     */
    EarlyMembers(Vertx vertx, ProcessOptions process, Duration patience, Duration longestGap) {
        this.vertx = vertx;
        this.process = process;
        this.kept = process.readBrokers().map(ReadBrokers::new);
        this.patience = patience;
        this.longestGap = longestGap;
    }

    /**
     * Joins the groups that the process before this one read, of the Kafka that the command line names.
     *
     * @return completes when there is nothing more to do but to wait for the answers of Kafka; fails if it can't be connected to
     */
    Future<Void> joinAgain(Future<SharedCluster> connecting) {
        if (kept.isEmpty()) {
            return Future.succeededFuture();
        }
        Future<List<ReadBrokers.Broker>> before = vertx.executeBlocking(kept.get()::load, false)
                .recover(failure -> {
                    LOG.atWarn()
                            .addKeyValue("error", failure.toString())
                            .log("what the process before this one read can't be read; the start takes longer for it");
                    return Future.succeededFuture(List.of());
                });
        return before.compose(brokers -> brokers.isEmpty()
                ? Future.succeededFuture()
                : connecting.compose(cluster -> joinAgain(cluster, brokers)));
    }

    private Future<Void> joinAgain(SharedCluster cluster, List<ReadBrokers.Broker> brokers) {
        List<Future<?>> joining = new ArrayList<>();
        for (ReadBrokers.Broker broker : brokers) {
            joining.add(join(cluster, new Place(cluster.settings(), broker.topic(), broker.group(), sharing(broker))));
        }
        return Future.join(joining).<Void>mapEmpty().onComplete(joined -> readCursors(cluster));
    }

    /** What all triggers need next. Where there is none, a Broker says with how many replicas it is to be made. */
    private static void readCursors(SharedCluster cluster) {
        cluster.topics()
                .exists(CursorTopic.NAME)
                .compose(there -> there ? cluster.reading().<Void>mapEmpty() : Future.succeededFuture())
                .onFailure(failure -> LOG.atDebug()
                        .addKeyValue("error", failure.toString())
                        .log("what triggers need can't be read before its time"));
    }

    private Sharing sharing(ReadBrokers.Broker broker) {
        return new Sharing(broker.uid(), process.instanceId(), process.localIdentities(), process.groupProtocol());
    }

    /**
     * Joins a group, in a process that reads, unless that has been done or others are in it.
     *
     * @return completes when it is known that this can't be, or when the group has been asked; never fails
     */
    Future<?> join(SharedCluster cluster, Place place) {
        // By the newer protocol nobody waits.
        if (kept.isEmpty() || place.sharing().protocol() != GroupProtocol.CLASSIC) {
            return Future.succeededFuture();
        }
        synchronized (this) {
            if (closed || members.containsKey(place)) {
                return Future.succeededFuture();
            }
            Future<Optional<EarlyMember>> joining = leaveAsAnother(place)
                    .compose(left -> membersIfFree(cluster, place))
                    .compose(members -> members.isEmpty()
                            ? Future.succeededFuture(Optional.<EarlyMember>empty())
                            : start(cluster, place)
                                    .onSuccess(member -> lookWhetherAlone(
                                            cluster,
                                            place,
                                            member,
                                            members.get().isEmpty(),
                                            LOOK_AGAIN_MILLIS))
                                    .map(Optional::of))
                    .recover(failure -> {
                        LOG.atDebug()
                                .addKeyValue("group", place.group())
                                .addKeyValue("error", failure.toString())
                                .log("a group is not joined before its time");
                        return Future.succeededFuture(Optional.empty());
                    });
            members.put(place, joining);
            return joining;
        }
    }

    /** Who is in a group that may be joined, which is this process at most, before it was killed; empty if it may not be. */
    private static Future<Optional<List<Sharing.Member>>> membersIfFree(SharedCluster cluster, Place place) {
        Future<Optional<Uuid>> topic = cluster.topics().id(place.topic());
        Future<List<Sharing.Member>> members = cluster.topics().members(place.group());
        return Future.all(topic, members)
                .map(asked -> topic.result().isPresent() && place.sharing().isWithoutOthers(members.result())
                        ? Optional.of(members.result())
                        : Optional.empty());
    }

    /** Whether the group, which had no member before, has this one alone now and waits for others. */
    private void lookWhetherAlone(
            SharedCluster cluster, Place place, EarlyMember member, boolean wasEmpty, long againMillis) {
        if (!wasEmpty || place.sharing().instanceId().isEmpty() || !member.isAwaited()) {
            member.foundAlone(false);
            return;
        }
        cluster.topics()
                .group(place.group())
                .onSuccess(group -> {
                    if (group.members().isEmpty()) {
                        // What it asks has not got there yet.
                        vertx.setTimer(
                                againMillis,
                                timer -> lookWhetherAlone(
                                        cluster,
                                        place,
                                        member,
                                        true,
                                        Math.min(2 * againMillis, LOOK_AGAIN_MOST_MILLIS)));
                    } else {
                        // If another one came at the same moment, the later of the two sees both.
                        member.foundAlone(group.waiting() && place.sharing().isAlone(group.members()));
                    }
                })
                .onFailure(failure -> {
                    LOG.atDebug()
                            .addKeyValue("group", place.group())
                            .addKeyValue("error", failure.toString())
                            .log("a group can't be looked at; its partitions are read when it has dealt them out");
                    member.foundAlone(false);
                });
    }

    /** Under the lock. A Broker that is created again has another UID, and its reader would take the member for a stranger. */
    private Future<Void> leaveAsAnother(Place place) {
        List<Future<Void>> leaving = new ArrayList<>();
        members.entrySet().removeIf(member -> {
            Place other = member.getKey();
            boolean isAnother = !other.equals(place)
                    && other.group().equals(place.group())
                    && other.cluster().equals(place.cluster());
            if (isAnother) {
                leaving.add(member.getValue().compose(EarlyMembers::leave));
            }
            return isAnother;
        });
        return Future.join(leaving).mapEmpty();
    }

    private Future<EarlyMember> start(SharedCluster cluster, Place place) {
        return vertx.executeBlocking(
                () -> {
                    FetchShares shares = cluster.fetchShares();
                    int fetchBytes = shares.take();
                    KafkaConsumer<byte[], byte[]> consumer = null;
                    try {
                        Claim claim = new Claim();
                        Map<String, Object> config = MemberConfig.of(
                                place.cluster(), place.group(), place.sharing(), fetchBytes, process.pollInterval());
                        config.put(Claim.CONFIG, claim);
                        consumer =
                                new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
                        EarlyMember member = EarlyMember.start(consumer, place.topic(), claim, patience, longestGap);
                        member.ended().onComplete(ended -> shares.giveBack());
                        return member;
                    } catch (RuntimeException | Error e) {
                        shares.giveBack();
                        if (consumer != null) {
                            consumer.close(CloseOptions.timeout(Duration.ZERO));
                        }
                        throw e;
                    }
                },
                false);
    }

    /** The member of a group, which is the asker's from now on; empty if there is none. Never fails. */
    synchronized Future<Optional<EarlyMember>> take(Place place) {
        Future<Optional<EarlyMember>> member = members.remove(place);
        return leaveAsAnother(place)
                .compose(left -> member == null ? Future.succeededFuture(Optional.empty()) : member);
    }

    /** Leaves a group that is not to be read. Never fails. */
    Future<Void> leave(Place place) {
        return take(place).compose(EarlyMembers::leave);
    }

    private static Future<Void> leave(Optional<EarlyMember> member) {
        return member.isPresent() ? member.get().leave() : Future.succeededFuture();
    }

    /** Keeps for the next start that this is read. Only where the command line says all that is needed to get there. */
    void reads(Place place) {
        boolean named = process.bootstrapServers()
                .filter(servers -> place.cluster().equals(new ClusterSettings(servers, process.clientProperties())))
                .isPresent();
        if (!named || kept.isEmpty()) {
            return;
        }
        ReadBrokers file = kept.get();
        ReadBrokers.Broker now = brokerOf(place);
        synchronized (this) {
            // A Broker that is created again has the group of the one before it.
            read.removeIf(other -> other.group().equals(now.group()) && !other.equals(now));
            if (!read.add(now)) {
                return;
            }
        }
        keep(file);
    }

    /** The Broker is gone: keeps it no longer for the next start. */
    void readsNoMore(Place place) {
        boolean known;
        synchronized (this) {
            known = read.remove(brokerOf(place));
        }
        if (known) {
            kept.ifPresent(this::keep);
        }
    }

    private static ReadBrokers.Broker brokerOf(Place place) {
        return new ReadBrokers.Broker(place.sharing().brokerUid(), place.topic(), place.group());
    }

    private void keep(ReadBrokers file) {
        vertx.executeBlocking(
                        () -> {
                            save(file);
                            return null;
                        },
                        false)
                .onFailure(failure -> LOG.atWarn()
                        .addKeyValue("error", failure.toString())
                        .log("what is read can't be kept; the next start takes longer for it"));
    }

    /** One after the other, each with what there is by then, so that the last one has it all. */
    private void save(ReadBrokers file) throws IOException {
        synchronized (saving) {
            List<ReadBrokers.Broker> now;
            synchronized (this) {
                now = List.copyOf(read);
            }
            file.save(now);
        }
    }

    /** Leaves all groups that nobody reads. Never fails. */
    Future<Void> close() {
        List<Future<Optional<EarlyMember>>> waiting;
        synchronized (this) {
            closed = true;
            waiting = List.copyOf(members.values());
            members.clear();
        }
        return Future.join(waiting.stream()
                        .map(member -> member.compose(EarlyMembers::leave))
                        .toList())
                .mapEmpty();
    }
}
