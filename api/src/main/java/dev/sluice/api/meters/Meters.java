/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.meters;

/**
 * The names and tags of all meters. Names are in Micrometer's dotted form; Prometheus shows
 * {@code sluice.ingress.accepted} as {@code sluice_ingress_accepted_total}. They are a public interface: {@code
 * docs/metrics.md} describes each, and a test holds the two equal.
 */
public final class Meters {

    /** Counter, events: appended to the channel and answered 202. Tags: {@link #NAMESPACE}, {@link #BROKER}. */
    public static final String INGRESS_ACCEPTED = "sluice.ingress.accepted";

    /** Counter, requests: refused. Tags: {@link #NAMESPACE}, {@link #BROKER}, {@link #REASON}. */
    public static final String INGRESS_REFUSED = "sluice.ingress.refused";

    /** Counter, events: matched by the trigger's filter. Tags: {@link #NAMESPACE}, {@link #TRIGGER}, {@link #BROKER}. */
    public static final String TRIGGER_MATCHED = "sluice.trigger.matched";

    /** Counter, events: ended, by {@link #END}. Further tags as {@link #TRIGGER_MATCHED}. */
    public static final String TRIGGER_ENDED = "sluice.trigger.ended";

    /** Gauge, bytes: events read from logs that are at no end yet, of {@link #DISPATCH_MEMORY_CAPACITY}. No tags. */
    public static final String DISPATCH_MEMORY = "sluice.dispatch.memory.bytes";

    /** Gauge, bytes: {@code --dispatch-memory}. No tags. */
    public static final String DISPATCH_MEMORY_CAPACITY = "sluice.dispatch.memory.capacity.bytes";

    /** Counter, events: the dead letter sink of the source has them. Tags as {@link #SOURCE_SENT}. */
    public static final String SOURCE_DEAD_LETTERED = "sluice.source.deadlettered";

    /** Counter, attempts after the first of an event. Tags as {@link #TRIGGER_MATCHED}. */
    public static final String TRIGGER_RETRIES = "sluice.trigger.retries";

    /** Counter, events: replies that re-entered the broker. Tags as {@link #TRIGGER_MATCHED}. */
    public static final String TRIGGER_REPLIES = "sluice.trigger.replies";

    /** Counter, responses: 2xx with a body that makes no claim to be a CloudEvent. Tags as {@link #TRIGGER_MATCHED}. */
    public static final String TRIGGER_UNUSABLE_REPLIES = "sluice.trigger.unusable.replies";

    /** Gauge, events: matched and at no end yet, waiting or being sent. Tags as {@link #TRIGGER_MATCHED}. */
    public static final String TRIGGER_IN_FLIGHT = "sluice.trigger.in.flight";

    /**
     * Gauge, events and records: in flight, left in a log, or not looked at in the partitions of a log that this process
     * has. Tags as {@link #TRIGGER_MATCHED}.
     */
    public static final String TRIGGER_LAG = "sluice.trigger.lag";

    /** Gauge, requests: being sent now. Tags as {@link #TRIGGER_MATCHED}. */
    public static final String TRIGGER_REQUESTS = "sluice.trigger.requests";

    /** Gauge, 1 or 0: paused by its annotation. Tags as {@link #TRIGGER_MATCHED}. */
    public static final String TRIGGER_PAUSED = "sluice.trigger.paused";

    /** Gauge, 1 or 0: its breaker is open, the subscriber is only probed. Tags as {@link #TRIGGER_MATCHED}. */
    public static final String TRIGGER_BREAKER_OPEN = "sluice.trigger.breaker.open";

    /**
     * Gauge, 1 or 0: as many events as may be are left in a log behind others of their keys. Tags as {@link
     * #TRIGGER_MATCHED}.
     */
    public static final String TRIGGER_KEYS_BLOCKED = "sluice.trigger.keys.blocked";

    /**
     * Counter, records: of a log, that retention took before the trigger had looked at them. Tags as {@link
     * #TRIGGER_MATCHED}.
     */
    public static final String TRIGGER_SKIPPED = "sluice.trigger.skipped";

    /** 1 while a trigger needs something that its log gives up soon. */
    public static final String TRIGGER_RETENTION_NEAR = "sluice.trigger.retention.near";

    /** Timer: one attempt, from request to the end of the response. Tags as {@link #TRIGGER_MATCHED}, {@link #OUTCOME}. */
    public static final String TRIGGER_ATTEMPT = "sluice.trigger.attempt";

    /** Gauge, events kept in the channel. Tags: {@link #NAMESPACE}, {@link #BROKER}. */
    public static final String CHANNEL_EVENTS = "sluice.channel.events";

    /** Gauge, bytes kept in the channel. Tags: {@link #NAMESPACE}, {@link #BROKER}. */
    public static final String CHANNEL_BYTES = "sluice.channel.bytes";

    /** Gauge, bytes that the channel could keep. Tags: {@link #NAMESPACE}, {@link #BROKER}. */
    public static final String CHANNEL_CAPACITY = "sluice.channel.capacity.bytes";

    /** Gauge, events: parked. Tags: {@link #NAMESPACE}, {@link #BROKER}. */
    public static final String DEAD_LETTERS = "sluice.dead.letters";

    /** Gauge, bytes that parked events take. Tags as {@link #DEAD_LETTERS}. */
    public static final String DEAD_LETTERS_BYTES = "sluice.dead.letters.bytes";

    /** Gauge, bytes of parked events that the broker could keep now. Tags as {@link #DEAD_LETTERS}. */
    public static final String DEAD_LETTERS_CAPACITY = "sluice.dead.letters.capacity.bytes";

    /** Gauge, events: given up, and waiting for room in the dead-letter store. Tags as {@link #TRIGGER_MATCHED}. */
    public static final String TRIGGER_PARKING_BLOCKED = "sluice.trigger.parking.blocked";

    /**
     * Counter, events: in flight again that were not matched in this life of the process, or had been parked. Tags as
     * {@link #TRIGGER_MATCHED}.
     */
    public static final String TRIGGER_TAKEN_OVER = "sluice.trigger.taken.over";

    /** Counter, events: given out of hand in flight, for somebody else to deliver. Tags as {@link #TRIGGER_MATCHED}. */
    public static final String TRIGGER_HANDED_OVER = "sluice.trigger.handed.over";

    /**
     * Gauge, events: what is missing for matched + taken over to be ends + handed over + in flight, summed over the
     * triggers of the broker. Tags: {@link #NAMESPACE}, {@link #BROKER}.
     */
    public static final String LEDGER_DIFFERENCE = "sluice.ledger.difference";

    /** Counter, comparisons that {@link #LEDGER_DIFFERENCE} comes from. No tags. */
    public static final String LEDGER_CHECKS = "sluice.ledger.checks";

    /**
     * Counter, partitions: of a log, begun anew from what was committed because of a defect of ours. Tags: {@link
     * #NAMESPACE}, {@link #BROKER}.
     */
    public static final String LOG_RESTARTS = "sluice.log.restarts";

    /** Counter, events: of a backlog that was read back for a trigger that is gone. Tags: {@link #NAMESPACE}, {@link #BROKER}. */
    public static final String SPOOL_DISCARDED = "sluice.spool.discarded";

    /** Counter, events: the sink of the source has them. Tags: {@link #NAMESPACE}, {@link #SOURCE}, {@link #KIND}. */
    public static final String SOURCE_SENT = "sluice.source.sent";

    /** Counter, events: the sink would not have them, and they were given up or left to the outside. Tags as {@link #SOURCE_SENT}. */
    public static final String SOURCE_FAILED = "sluice.source.failed";

    /** Counter, attempts after the first of an event. Tags as {@link #SOURCE_SENT}. */
    public static final String SOURCE_RETRIES = "sluice.source.retries";

    /** Counter, requests to a webhook: answered without an event. Tags as {@link #SOURCE_SENT}. */
    public static final String SOURCE_ANSWERED = "sluice.source.answered";

    /** Counter, requests to a webhook: refused. Tags as {@link #SOURCE_SENT}, and {@link #REASON}. */
    public static final String SOURCE_REFUSED = "sluice.source.refused";

    /** Counter, whatever a kind of source counts itself. Tags as {@link #SOURCE_SENT}, and {@link #WHAT}. */
    public static final String SOURCE_NOTED = "sluice.source.noted";

    public static final String NAMESPACE = "namespace";
    public static final String BROKER = "broker";
    public static final String TRIGGER = "trigger";
    public static final String SOURCE = "source";

    /** Of a source, as in its resource. */
    public static final String KIND = "kind";

    /** Of what a kind of source counts: one of few words, never text from outside. */
    public static final String WHAT = "what";

    /** Of a refusal: a fixed CamelCase reason, never text of the request. */
    public static final String REASON = "reason";

    /** {@link dev.sluice.api.ledger.End#label()}. */
    public static final String END = "end";

    /** Of an attempt: {@code success}, or what kind of failure it was. */
    public static final String OUTCOME = "outcome";

    private Meters() {}
}
