/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.source.apiserver;

import static java.util.Objects.requireNonNull;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * This process's way to the API server, which all its ApiServerSources share: the cluster that kubectl would find, by
 * {@code KUBECONFIG}, else {@code ~/.kube/config}, else the service account of a pod. There is a client while somebody uses
 * it. For any thread; {@link #open} and {@link #release} block for a moment.
 */
final class ClusterAccess {

    /** For the head of an answer. */
    private static final int REQUEST_MILLIS = 10_000;

    private static final int CONNECT_MILLIS = 5_000;

    private final Supplier<Config> found;

    // Guarded by this.
    private @Nullable KubernetesClient client;
    private int users;
    private @Nullable String address;

    ClusterAccess() {
        this(ClusterAccess::found);
    }

    /** @param found which cluster; throws {@link IllegalStateException} if there is none, with what to do */
    ClusterAccess(Supplier<Config> found) {
        this.found = requireNonNull(found, "found");
    }

    /** The client, to be {@linkplain #release released}. Does not talk to the API server. */
    synchronized KubernetesClient open() {
        KubernetesClient open = client;
        if (open == null) {
            open = new KubernetesClientBuilder()
                    .withConfig(settings(found.get()))
                    .build();
            client = open;
        }
        users++;
        return open;
    }

    synchronized void release() {
        users--;
        KubernetesClient open = client;
        if (users == 0 && open != null) {
            client = null;
            open.close();
        }
    }

    /** Where the API server is, as events say it; null if there is none. */
    synchronized @Nullable String address() {
        if (address == null) {
            try {
                address = address(found.get().getMasterUrl());
            } catch (IllegalStateException e) {
                return null; // Whoever runs a source says so; here it is only a matter of what can be told beforehand.
            }
        }
        return address;
    }

    /** Without the slash at its end, as Knative has it. */
    static String address(String url) {
        return url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
    }

    private static Config found() {
        Config config;
        try {
            config = Config.autoConfigure(null);
        } catch (KubernetesClientException | IllegalArgumentException e) {
            throw new IllegalStateException("the kubeconfig can't be read: " + e.getMessage(), e);
        }
        if (config.getFile() == null && config.getAutoOAuthToken() == null && config.getOauthTokenProvider() == null) {
            throw new IllegalStateException("there is neither a kubeconfig nor the service account of a pod here; set"
                    + " KUBECONFIG to a file that kubectl can use");
        }
        return config;
    }

    private static Config settings(Config config) {
        config.setRequestTimeout(REQUEST_MILLIS);
        config.setConnectionTimeout(CONNECT_MILLIS);
        // Sources have waits of their own.
        config.setRequestRetryBackoffLimit(0);
        // A connection for each watch: on one for all, a sink that is slow would hold up the watches of other sources.
        config.setHttp2Disable(true);
        config.setUserAgent("sluice");
        return config;
    }
}
