/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import io.fabric8.kubernetes.api.model.APIResource;
import io.fabric8.kubernetes.api.model.APIResourceList;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.net.HttpURLConnection;
import java.util.Optional;

/** Asks the API server which kinds there are, as everybody may. */
final class Discovery {

    private Discovery() {}

    /**
     * Empty if the API server has no such kind. Blocks.
     *
     * @throws KubernetesClientException if it does not answer, or refuses
     */
    static Optional<ResourceDefinitionContext> find(KubernetesClient client, String apiVersion, String kind) {
        if (apiVersion.isEmpty() || kind.isEmpty()) {
            return Optional.empty();
        }
        APIResourceList resources;
        try {
            resources = client.getApiResources(apiVersion);
        } catch (KubernetesClientException e) {
            if (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
                return Optional.empty();
            }
            throw e;
        }
        if (resources == null) {
            return Optional.empty();
        }
        for (APIResource resource : resources.getResources()) {
            if (resource.getKind().equals(kind)
                    && Boolean.TRUE.equals(resource.getNamespaced())
                    && !resource.getName().contains("/")) {
                return Optional.of(ResourceDefinitionContext.fromApiResource(apiVersion, resource));
            }
        }
        return Optional.empty();
    }
}
