/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.testkit;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/**
 * Has every test that waits with Awaitility look at once, soon again, and then less and less often. Most facts are there within
 * milliseconds, and there are thousands of waits: with Awaitility's own 100 ms before the first look, half of the time of some
 * modules' tests went to that. Looking often for long would take the machine from what is waited for, since a look may be a
 * request, or a process.
 *
 * <p>A test that says an interval of its own has that. JUnit finds this class by the file in {@code META-INF/services}, in each
 * module that has {@code testkit} on its class path.
 */
public final class PromptAwaits implements LauncherSessionListener {

    private static final long SHORTEST_MILLIS = 10;
    private static final long LONGEST_MILLIS = 200;

    @Override
    public void launcherSessionOpened(LauncherSession session) {
        Awaitility.setDefaultPollDelay(Duration.ZERO);
        Awaitility.setDefaultPollInterval((looks, last) -> after(last));
    }

    /** A quarter longer, so that a fact is found at most about a fifth later than it could be. */
    static Duration after(Duration interval) {
        long longer = interval.toMillis() * 5 / 4;
        return Duration.ofMillis(Math.max(SHORTEST_MILLIS, Math.min(LONGEST_MILLIS, longer)));
    }
}
