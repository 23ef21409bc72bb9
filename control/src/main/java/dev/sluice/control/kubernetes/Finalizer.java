/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.api.routing.BrokerRoute;
import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.control.reconcile.View;
import dev.sluice.control.resource.Annotations;
import dev.sluice.control.resource.Broker;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.vertx.core.Future;
import java.time.Clock;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds the deletion of a Broker up until what its channel keeps is removed, while this process leads. It never holds it up
 * for longer than {@link #LONGEST}: where the Kafka is gone for good, the Broker must be able to go too.
 *
 * <p>Everything happens on one thread, which blocks.
 */
final class Finalizer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Finalizer.class);

    static final String NAME = "brokers.sluice.dev/channel";
    static final Duration LONGEST = Duration.ofMinutes(5);
    private static final Duration EACH = Duration.ofSeconds(20);
    private static final Duration AGAIN = Duration.ofSeconds(5);
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final Supplier<List<Reading>> present;
    private final Writes writes;
    private final Disposal disposal;
    private final Clock clock;
    private final Rounds rounds = new Rounds("sluice-finalizer", Duration.ZERO, this::round);
    private volatile @Nullable View view;
    private volatile boolean leads;

    /** By UID: where a Broker's channel keeps what it keeps. Belongs to the thread. */
    private final Map<String, ChannelSpec> channels = new HashMap<>();

    /** @param present all objects that are there, also those that are being deleted; for any thread */
    Finalizer(Supplier<List<Reading>> present, Writes writes, Disposal disposal, Clock clock) {
        this.present = requireNonNull(present, "present");
        this.writes = requireNonNull(writes, "writes");
        this.disposal = requireNonNull(disposal, "disposal");
        this.clock = requireNonNull(clock, "clock");
    }

    /** Takes over what was published. For any thread; does not block. */
    void publish(View published) {
        view = published;
        rounds.soon();
    }

    /** For any thread; does not block. */
    void lead(boolean leading) {
        leads = leading;
        rounds.soon();
    }

    @Override
    public void close() {
        rounds.close();
    }

    /** What goes wrong with one Broker keeps no other waiting. */
    private void guarded(Reading reading, Runnable task) {
        try {
            task.run();
        } catch (KubernetesClientException e) {
            LOG.atWarn()
                    .addKeyValue("broker", reading.key().name())
                    .addKeyValue("error", e.getMessage())
                    .log("a finalizer could not be written; trying again");
            rounds.later(AGAIN);
        } catch (RuntimeException e) {
            LOG.atError()
                    .setCause(e)
                    .addKeyValue("broker", reading.key().name())
                    .log("a Broker could not be finalized; trying again");
            rounds.later(AGAIN);
        }
    }

    private void round() {
        View of = view;
        if (of == null) {
            return;
        }
        Map<Reading, Future<Void>> disposing = new LinkedHashMap<>();
        Set<String> uids = new HashSet<>();
        for (Reading reading : present.get()) {
            if (!reading.key().kind().equals(WatchedKind.BROKER.kind()) || reading.isForeign()) {
                continue;
            }
            uids.add(reading.content().uid());
            guarded(reading, () -> {
                if (!reading.content().isDeleting()) {
                    hold(reading, of);
                } else if (leads && reading.isHeldBy(NAME) && !isInForce(reading, of)) {
                    dispose(reading, of).ifPresent(disposed -> disposing.put(reading, disposed));
                }
            });
        }
        channels.keySet().retainAll(uids);
        // All at once: where Kafka is away, a hundred Brokers wait no longer than one.
        Patience patience = Patience.of(EACH);
        disposing.forEach((reading, disposed) -> guarded(reading, () -> end(reading, patience.failureOf(disposed))));
    }

    /** Whether the data plane of this process still has it; then what is published next says that it has not. */
    private static boolean isInForce(Reading reading, View of) {
        BrokerRoute route = of.inForce().broker(reading.key().name());
        return route != null && route.uid().equals(reading.content().uid());
    }

    private void hold(Reading reading, View of) {
        BrokerRoute route = of.inForce().broker(reading.key().name());
        if (route == null || !isInForce(reading, of) || route.notReady().isPresent()) {
            return;
        }
        // Where its events are, which need not be where it asks for by now: that is not to be touched.
        ChannelSpec there = disposal.asOpen(route.channel());
        if (!disposal.leavesAnything(there.type())) {
            return;
        }
        // Anew each time: its Secret may be another one. By who does not lead too, who may have to remove it later.
        channels.put(route.uid(), there);
        if (!leads || reading.isHeldBy(NAME)) {
            return;
        }
        write(reading, true);
    }

    private void release(Reading reading) {
        write(reading, false);
        channels.remove(reading.content().uid());
    }

    private void write(Reading reading, boolean holds) {
        if (writes.finalizer(reading, NAME, holds).outcome() == Writes.Outcome.STALE) {
            rounds.later(AGAIN);
        }
    }

    /** Begins to remove what its channel keeps; empty if there is nothing to remove, and the Broker may go. */
    private Optional<Future<Void>> dispose(Reading reading, View of) {
        ChannelSpec channel = channels.get(reading.content().uid());
        if (reading.inForce().orElse(null) instanceof Broker broker) {
            if (Annotations.keepsTopic(broker)) {
                LOG.atInfo()
                        .addKeyValue("broker", reading.key().name())
                        .log("what its channel keeps stays, as it asks for");
                release(reading);
                return Optional.empty();
            }
            if (channel == null) {
                channel = disposal.channelOf(broker, of.resources()).orElse(null);
                if (channel == null) {
                    // Whatever it would be taken for instead may be somebody else's.
                    return Optional.of(Future.failedFuture("the ConfigMap of spec.config is not there"));
                }
            }
        }
        if (channel == null) {
            release(reading); // It was never valid while anybody held it.
            return Optional.empty();
        }
        return Optional.of(disposal.dispose(channel));
    }

    /** @param failure why it could not be removed; null if it was */
    private void end(Reading reading, @Nullable String failure) {
        if (failure == null) {
            LOG.atInfo().addKeyValue("broker", reading.key().name()).log("removed what its channel kept");
            release(reading);
            return;
        }
        if (rounds.isClosed()) {
            return; // It was broken off, and another process goes on.
        }
        boolean isFirst = !reason(reading).equals("ChannelNotRemoved");
        if (clock.instant().isAfter(reading.deletedAt().plus(LONGEST))) {
            LOG.atError()
                    .addKeyValue("broker", reading.key().name())
                    .addKeyValue("error", failure)
                    .log("what its channel kept is left behind, and the Broker goes");
            writes.event(
                    reading,
                    true,
                    "ChannelLeftBehind",
                    "what the channel keeps could not be removed in time and is left behind: " + failure);
            release(reading);
            return;
        }
        if (isFirst) {
            String message = "what the channel keeps can't be removed: " + failure + "; tried again until "
                    + reading.deletedAt().plus(LONGEST) + ", then it is left behind";
            LOG.atWarn()
                    .addKeyValue("broker", reading.key().name())
                    .addKeyValue("error", failure)
                    .log("what its channel kept can't be removed; trying again");
            writes.event(reading, true, "ChannelNotRemoved", message);
            var unused = writes.status(reading, notRemoved(reading, message));
        }
        rounds.later(AGAIN);
    }

    private static String reason(Reading reading) {
        return StatusPatch.condition(reading.status()).path("reason").asText();
    }

    private ObjectNode notRemoved(Reading reading, String message) {
        ArrayNode conditions = NODES.arrayNode();
        for (JsonNode condition : reading.status().path("conditions")) {
            String type = condition.path("type").asText();
            ObjectNode copy = condition.deepCopy();
            if (type.equals("Ready") || type.equals("TriggerChannelReady")) {
                copy.put("status", "False").put("reason", "ChannelNotRemoved").put("message", message);
                if (!condition.path("status").asText().equals("False")) {
                    copy.put(
                            "lastTransitionTime",
                            clock.instant().truncatedTo(ChronoUnit.SECONDS).toString());
                }
            }
            conditions.add(copy);
        }
        ObjectNode patch = NODES.objectNode();
        patch.set("conditions", conditions);
        return patch;
    }
}
