/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.channel.ChannelException;
import dev.sluice.api.channel.ChannelRecord;
import dev.sluice.api.event.BrokerAttributes;
import dev.sluice.api.event.ExtensionEdit;
import io.cloudevents.CloudEvent;
import io.vertx.core.Future;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Where the replies of a broker's subscribers go: back into the broker.
 *
 * @param channel appends one reply, in place of the record if there is one ({@code Channel.appendInPlaceOf}); completes
 *     on any thread, and fails as {@code Channel.append} does
 * @param initialTtl what a reply gets whose original has no TTL
 */
public record ReplyAppender(ReplyChannel channel, int initialTtl) {

    /** Appends replies. */
    @FunctionalInterface
    public interface ReplyChannel {
        Future<Void> append(CloudEvent reply, @Nullable ChannelRecord settled);
    }

    public ReplyAppender {
        requireNonNull(channel, "channel");
    }

    Future<Void> append(CloudEvent reply, @Nullable ChannelRecord settled) {
        try {
            return channel.append(reply, settled);
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

    /** How long the channel asks to be left alone, in milliseconds. */
    static long retryAfterMillis(Throwable failure) {
        return failure instanceof ChannelException refusal ? Backoff.millis(refusal.retryAfter()) : 0;
    }
}
