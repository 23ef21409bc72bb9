/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.listen;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The bytes that the bodies of all requests in hand may take together, over all event loops. They are taken as they come
 * in and not as they are announced, so that who announces much and sends little can't use it up.
 */
final class BodyBudget {

    private final long capacity;
    private final AtomicLong taken = new AtomicLong();

    BodyBudget(long capacity) {
        this.capacity = capacity;
    }

    boolean take(long bytes) {
        if (taken.addAndGet(bytes) <= capacity) {
            return true;
        }
        taken.addAndGet(-bytes);
        return false;
    }

    void giveBack(long bytes) {
        taken.addAndGet(-bytes);
    }

    long taken() {
        return taken.get();
    }
}
