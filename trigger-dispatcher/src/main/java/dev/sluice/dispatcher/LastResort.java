/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher;

import dev.sluice.dispatcher.delivery.HeldEvent;
import io.cloudevents.CloudEvent;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Says which reply is kept though its channel has no room for it, so that replies never wait for each other for good.
 *
 * <p>When even the room that is reserved for replies is full, each waits for another to leave; and if all are larger than
 * what they answer, none ever does. So one of them goes in nevertheless, and so does the reply to it, in its place, until the
 * chain has come to its end: replies are counted down, so there is one. Then the next goes in. A chain that takes long,
 * because its subscriber hangs or it stands behind others in their order, is joined by another one after a second, up to
 * {@value #MOST} of them. This is what bounds the memory: so many replies of the largest size, beside the channel's own.
 *
 * <p>Confined to the context of its broker.
 */
final class LastResort {

    /** Events of this kind at a time. */
    static final int MOST = 32;

    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** Kept by the channel, and not handed over yet. */
    private final Set<CloudEvent> coming = Collections.newSetFromMap(new IdentityHashMap<>());
    /** Handed over, and held by triggers. */
    private int held;

    private long lastNanos;

    /** Whether the reply to this event may be kept without room. */
    boolean admits(HeldEvent answered, long nowNanos) {
        int there = coming.size() + held;
        return there == 0
                || (answered.isLastResort() && answered.settledByReply() != null)
                || (there < MOST && nowNanos - lastNanos >= PATIENCE_NANOS);
    }

    /** The reply is being appended. */
    void take(CloudEvent reply, long nowNanos) {
        coming.add(reply);
        lastNanos = nowNanos;
    }

    /** It could not be kept after all. */
    void refused(CloudEvent reply) {
        coming.remove(reply);
    }

    /** Whether the channel has handed over one of these; then {@link #over} follows when nobody holds it any more. */
    boolean claim(CloudEvent event) {
        if (coming.isEmpty() || !coming.remove(event)) {
            return false;
        }
        held++;
        return true;
    }

    void over() {
        held--;
    }
}
