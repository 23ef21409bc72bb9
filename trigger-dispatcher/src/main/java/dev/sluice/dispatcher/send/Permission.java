/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.send;

/**
 * What a request is asked for at the last moment before it leaves. From its start on it may have waited for a connection,
 * and the event may have become another process's meanwhile, or be of no use any more. Asked more than once for each
 * request, on the context of its trigger, so it must be quick.
 */
@FunctionalInterface
public interface Permission {

    /** Whether an attempt may begin now. If not nothing is sent, and the result is {@link AttemptResult.Withheld}. */
    boolean mayBegin();
}
