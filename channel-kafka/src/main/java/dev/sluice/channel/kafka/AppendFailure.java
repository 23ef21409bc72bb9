/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import dev.sluice.api.channel.ChannelException;
import dev.sluice.api.channel.ChannelException.Kind;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.NotEnoughReplicasAfterAppendException;
import org.apache.kafka.common.errors.NotEnoughReplicasException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Turns what Kafka's clients throw into what the channel's contract knows. */
final class AppendFailure {

    /** Kafka chooses a new leader, or starts again, in a few seconds. */
    static final Duration RETRY_AFTER = Duration.ofSeconds(2);

    private AppendFailure() {}

    /** @param where the topic and the Kafka, for the message */
    static ChannelException of(Throwable failure, String where) {
        if (failure instanceof ChannelException known) {
            return known;
        }
        if (failure instanceof RecordTooLargeException) {
            return new ChannelException(
                    Kind.TOO_LARGE,
                    where + " does not take an event of this size: " + failure.getMessage(),
                    RETRY_AFTER,
                    null);
        }
        return unavailable(where + " " + reason(failure), failure);
    }

    static ChannelException unavailable(String message, Throwable cause) {
        return new ChannelException(Kind.UNAVAILABLE, message, RETRY_AFTER, cause);
    }

    static ChannelException unavailable(String message) {
        return new ChannelException(Kind.UNAVAILABLE, message, RETRY_AFTER, null);
    }

    /** What is wrong, as the end of a sentence that begins with the topic or the Kafka. */
    static String reason(Throwable failure) {
        if (failure instanceof UnknownTopicOrPartitionException) {
            return "is gone; restart Sluice, which creates it unless it is external";
        }
        if (failure instanceof NotEnoughReplicasException || failure instanceof NotEnoughReplicasAfterAppendException) {
            return "has too few replicas in sync to keep an event (min.insync.replicas); bring its brokers back";
        }
        if (failure instanceof AuthorizationException) {
            return "may not be used with these credentials: " + failure.getMessage();
        }
        if (failure instanceof AuthenticationException) {
            return "does not let these credentials in: " + failure.getMessage();
        }
        if (failure instanceof TimeoutException) {
            return "does not answer: " + failure.getMessage();
        }
        return "failed: " + failure;
    }

    /** What was thrown first, without what futures put around it. */
    static Throwable unwrapped(Throwable failure) {
        Throwable inner = failure;
        while ((inner instanceof CompletionException || inner instanceof ExecutionException)
                && inner.getCause() != null) {
            inner = inner.getCause();
        }
        return inner;
    }
}
