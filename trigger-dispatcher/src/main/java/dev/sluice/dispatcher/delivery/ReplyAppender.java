/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.channel.ChannelException;
import dev.sluice.api.event.BrokerAttributes;
import dev.sluice.api.event.ExtensionEdit;
import io.cloudevents.CloudEvent;
import io.vertx.core.Future;
import java.time.Instant;

/**
 * Where the replies of a broker's subscribers go: back into the broker.
 *
 * @param channel appends one reply, in place of the event that it answers if nobody else waits for that; completes on any
 *     thread, and fails as {@code Channel.append} does
 * @param initialTtl what a reply gets whose original has no TTL
 */
public record ReplyAppender(ReplyChannel channel, int initialTtl) {

    /** Appends replies. */
    @FunctionalInterface
    public interface ReplyChannel {
        Future<Void> append(CloudEvent reply, HeldEvent answered);
    }

    public ReplyAppender {
        requireNonNull(channel, "channel");
    }

    Future<Void> append(CloudEvent reply, HeldEvent answered) {
        try {
            return channel.append(reply, answered);
        } catch (RuntimeException e) {
            // What a channel throws, which would be a defect of it, must not leave the event without an end.
            return Future.failedFuture(e);
        }
    }

    /** Whether the event is the reply to another, by the count that only those have used up a part of. */
    boolean isReply(CloudEvent event) {
        return event.getExtension(BrokerAttributes.TTL) instanceof Integer ttl && ttl < initialTtl;
    }

    /** What an event gets that enters as the reply to {@code original}. */
    ExtensionEdit stamp(CloudEvent original, long nowMillis) {
        // Made when a reply is there; most answers hold none.
        return extensions -> BrokerAttributes.onReply(original, Instant.ofEpochMilli(nowMillis), initialTtl)
                .apply(extensions);
    }

    /** Whether appending the same reply again may help. */
    static boolean mayPass(Throwable failure) {
        return !(failure instanceof ChannelException refusal) || refusal.kind() != ChannelException.Kind.TOO_LARGE;
    }

    /** The longest wait before a reply is appended again to a channel that is full: that may end at any moment. */
    private static final long LONGEST_WAIT_FOR_ROOM_MILLIS = 1_000;

    /** How long to wait before the reply is appended again, in milliseconds, where {@code backoff} is what the delivery says. */
    static long waitMillis(Throwable failure, long backoff) {
        boolean full = failure instanceof ChannelException refusal && refusal.kind() == ChannelException.Kind.FULL;
        return Math.max(retryAfterMillis(failure), full ? Math.min(backoff, LONGEST_WAIT_FOR_ROOM_MILLIS) : backoff);
    }

    /** How long the channel asks to be left alone, in milliseconds. */
    private static long retryAfterMillis(Throwable failure) {
        return failure instanceof ChannelException refusal ? Backoff.millis(refusal.retryAfter()) : 0;
    }
}
