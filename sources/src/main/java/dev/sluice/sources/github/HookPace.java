/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.github;

import java.time.Duration;

/**
 * How often GitHub is asked.
 *
 * @param look between two looks at the webhook and its deliveries
 * @param firstRetry after a failure that passes by itself; it doubles with each
 * @param longestRetry what it doubles up to
 * @param refused after a failure that somebody has to mend
 * @param betweenRedeliveries GitHub wants a second between requests that change something
 * @param removal as long as is tried to remove the webhook: shorter than a source of the same name waits for this one to
 *     end, or the webhook that is removed would be that one's
 */
record HookPace(
        Duration look,
        Duration firstRetry,
        Duration longestRetry,
        Duration refused,
        Duration betweenRedeliveries,
        Duration removal) {

    /** Any more would be the longest anyway, and overflow one day. */
    private static final int MOST_DOUBLINGS = 20;

    /** Six looks an hour, of the 5,000 requests that GitHub allows for a token. */
    static final HookPace DEFAULT = new HookPace(
            Duration.ofMinutes(10),
            Duration.ofSeconds(1),
            Duration.ofMinutes(5),
            Duration.ofMinutes(5),
            Duration.ofSeconds(1),
            Duration.ofSeconds(4));

    /** In milliseconds, before the next attempt. */
    long waitMillis(GitHubFailure failure, int failuresSoFar) {
        long own = failure.passes()
                ? Math.min(longestRetry.toMillis(), firstRetry.toMillis() << Math.min(failuresSoFar, MOST_DOUBLINGS))
                : refused.toMillis();
        return Math.max(own, failure.waitMillis());
    }
}
