/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.testkit;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;

/**
 * Counts every event by its id: offered to the system, accepted by it, delivered to each trigger that expects it. What was
 * accepted and not delivered is lost; what was delivered more often than once is duplicated. Safe for any thread.
 *
 * <pre>{@code
 * Ledger ledger = new Ledger().expecting("all").expecting("paid", id -> id.startsWith("paid-"));
 * ledger.offered(id); … ledger.accepted(id); … ledger.delivered("all", id); …
 * await().until(() -> ledger.verify().isComplete());
 * ledger.verify().assertNothingLost().assertNothingDuplicated();
 * }</pre>
 */
public final class Ledger {

    /** As many ids of each fault are named; the rest is counted. */
    private static final int NAMED_FAULTS = 20;

    private final Map<String, Predicate<String>> expectations = new LinkedHashMap<>();
    private final Map<String, Map<String, Integer>> deliveries = new LinkedHashMap<>();
    private final ConcurrentHashMap<String, Boolean> acceptedById = new ConcurrentHashMap<>();
    private final AtomicLong offers = new AtomicLong();
    private final AtomicLong accepted = new AtomicLong();

    /** Says that this trigger gets every accepted event. To be called before any event is counted. */
    public Ledger expecting(String trigger) {
        return expecting(trigger, id -> true);
    }

    /** Says that this trigger gets the accepted events whose ids match. To be called before any event is counted. */
    public Ledger expecting(String trigger, Predicate<String> ids) {
        expectations.put(requireNonNull(trigger, "trigger"), requireNonNull(ids, "ids"));
        deliveries.put(trigger, new ConcurrentHashMap<>());
        return this;
    }

    /** Counts an event that is about to be sent; again for each time that it is sent. */
    public void offered(String id) {
        offers.incrementAndGet();
        acceptedById.putIfAbsent(id, false);
    }

    /** Counts an event that the system has answered for: 202, or a completed append. */
    public void accepted(String id) {
        if (!Boolean.TRUE.equals(acceptedById.put(id, true))) {
            accepted.incrementAndGet();
        }
    }

    /** Counts an event that arrived at this trigger's subscriber. */
    public void delivered(String trigger, String id) {
        deliveriesOf(trigger).merge(id, 1, Integer::sum);
    }

    /** How often an event was offered, repetitions included. */
    public long offeredCount() {
        return offers.get();
    }

    /** How many different events were accepted. */
    public long acceptedCount() {
        return accepted.get();
    }

    /** How many different events arrived at this trigger's subscriber. */
    public int deliveredCount(String trigger) {
        return deliveriesOf(trigger).size();
    }

    /** Compares what was accepted with what was delivered, as things stand. */
    public Verdict verify() {
        List<Fault> lost = new ArrayList<>();
        List<Fault> duplicated = new ArrayList<>();
        List<Fault> unexpected = new ArrayList<>();
        expectations.forEach((trigger, expected) -> {
            Map<String, Integer> delivered = deliveriesOf(trigger);
            acceptedById.forEach((id, kept) -> {
                if (kept && expected.test(id) && !delivered.containsKey(id)) {
                    lost.add(new Fault(trigger, id));
                }
            });
            delivered.forEach((id, times) -> {
                if (times > 1) {
                    duplicated.add(new Fault(trigger, id));
                }
                // An event may arrive whose acceptance the producer never heard of, but none that nobody sent.
                if (!acceptedById.containsKey(id) || !expected.test(id)) {
                    unexpected.add(new Fault(trigger, id));
                }
            });
        });
        return new Verdict(List.copyOf(lost), List.copyOf(duplicated), List.copyOf(unexpected));
    }

    private Map<String, Integer> deliveriesOf(String trigger) {
        Map<String, Integer> delivered = deliveries.get(trigger);
        if (delivered == null) {
            throw new IllegalArgumentException(
                    "trigger " + trigger + " is not in the ledger, which knows " + deliveries.keySet());
        }
        return delivered;
    }

    /** One event that went wrong for one trigger. */
    public record Fault(String trigger, String id) {

        @Override
        public String toString() {
            return trigger + ":" + id;
        }
    }

    /**
     * What the ledger found.
     *
     * @param lost accepted and expected, not delivered
     * @param duplicated delivered more than once
     * @param unexpected delivered, but never offered or not for this trigger
     */
    public record Verdict(List<Fault> lost, List<Fault> duplicated, List<Fault> unexpected) {

        /** Nothing is missing; there may be duplicates. */
        public boolean isComplete() {
            return lost.isEmpty() && unexpected.isEmpty();
        }

        /** At least once: everything arrived, and nothing that should not have. */
        public Verdict assertNothingLost() {
            if (!isComplete()) {
                throw new AssertionError(this);
            }
            return this;
        }

        public Verdict assertNothingDuplicated() {
            if (!duplicated.isEmpty()) {
                throw new AssertionError(this);
            }
            return this;
        }

        @Override
        public String toString() {
            return "lost " + show(lost) + ", duplicated " + show(duplicated) + ", unexpected " + show(unexpected);
        }

        private static String show(List<Fault> faults) {
            return faults.size() <= NAMED_FAULTS
                    ? faults.size() + " " + faults
                    : faults.size() + " " + faults.subList(0, NAMED_FAULTS) + " …";
        }
    }
}
