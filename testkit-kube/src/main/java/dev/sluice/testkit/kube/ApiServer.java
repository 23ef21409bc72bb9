/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.testkit.kube;

/**
 * The API server of a {@link KubernetesCluster}. The methods return when what they say has happened; they are not to be
 * called at once.
 */
public interface ApiServer {

    /** Where it listens, such as {@code https://127.0.0.1:20123}; the same after every start. */
    String url();

    /** Ends it with SIGKILL. What it had acknowledged is in etcd, which goes on. Nothing happens if it does not run. */
    void kill();

    /** Ends it with SIGTERM. Nothing happens if it does not run. */
    void stop();

    /** Starts it on the data and the port that it had, and waits until it is ready. Nothing happens if it runs. */
    void start();

    /** Stops it in its tracks with SIGSTOP: connections stay open, and nothing is answered. */
    void freeze();

    /** Lets it go on after {@link #freeze()}. Nothing happens if it is not frozen. */
    void thaw();
}
