/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.channel.ChannelException;
import dev.sluice.api.channel.ChannelException.Kind;
import dev.sluice.api.channel.LogChannel;
import dev.sluice.api.channel.LogHandler;
import dev.sluice.api.channel.LogReader;
import dev.sluice.api.channel.Move;
import dev.sluice.api.channel.ParkingLog;
import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.routing.StartFrom;
import io.cloudevents.CloudEvent;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The topic of one Broker. An append is done when Kafka has acknowledged it with all replicas in sync.
 *
 * <p>What is on its way is counted against the {@link ByteGate} that all Brokers of the Kafka share. A topic that is gone is
 * noticed at the first append that fails for it; from then on appends are refused at once, so that they don't hold up the
 * other Brokers' in the one thread that sends. Another topic with its name is not taken for it: positions are of this one.
 */
final class KafkaChannel implements LogChannel {

    private static final Logger LOG = LoggerFactory.getLogger(KafkaChannel.class);

    /** Longer without an acknowledgement, with events on their way, and the Kafka counts as not answering. */
    private static final Duration SILENT = Duration.ofSeconds(1);

    private static final long LOOK_FOR_TOPIC_MILLIS = 1000;

    /** Somebody waits for an answer meanwhile. */
    private static final Duration LIMIT_TIMEOUT = Duration.ofSeconds(2);

    /** Half a minute with a Kafka that refuses; each of them waits for one that hangs. */
    private static final int FORGET_TRIES = 15;

    private static final long FORGET_AGAIN_MILLIS = 2000;

    private final Vertx vertx;
    private final ChannelSpec spec;
    private final SharedCluster cluster;
    private final Topics topics;
    private final Topic topic;
    private final RecordWriter writer;
    private final TriggerMoves moves;
    private final Retention retention;
    private final ProcessOptions process;
    private final EarlyMembers early;
    private final EarlyMembers.Place place;
    private final Function<KafkaChannel, Future<Void>> onClose;
    private final String group;
    private final Tenant tenant;
    private final Sharing sharing;
    /** That the Broker asks for, or else the process. */
    private final Optional<Short> replicas;
    /** Of the Triggers that were started here, by UID. */
    private final Map<String, ResourceName> names = new ConcurrentHashMap<>();
    /** The last start or forget of each Trigger, while one is under way. */
    private final Map<String, Future<Void>> changing = new ConcurrentHashMap<>();
    /** Behind the last record that this process appended, by partition. */
    private final AtomicLongArray ends;

    private final AtomicLong outstandingEvents = new AtomicLong();
    private final AtomicLong outstandingBytes = new AtomicLong();
    private final AtomicBoolean looking = new AtomicBoolean();
    private final Promise<Void> drained = Promise.promise();
    private volatile int maxMessageBytes;
    private volatile boolean topicGone;
    /** Gone for good: the one that has its name now has other offsets, and no trigger starts in it. */
    private volatile boolean topicIsAnother;

    private volatile boolean closing;

    // Guarded by this.
    private @Nullable Future<Void> closed;
    private boolean subscribed;
    private @Nullable GroupReader reader;
    private @Nullable Context readerContext;

    KafkaChannel(
            Vertx vertx,
            ChannelSpec spec,
            SharedCluster cluster,
            Topic topic,
            TopicSettings settings,
            ProcessOptions process,
            EarlyMembers early,
            EarlyMembers.Place place,
            Function<KafkaChannel, Future<Void>> onClose) {
        this.vertx = vertx;
        this.spec = spec;
        this.cluster = cluster;
        this.topics = cluster.topics();
        this.early = early;
        this.place = place;
        this.group = place.group();
        this.tenant = new Tenant(topic.id(), group, settings.external());
        this.sharing = place.sharing();
        this.ends = new AtomicLongArray(topic.partitions());
        this.topic = topic;
        this.replicas = settings.replicationFactor().or(process::replicationFactor);
        this.moves = new TriggerMoves(vertx, cluster, this::reading, topic, tenant);
        this.retention = new Retention(cluster.topics(), topic.name());
        this.writer = new RecordWriter(topic.name(), settings.partitionBy());
        this.process = process;
        this.onClose = onClose;
        this.maxMessageBytes = topic.maxMessageBytes();
    }

    @Override
    public ChannelSpec spec() {
        return spec;
    }

    Topic topic() {
        return topic;
    }

    SharedCluster cluster() {
        return cluster;
    }

    EarlyMembers.Place place() {
        return place;
    }

    @Override
    public Future<Void> append(List<CloudEvent> events, Admission admission) {
        requireNonNull(admission, "admission");
        if (events.isEmpty()) {
            throw new IllegalArgumentException("events is empty, must hold at least one");
        }
        if (closing) {
            return Future.failedFuture(closed());
        }
        if (topicGone) {
            return Future.failedFuture(gone());
        }
        List<ProducerRecord<byte[], byte[]>> records;
        long bytes;
        if (events.size() == 1) {
            ProducerRecord<byte[], byte[]> record = writer.write(events.get(0));
            int size = RecordWriter.bytesOf(record);
            if (isTooLarge(size)) {
                return Future.failedFuture(tooLarge(events.get(0), size));
            }
            records = List.of(record);
            bytes = size;
        } else {
            records = new ArrayList<>(events.size());
            bytes = 0;
            for (CloudEvent event : events) {
                ProducerRecord<byte[], byte[]> record = writer.write(event);
                int size = RecordWriter.bytesOf(record);
                if (isTooLarge(size)) {
                    return Future.failedFuture(tooLarge(event, size));
                }
                records.add(record);
                bytes += size;
            }
            if (bytes > cluster.gate().forProducers()) {
                return Future.failedFuture(tooLargeABatch(events.size(), bytes));
            }
        }
        if (!cluster.gate().tryTake(bytes, admission != Admission.PRODUCER)) {
            return Future.failedFuture(noRoom());
        }
        outstandingEvents.addAndGet(records.size());
        outstandingBytes.addAndGet(bytes);
        if (closing) {
            // It began to close meanwhile and may have found nothing on its way.
            release(records.size(), bytes);
            return Future.failedFuture(closed());
        }
        Append append = new Append(this, records, bytes);
        cluster.producer().submit(append);
        return append.future();
    }

    /** Called once for each append that was submitted, before its future completes, on a thread of Kafka's client. */
    void settled(Append append, @Nullable Throwable failure) {
        release(append.records().size(), append.bytes());
        if (failure == null) {
            cluster.producer().acknowledged();
        } else if (saysTopicIsGone(failure)) {
            lookForTopic();
        }
    }

    private void release(int events, long bytes) {
        cluster.gate().give(bytes);
        outstandingBytes.addAndGet(-bytes);
        if (outstandingEvents.addAndGet(-events) == 0 && closing) {
            drained.tryComplete();
        }
    }

    /** What the sender is told when Kafka's client says this. */
    ChannelException failure(Throwable cause) {
        return AppendFailure.of(
                cause, "Broker " + spec.broker() + ": topic " + topic.name() + " at " + cluster.settings());
    }

    // ---- a topic that is gone
    // ----------------------------------------------------------------------------------------

    private boolean saysTopicIsGone(Throwable failure) {
        // Before anything is sent, a producer says so by a time-out, whose words are its only mark.
        return failure instanceof UnknownTopicOrPartitionException
                || (failure instanceof TimeoutException
                        && failure.getMessage() != null
                        && failure.getMessage().contains("not present in metadata"));
    }

    private void lookForTopic() {
        if (!looking.compareAndSet(false, true)) {
            return;
        }
        look();
    }

    private void look() {
        topics.id(topic.name()).onComplete(answer -> {
            if (answer.succeeded()) {
                found(answer.result());
            }
            if (topicIsAnother) {
                // And stays so: nobody looks any more.
                return;
            }
            if (topicGone && !closing) {
                vertx.setTimer(LOOK_FOR_TOPIC_MILLIS, timer -> look());
            } else {
                looking.set(false);
            }
        });
    }

    private void found(Optional<Uuid> id) {
        boolean gone = id.isEmpty();
        if (!gone && !id.get().equals(topic.id())) {
            LOG.atError()
                    .addKeyValue("broker", spec.broker())
                    .addKeyValue("topic", topic.name())
                    .log("the topic of a broker was deleted and created again; its events are refused, and those in the"
                            + " new topic are not delivered, until Sluice is restarted");
            topicIsAnother = true;
            topicGone = true;
            return;
        }
        if (gone && !topicGone) {
            LOG.atError()
                    .addKeyValue("broker", spec.broker())
                    .addKeyValue("topic", topic.name())
                    .log("the topic of a broker is gone; its events are refused");
        }
        topicGone = gone;
    }

    private ChannelException gone() {
        return topicIsAnother
                ? AppendFailure.unavailable("Broker " + spec.broker() + ": topic " + topic.name() + " at "
                        + cluster.settings() + " was deleted and created again, and its triggers have their places in"
                        + " the one that was deleted; restart Sluice")
                : failure(new UnknownTopicOrPartitionException());
    }

    // ---- refusals
    // ----------------------------------------------------------------------------------------------------

    private boolean isTooLarge(int bytes) {
        return bytes > maxMessageBytes || bytes > SharedCluster.largestRecord(process);
    }

    private ChannelException tooLarge(CloudEvent event, int bytes) {
        ChannelException refusal = tooLarge("event \"" + event.getId() + "\"", bytes);
        // The limit of the topic may have been raised since it was read; the next event of this size finds out.
        readLimit()
                .onFailure(failure -> LOG.atDebug()
                        .addKeyValue("topic", topic.name())
                        .addKeyValue("error", failure.getMessage())
                        .log("the size limit of a topic could not be read again"));
        return refusal;
    }

    private ChannelException tooLarge(String what, int bytes) {
        return new ChannelException(
                Kind.TOO_LARGE,
                "Broker " + spec.broker() + ": " + what + " takes up to " + bytes + " bytes as a record; " + limits());
    }

    private String limits() {
        return "topic " + topic.name() + " takes " + maxMessageBytes + " (max.message.bytes), and this process sends "
                + SharedCluster.largestRecord(process) + " (--" + ProcessOptions.BUFFER_MEMORY + "="
                + process.bufferBytes() + ")";
    }

    private Future<Void> readLimit() {
        return topics.maxMessageBytes(topic.name())
                .onSuccess(limit -> maxMessageBytes = limit)
                .mapEmpty();
    }

    /**
     * What the sender is told when Kafka has refused events for their size that were within the limit as it was read last:
     * that was lowered. Never fails.
     *
     * @param all whether that is so of all events of the append; if not, others are kept or may be
     */
    Future<ChannelException> tooLarge(Append append, boolean all) {
        int events = append.records().size();
        int largest = append.largestRecord();
        return readLimit()
                .timeout(LIMIT_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                .onFailure(failure -> maxMessageBytes = Math.min(maxMessageBytes, largest - 1))
                .transform(read -> Future.succeededFuture(
                        all
                                ? tooLarge(events == 1 ? "an event" : "the largest of " + events + " events", largest)
                                : AppendFailure.unavailable("Broker " + spec.broker() + ": of a batch of " + events
                                        + " events a part is or may be kept, and the rest is too large, up to "
                                        + largest + " bytes as a record; " + limits() + ", so send it again")));
    }

    private ChannelException tooLargeABatch(int events, long bytes) {
        return new ChannelException(
                Kind.TOO_LARGE,
                "Broker " + spec.broker() + ": a batch of " + events + " events takes up to " + bytes
                        + " bytes as records; this process sends "
                        + cluster.gate().forProducers() + " at once (--"
                        + ProcessOptions.BUFFER_MEMORY + "=" + process.bufferBytes() + "), send smaller batches");
    }

    private ChannelException noRoom() {
        Duration silence = cluster.producer().silence();
        Duration busy = cluster.gate().busyFor();
        if (busy.compareTo(silence) < 0) {
            // With nothing on its way there was nothing to acknowledge.
            silence = busy;
        }
        long held = cluster.gate().held();
        if (silence.compareTo(SILENT) > 0) {
            return AppendFailure.unavailable("Broker " + spec.broker() + ": the Kafka at " + cluster.settings()
                    + " has acknowledged nothing for " + silence.toSeconds() + " s, and " + held
                    + " bytes are waiting for it");
        }
        return new ChannelException(
                Kind.FULL,
                "Broker " + spec.broker() + ": " + held + " bytes are on their way to the Kafka at "
                        + cluster.settings() + ", as many as --" + ProcessOptions.BUFFER_MEMORY + "="
                        + process.bufferBytes() + " allows; try again at once, or raise it");
    }

    private ChannelException closed() {
        return new ChannelException(
                Kind.CLOSED, "Broker " + spec.broker() + ": its channel is closed, or the process is stopping");
    }

    // ---- the rest of the contract
    // ------------------------------------------------------------------------------------

    @Override
    public int partitions() {
        GroupReader open;
        synchronized (this) {
            open = reader;
        }
        return open == null ? topic.partitions() : open.partitions();
    }

    @Override
    public Future<LogReader> subscribe(Context context, LogHandler handler) {
        requireNonNull(context, "context");
        requireNonNull(handler, "handler");
        synchronized (this) {
            if (closing) {
                return Future.failedFuture(closed());
            }
            if (subscribed) {
                return Future.failedFuture(new ChannelException(
                        Kind.ALREADY_READ,
                        "Broker " + spec.broker() + ": its channel has a reader already; close that one first"));
            }
            subscribed = true;
        }
        return early.take(place)
                .compose(member -> member.isPresent() ? goOnAs(member.get()) : joinAnew())
                .compose(joined -> vertx.executeBlocking(
                        () -> GroupReader.start(
                                vertx,
                                context,
                                handler,
                                cluster,
                                joined.reading(),
                                new ReadTopic(topic, tenant, sharing),
                                names,
                                process,
                                this::lookForTopic,
                                this::readerClosed,
                                joined.entrance(),
                                config -> new KafkaConsumer<>(
                                        config, new ByteArrayDeserializer(), new ByteArrayDeserializer())),
                        false))
                .compose(started -> {
                    synchronized (this) {
                        if (!closing) {
                            reader = started;
                            readerContext = context;
                            early.reads(place);
                            return Future.<LogReader>succeededFuture(started);
                        }
                    }
                    return started.close().compose(gone -> Future.<LogReader>failedFuture(closed()));
                })
                .recover(failure -> {
                    readerClosed();
                    return Future.failedFuture(failure(failure));
                });
    }

    private record Joining(Reading reading, Entrance entrance) {}

    private Future<Joining> joinAnew() {
        return lookForOthers().compose(looked -> reading()).map(reading -> new Joining(reading, new Entrance.Anew()));
    }

    /** The group was found without others when the member joined it. */
    private Future<Joining> goOnAs(EarlyMember member) {
        return reading()
                .onFailure(failure -> member.leave()
                        .onComplete(left ->
                                LOG.atDebug().addKeyValue("group", group).log("left a group that can't be read yet")))
                .compose(reading -> member.alone().compose(alone -> {
                    if (alone && member.accompany()) {
                        return Future.succeededFuture(new Joining(reading, new Entrance.Ahead(member)));
                    }
                    return member.handOver()
                            .compose(joined -> joined.isPresent()
                                    ? Future.succeededFuture(new Joining(reading, new Entrance.As(joined.get())))
                                    : joinAnew());
                }));
    }

    /** Before anything is touched; who comes at the same moment, the group keeps out. */
    private Future<Void> lookForOthers() {
        return topics.members(group).compose(members -> {
            Optional<String> refusal = sharing.refusal(members);
            return refusal.isEmpty()
                    ? Future.succeededFuture()
                    : Future.failedFuture(AppendFailure.unavailable("Broker " + spec.broker() + ": topic "
                            + topic.name() + ", group " + group + ": " + refusal.get()));
        });
    }

    private Future<Reading> reading() {
        return cluster.reading(replicas).onSuccess(reading -> topics.compareCursorReplicas(replicas));
    }

    private synchronized void readerClosed() {
        subscribed = false;
        reader = null;
        readerContext = null;
    }

    @Override
    public Future<Void> start(ResourceName trigger, String triggerUid, StartFrom from) {
        requireNonNull(trigger, "trigger");
        requireNonNull(triggerUid, "triggerUid");
        requireNonNull(from, "from");
        names.put(triggerUid, trigger);
        return behindEarlier(triggerUid, () -> startNow(trigger, triggerUid, from));
    }

    private Future<Void> startNow(ResourceName trigger, String triggerUid, StartFrom from) {
        if (topicIsAnother) {
            return Future.failedFuture(gone());
        }
        return reading().compose(reading -> {
            CursorTopic cursors = reading.cursors();
            return cursors.catchUp()
                    .compose(known -> cursors.startOf(tenant, triggerUid) != null
                            ? Future.succeededFuture()
                            : firstOffsets(trigger, from)
                                    .compose(offsets -> cursors.writeStart(tenant, triggerUid, offsets)))
                    .compose(written -> told())
                    .recover(failure -> Future.failedFuture(failure(failure)));
        });
    }

    /**
     * One after the other, for each Trigger: where a UID follows from the name, a start that came between the question and
     * the answer of the {@link #forget} before it would be removed with the one that was meant.
     */
    private Future<Void> behindEarlier(String triggerUid, Supplier<Future<Void>> change) {
        Promise<Void> changed = Promise.promise();
        Future<Void> mine = changed.future();
        Future<Void> before = changing.put(triggerUid, mine);
        Future<Void> earlier = before == null ? Future.succeededFuture() : before;
        earlier.transform(ended -> change.get()).onComplete(ended -> {
            changing.remove(triggerUid, mine);
            changed.handle(ended);
        });
        return mine;
    }

    private Future<List<Long>> firstOffsets(ResourceName trigger, StartFrom from) {
        if (from instanceof StartFrom.Time since) {
            return topics.offsetsSince(topic.name(), since.time());
        }
        if (from == StartFrom.Place.EARLIEST) {
            return topics.beginningOffsets(topic.name());
        }
        if (from == StartFrom.Place.LATEST) {
            return topics.endOffsets(topic.name());
        }
        return cluster.groups()
                .placeOf(trigger, topic.name())
                .compose(place -> place.isEmpty()
                        ? topics.endOffsets(topic.name())
                        : Future.succeededFuture(place.get())
                                .onSuccess(offsets -> LOG.atInfo()
                                        .addKeyValue("trigger", trigger)
                                        .addKeyValue("group", TriggerGroups.nameOf(trigger))
                                        .addKeyValue("offsets", offsets)
                                        .log("a trigger goes on where its consumer group was")));
    }

    @Override
    public Future<List<Move>> previewMove(String triggerUid, StartFrom to) {
        requireNonNull(triggerUid, "triggerUid");
        requireNonNull(to, "to");
        return topicIsAnother
                ? Future.failedFuture(gone())
                : moves.preview(triggerUid, to).recover(failure -> Future.failedFuture(failure(failure)));
    }

    @Override
    public Future<List<Move>> move(String triggerUid, StartFrom to) {
        requireNonNull(triggerUid, "triggerUid");
        requireNonNull(to, "to");
        if (topicIsAnother) {
            return Future.failedFuture(gone());
        }
        Promise<List<Move>> moved = Promise.promise();
        return behindEarlier(
                        triggerUid,
                        () -> moves.move(triggerUid, to)
                                .onSuccess(moved::complete)
                                .mapEmpty())
                .compose(written -> told())
                .compose(told -> moved.future())
                .recover(failure -> Future.failedFuture(failure(failure)));
    }

    @Override
    public Future<Map<Integer, Long>> soonGone() {
        return retention.soonGone();
    }

    @Override
    public boolean hasOtherReaders() {
        // Brokers of another cluster, or of other processes with other manifests, may have it too.
        return tenant.external();
    }

    @Override
    public Future<Void> forget(String triggerUid) {
        requireNonNull(triggerUid, "triggerUid");
        ResourceName name = names.remove(triggerUid);
        return behindEarlier(triggerUid, () -> forget(triggerUid, name, FORGET_TRIES));
    }

    private Future<Void> forget(String triggerUid, @Nullable ResourceName name, int tries) {
        return forgetNow(triggerUid, name).recover(failure -> {
            if (tries <= 1 || closing) {
                return Future.failedFuture(failure(failure));
            }
            LOG.atWarn()
                    .addKeyValue("broker", spec.broker())
                    .addKeyValue("trigger", name == null ? triggerUid : name)
                    .addKeyValue("error", failure.getMessage())
                    .log("the start of a deleted trigger could not be removed; trying again");
            Promise<Void> later = Promise.promise();
            vertx.setTimer(
                    FORGET_AGAIN_MILLIS,
                    timer -> forget(triggerUid, name, tries - 1).onComplete(later));
            return later.future();
        });
    }

    private Future<Void> forgetNow(String triggerUid, @Nullable ResourceName name) {
        return reading().compose(reading -> {
            CursorTopic cursors = reading.cursors();
            return cursors.catchUp()
                    .compose(known -> cursors.startOf(tenant, triggerUid) == null
                            ? Future.succeededFuture()
                            : cursors.removeStart(tenant, triggerUid))
                    .compose(written -> told())
                    // Before a start that comes behind this, or it would take the group of the next of that name.
                    .compose(forgotten -> deleteGroup(reading.publisher(), name, triggerUid));
        });
    }

    /** Never fails: a group that is left behind misleads nobody but people, and Kafka forgets it. */
    private Future<Void> deleteGroup(GroupPublisher publisher, @Nullable ResourceName trigger, String triggerUid) {
        Future<Void> deleted = trigger == null
                ? publisher.deleteOf(triggerUid, spec.broker().namespace())
                : publisher.delete(trigger, triggerUid, topic.name());
        return deleted.onFailure(failure -> LOG.atWarn()
                        .addKeyValue("trigger", trigger == null ? triggerUid : trigger)
                        .addKeyValue("error", failure.getMessage())
                        .log("the consumer group of a deleted trigger could not be deleted; delete it with"
                                + " kafka-consumer-groups.sh --delete"))
                .otherwiseEmpty();
    }

    @Override
    public Future<ParkingLog> parking(Context context, ParkingLog.Listener listener) {
        requireNonNull(context, "context");
        requireNonNull(listener, "listener");
        return reading()
                .compose(reading -> KafkaParking.open(
                        TopicSettings.parkingOf(spec.broker()),
                        topic,
                        replicas,
                        cluster,
                        reading.parking(),
                        process,
                        context,
                        listener));
    }

    /** Completes behind what the reader of this channel is being told at this moment. */
    private Future<Void> told() {
        Context context;
        synchronized (this) {
            context = readerContext;
        }
        if (context == null) {
            return Future.succeededFuture();
        }
        Promise<Void> behind = Promise.promise();
        context.runOnContext(turn -> behind.complete());
        return behind.future();
    }

    /** Called for each record that Kafka has acknowledged. */
    void kept(int partition, long offset) {
        if (partition < ends.length() && ends.getAndAccumulate(partition, offset + 1, Math::max) > offset) {
            // An offset that was there before: the topic may be another one, which no append fails for.
            lookForTopic();
        }
    }

    /**
     * As events, what is in the topic as far as this process has appended to it; as bytes, what is on its way and not
     * acknowledged, which is what is bounded here.
     */
    @Override
    public Fill fill() {
        long events = 0;
        for (int partition = 0; partition < ends.length(); partition++) {
            events += ends.get(partition);
        }
        return new Fill(events, outstandingBytes.get(), cluster.gate().forProducers());
    }

    /** Whether it has been told to close, or has. Any thread. */
    boolean isClosing() {
        return closing;
    }

    @Override
    public synchronized Future<Void> close() {
        if (closed == null) {
            closing = true;
            if (outstandingEvents.get() == 0) {
                drained.tryComplete();
            }
            Future<Void> read = reader == null ? early.leave(place) : reader.close();
            // Each append that is on its way ends within the append time-out, acknowledged or not.
            closed = read.compose(left -> drained.future()).compose(none -> onClose.apply(this));
        }
        return closed;
    }
}
