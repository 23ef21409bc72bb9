/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.testkit.kube.BreakableLink;
import dev.sluice.testkit.kube.Kubectl;
import dev.sluice.testkit.kube.KubernetesCluster;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** A Kubernetes with the processes that serve it, and what is asked of it with kubectl. */
final class Cluster implements AutoCloseable {

    /** For several processes and an API server that compete for two cores. */
    static final Duration PATIENCE = Duration.ofSeconds(90);

    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * Where the kinds are that tests await something of, by what kubectl calls one of them. A kubectl for each look would take
     * the machine from the processes that are waited for.
     */
    private static final Map<String, String> APIS = Map.of(
            "broker", "eventing.knative.dev/v1",
            "trigger", "eventing.knative.dev/v1",
            "deployment", "apps/v1",
            "sinkbinding", "sources.knative.dev/v1",
            "containersource", "sources.knative.dev/v1",
            "githubsource", "sources.knative.dev/v1alpha1",
            "pingsource", "sources.knative.dev/v1",
            "apiserversource", "sources.knative.dev/v1",
            "webhooksource", "sources.sluice.dev/v1alpha1");

    private final KubernetesCluster kubernetes;
    private final Path home = Scratch.folder("cluster");
    private final List<Sluice> started = new ArrayList<>();

    Cluster(KubernetesCluster kubernetes) {
        this.kubernetes = kubernetes;
    }

    Kubectl kubectl() {
        return kubernetes.kubectl();
    }

    /** Starts a process that may do everything, on free ports, and waits until it is ready. */
    Sluice start(String... options) {
        return start(kubernetes.kubeconfig(), options);
    }

    /** The same with the rights of a service account. */
    Sluice startAs(String namespace, String account, String... options) {
        return start(kubernetes.kubeconfigOf(namespace, account), options);
    }

    /** The same, which reaches the API server over this link alone. */
    Sluice startOver(BreakableLink link, String... options) {
        return start(kubernetes.kubeconfigOver(link), options);
    }

    private Sluice start(Path kubeconfig, String... options) {
        SluiceProcess process = command(options)
                .environment("KUBECONFIG", kubeconfig.toString())
                .start();
        Sluice sluice = Sluice.of(home, process).waitingFor(PATIENCE);
        started.add(sluice);
        return sluice;
    }

    /** The same, not started. */
    SluiceProcess.Builder command(String... options) {
        List<String> words = new ArrayList<>(List.of("serve", "--kubernetes"));
        words.addAll(Arrays.asList(options));
        for (String port : List.of("--ingress-port", "--admin-port", "--sources-port")) {
            if (!words.contains(port)) {
                words.addAll(List.of(port, "0"));
            }
        }
        return SluiceProcess.command(words.toArray(String[]::new))
                .environment("KUBECONFIG", kubernetes.kubeconfig().toString());
    }

    /**
     * An object as the API server has it, or a list of them.
     *
     * @param resource such as {@code trigger/orders}, or {@code triggers} for all of a namespace
     * @throws AssertionError if it is not there, or nobody answers
     */
    JsonNode get(String namespace, String resource) {
        int slash = resource.indexOf('/');
        String kind = slash < 0 ? resource.replaceFirst("s$", "") : resource.substring(0, slash);
        String api = APIS.get(kind);
        if (api == null) {
            return json(kubectl().must("get", resource, "-n", namespace, "-o", "json"));
        }
        String name = slash < 0 ? "" : resource.substring(slash);
        return json(kubernetes.read("/apis/" + api + "/namespaces/" + namespace + "/" + kind + "s" + name));
    }

    private static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new AssertionError("no JSON: " + text, e);
        }
    }

    String version(String namespace, String resource) {
        return get(namespace, resource).at("/metadata/resourceVersion").asText();
    }

    JsonNode condition(String namespace, String resource, String type) {
        return condition(get(namespace, resource), type);
    }

    /** Of an object; a missing node if it has no such condition. */
    static JsonNode condition(JsonNode object, String type) {
        for (JsonNode condition : object.at("/status/conditions")) {
            if (condition.path("type").asText().equals(type)) {
                return condition;
            }
        }
        return JSON.missingNode();
    }

    void awaitReady(String namespace, String resource) {
        await("%s of %s is Ready; standard error:%n%s".formatted(resource, namespace, tails()))
                .atMost(PATIENCE)
                .untilAsserted(() -> {
                    JsonNode ready = condition(namespace, resource, "Ready");
                    if (!ready.path("status").asText().equals("True")) {
                        throw new AssertionError(ready.toString());
                    }
                });
    }

    /** Waits until a condition that is not True has this reason. */
    void awaitReason(String namespace, String resource, String type, String reason) {
        await("%s of %s says %s; standard error:%n%s".formatted(resource, namespace, reason, tails()))
                .atMost(PATIENCE)
                .untilAsserted(() -> {
                    JsonNode condition = condition(namespace, resource, type);
                    if (!condition.path("reason").asText().equals(reason)
                            || condition.path("status").asText().equals("True")) {
                        throw new AssertionError(condition.toString());
                    }
                });
    }

    /**
     * Writes a status as another controller would.
     *
     * @param resource such as {@code brokers/other}
     */
    void patchStatus(String namespace, String resource, String patch) {
        String path = "/apis/eventing.knative.dev/v1/namespaces/" + namespace + "/" + resource + "/status";
        kubectl().mustWith(withStatus(namespace, resource, patch), "replace", "--raw", path, "-f", "-");
    }

    /** This kubectl's patch knows no subresource, so the whole is written back. */
    private String withStatus(String namespace, String resource, String patch) {
        try {
            JsonNode object = get(namespace, resource);
            return JSON.readerForUpdating(object).readTree(patch).toString();
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }

    private String tails() {
        StringBuilder tails = new StringBuilder();
        started.forEach(each -> tails.append(each.process().tail()).append('\n'));
        return tails.toString();
    }

    /** Ends the processes; the Kubernetes is its owner's. */
    @Override
    public void close() {
        started.forEach(Sluice::close);
        Scratch.delete(home);
    }
}
