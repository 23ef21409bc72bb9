/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.event;

import static java.util.Objects.requireNonNull;

import io.cloudevents.CloudEvent;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The two extensions that a broker gives every event that enters it, by a producer or as a reply: when it came, and how
 * often it may still enter a broker, so that a loop of triggers ends. Made once per request and applied to each of its
 * events; immutable.
 */
public final class BrokerAttributes implements ExtensionEdit {

    /** A Timestamp: when the event entered the broker last. Whatever the sender put there is overwritten. */
    public static final String ARRIVAL_TIME = "knativearrivaltime";

    /** An Integer: how often the event may still enter a broker. Taken off before a subscriber sees the event. */
    public static final String TTL = "knativebrokerttl";

    /**
     * The header of HTTP that takes the TTL past a subscriber, who sees no attribute of it and passes it on without
     * knowing: through whatever name, proxy or other process the event comes back to a broker, it is counted down.
     */
    public static final String TTL_HEADER = "sluice-ttl";

    private final String arrival;
    private final int initialTtl;
    private final boolean reply;
    /** Of the event that is answered; otherwise of the header. */
    private final @Nullable Object passedTtl;

    private BrokerAttributes(Instant arrival, int initialTtl, boolean reply, @Nullable Object passedTtl) {
        // As text, like every timestamp that came in a header: it costs less to keep and is written at each delivery.
        this.arrival = Timestamps.format(arrival);
        this.initialTtl = initialTtl;
        this.reply = reply;
        this.passedTtl = passedTtl;
    }

    /**
     * For events that come over HTTP.
     *
     * @param initialTtl at least 1: what an event gets that has no TTL, or one that is not an Integer
     * @param header the value of {@link #TTL_HEADER}, or null if there is none. It never makes a TTL larger than it would
     *     be without, so nobody gains by making it up
     */
    public static BrokerAttributes onArrival(Instant arrival, int initialTtl, @Nullable String header) {
        return new BrokerAttributes(requireNonNull(arrival, "arrival"), initialTtl, false, header);
    }

    /**
     * For events that a subscriber answered: they go on with the TTL of the event that they answer, whatever TTL they
     * claim, and like any event that enters lose one.
     */
    public static BrokerAttributes onReply(CloudEvent original, Instant arrival, int initialTtl) {
        return new BrokerAttributes(requireNonNull(arrival, "arrival"), initialTtl, true, original.getExtension(TTL));
    }

    @Override
    public void apply(Map<String, Object> extensions) {
        extensions.put(ARRIVAL_TIME, arrival);
        int left = lessOne(reply ? passedTtl : extensions.get(TTL));
        if (!reply && passedTtl != null) {
            left = Math.min(left, lessOne(passedTtl));
        }
        extensions.put(TTL, left);
    }

    /** What {@link #TTL_HEADER} says of an event that goes out, or null if it has no TTL that is an Integer. */
    public static @Nullable String headerOf(CloudEvent event) {
        Object ttl = event.getExtension(TTL);
        if (ttl instanceof String text) {
            // From a log that keeps attributes as text.
            try {
                return Integer.toString(Integer.parseInt(text));
            } catch (NumberFormatException e) {
                return null;
            }
        }
        return ttl instanceof Integer number ? number.toString() : null;
    }

    private int lessOne(@Nullable Object ttl) {
        if (ttl instanceof Integer number) {
            return Math.max(number, 1) - 1;
        }
        if (ttl instanceof String text) {
            try {
                return Math.max(Integer.parseInt(text), 1) - 1;
            } catch (NumberFormatException e) {
                // Not an Integer: as if there were none, which is Knative's rule.
                return initialTtl;
            }
        }
        return initialTtl;
    }

    /** Whether the event was applied to once too often: its TTL has come to 0, and no broker may take it. */
    public static boolean exhausted(CloudEvent event) {
        Object ttl = event.getExtension(TTL);
        return ttl instanceof Integer number && number <= 0;
    }
}
