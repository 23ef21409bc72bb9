/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.testkit.kube;

import java.nio.file.Path;
import java.util.List;

/**
 * A Kubernetes without nodes: a real API server that stores in a real etcd, with RBAC, until it is closed or the JVM that
 * started it ends, however that ends.
 *
 * <p>No controller runs. So nothing is collected with its owner, a namespace that is deleted stays {@code Terminating},
 * Deployments have no Pods, Services no endpoints, a new namespace has no service account {@code default} and aggregated
 * cluster roles stay empty. Names are told apart by namespaces instead, one for each test.
 */
public interface KubernetesCluster extends AutoCloseable {

    /**
     * Starts one of the programs that the environment variable {@code KUBEBUILDER_ASSETS} names.
     *
     * @param folder where it keeps its data, which is deleted at the end, and its logs, which stay
     */
    static KubernetesCluster start(Path folder) {
        return ForkedCluster.start(Assets.find(), folder);
    }

    ApiServer apiServer();

    /** An absolute path; whoever uses the file may do everything. */
    Path kubeconfig();

    /**
     * A kubeconfig for a service account, with a token of its own that is valid for a day, in the account's namespace as a pod
     * is. The service account must be there.
     *
     * @return an absolute path
     */
    Path kubeconfigOf(String namespace, String serviceAccount);

    /** A token for a service account, which must be there. It is valid for a day. */
    String tokenOf(String namespace, String serviceAccount);

    /** A kubeconfig of the administrator by which the API server is reached over this connection. An absolute path. */
    Path kubeconfigOver(BreakableLink link);

    /** A way to the API server that can be broken; to be closed by the caller. */
    BreakableLink link();

    /**
     * What all service accounts have asked the API server for so far, refused or not, in the order of its answers; from its
     * audit log. What an administrator asked is not in it.
     */
    List<ApiRequest> requests();

    /** The real one, as an administrator. */
    Kubectl kubectl();

    /** The real one, as a service account, which must be there. */
    Kubectl kubectlAs(String namespace, String serviceAccount);

    /**
     * What the API server answers an administrator who reads this path: for facts that are asked for again and again until
     * they are so. A {@code kubectl} for each look is a quarter of a second of a core.
     *
     * @param path such as {@code /apis/eventing.knative.dev/v1/namespaces/shop/triggers/orders}
     * @throws AssertionError if there is no answer, or another one than 200
     */
    String read(String path);

    /**
     * Creates a namespace that nobody else uses.
     *
     * @param prefix what its name begins with, a DNS label
     */
    String newNamespace(String prefix);

    /**
     * Installs custom resource definitions, or changes those that are there, and waits until they are served.
     *
     * @param path a YAML file, a folder of them, or a folder with a kustomization
     */
    void installCrds(Path path);

    /** The version of the API server, such as {@code v1.20.2}. */
    String version();

    /** Brings the API server back if it was killed, stopped or frozen. */
    void restore();

    /** Ends everything and deletes what was stored. */
    @Override
    void close();
}
