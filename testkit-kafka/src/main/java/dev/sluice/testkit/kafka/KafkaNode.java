/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.testkit.kafka;

/** One node of a Kafka. The methods return when what they say has happened; they are not to be called at once. */
public interface KafkaNode {

    /** From 1. */
    int id();

    /** The id of its process, as the machine of the tests counts them. It has another one after each start. */
    long pid();

    /** Ends it with SIGKILL. Nothing happens if it does not run. */
    void kill();

    /** Ends it with SIGTERM, so that it hands over what it leads first. Nothing happens if it does not run. */
    void stop();

    /** Starts it on the data and the ports that it had, and waits until clients are served. Nothing happens if it runs. */
    void start();

    /** Stops it in its tracks with SIGSTOP: connections stay open, and nothing is answered. */
    void freeze();

    /** Lets it go on after {@link #freeze()}. Nothing happens if it is not frozen. */
    void thaw();
}
