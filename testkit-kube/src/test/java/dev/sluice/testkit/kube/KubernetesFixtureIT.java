/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.testkit.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

final class KubernetesFixtureIT {

    @RegisterExtension
    static final KubernetesFixture kubernetes = KubernetesFixture.own();

    @Test
    void a_killed_api_server_comes_back_at_its_address_with_what_it_had_stored() {
        // Given
        String namespace = kubernetes.cluster().newNamespace("killed");
        String url = kubernetes.cluster().apiServer().url();
        kubernetes.kubectl().must("create", "configmap", "kept", "-n", namespace, "--from-literal=key=value");

        // When
        kubernetes.cluster().apiServer().kill();
        Kubectl.Result meanwhile = kubernetes.kubectl().run("get", "configmap", "kept", "-n", namespace);
        kubernetes.cluster().apiServer().start();

        // Then
        assertThat(meanwhile.succeeded()).as(meanwhile::toString).isFalse();
        assertThat(kubernetes.cluster().apiServer().url()).isEqualTo(url);
        assertThat(kubernetes.kubectl().must("get", "configmap", "kept", "-n", namespace, "-o", "jsonpath={.data.key}"))
                .isEqualTo("value");
    }

    @Test
    void a_frozen_api_server_answers_nothing_until_it_thaws() {
        // Given
        kubernetes.cluster().apiServer().freeze();
        Kubectl.Result frozen = kubernetes.kubectl().run("get", "namespaces", "--request-timeout=2s");

        // When
        kubernetes.cluster().apiServer().thaw();

        // Then
        assertThat(frozen.succeeded()).as(frozen::toString).isFalse();
        assertThat(kubernetes.kubectl().must("get", "namespaces")).contains("kube-system");
    }

    @Test
    void a_test_that_leaves_the_api_server_frozen_or_stopped_has_it_restored() {
        kubernetes.cluster().apiServer().freeze();
        kubernetes.afterEach(null);
        assertThat(kubernetes.kubectl().must("get", "namespaces")).contains("kube-system");

        kubernetes.cluster().apiServer().stop();
        kubernetes.afterEach(null);
        assertThat(kubernetes.kubectl().must("get", "namespaces")).contains("kube-system");
    }

    @Test
    void a_service_account_may_do_what_its_roles_say_and_nothing_else() {
        // Given
        String namespace = kubernetes.cluster().newNamespace("rbac");
        kubernetes.kubectl().must("create", "serviceaccount", "reader", "-n", namespace);
        kubernetes.kubectl().must("create", "role", "reader", "-n", namespace, "--verb=list", "--resource=configmaps");
        kubernetes
                .kubectl()
                .must(
                        "create",
                        "rolebinding",
                        "reader",
                        "-n",
                        namespace,
                        "--role=reader",
                        "--serviceaccount=" + namespace + ":reader");
        Kubectl reader = kubernetes.cluster().kubectlAs(namespace, "reader");

        // When: an API server knows of a binding a moment after it has taken it
        await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> reader.must("get", "configmaps", "-n", namespace));
        Kubectl.Result forbidden = reader.run("get", "secrets", "-n", namespace);

        // Then
        assertThat(forbidden.succeeded()).as(forbidden::toString).isFalse();
        assertThat(forbidden.err())
                .contains("system:serviceaccount:" + namespace + ":reader")
                .contains("cannot list resource \"secrets\"");
        assertThat(kubernetes.cluster().requests())
                .filteredOn(request -> request.account().equals("reader")
                        && request.namespace().equals(namespace))
                .contains(
                        new ApiRequest("reader", "list", "configmaps", namespace, "", 200),
                        new ApiRequest("reader", "list", "secrets", namespace, "", 403));
    }

    @Test
    void an_installed_definition_is_served(@TempDir Path folder) throws Exception {
        // Given
        Path definition = Files.writeString(folder.resolve("valves.yaml"), """
                apiVersion: apiextensions.k8s.io/v1
                kind: CustomResourceDefinition
                metadata:
                  name: valves.fixture.sluice.dev
                spec:
                  group: fixture.sluice.dev
                  scope: Namespaced
                  names: {plural: valves, singular: valve, kind: Valve, listKind: ValveList}
                  versions:
                  - name: v1
                    served: true
                    storage: true
                    schema:
                      openAPIV3Schema:
                        type: object
                        properties:
                          spec: {type: object, properties: {open: {type: boolean}}}
                """);
        String namespace = kubernetes.cluster().newNamespace("crd");

        // When
        kubernetes.cluster().installCrds(folder);
        kubernetes.cluster().installCrds(definition);
        // What kubectl makes of it depends on whether the definition is published yet; it is the server that is asked.
        kubernetes.kubectl().mustWith("""
                apiVersion: fixture.sluice.dev/v1
                kind: Valve
                metadata: {name: main, namespace: %s}
                spec: {open: true, colour: red}
                """.formatted(namespace), "apply", "--validate=false", "-f", "-");

        // Then
        assertThat(kubernetes.kubectl().must("get", "valve", "main", "-n", namespace, "-o", "jsonpath={.spec}"))
                .isEqualTo("{\"open\":true}");
    }

    @Test
    void neither_process_outlives_the_one_that_started_it(@TempDir Path folder) throws Exception {
        // Given
        Process starter = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        ClusterMain.class.getName(),
                        folder.toString())
                .redirectError(folder.resolve("starter.log").toFile())
                .start();
        List<ProcessHandle> started = new ArrayList<>();
        try (BufferedReader said = starter.inputReader(StandardCharsets.UTF_8)) {
            assertThat(said.readLine())
                    .as(() -> contents(folder.resolve("starter.log")))
                    .isEqualTo("started");
            starter.descendants().forEach(started::add);
            assertThat(started).hasSizeGreaterThanOrEqualTo(4).allMatch(ProcessHandle::isAlive);

            // When
            starter.destroyForcibly().waitFor();
        }

        // Then
        await().atMost(Duration.ofSeconds(30)).until(() -> started.stream().noneMatch(ProcessHandle::isAlive));
    }

    /** Starts a cluster, says so and waits to be killed. */
    static final class ClusterMain {

        private ClusterMain() {}

        public static void main(String[] args) throws IOException {
            KubernetesCluster cluster = KubernetesCluster.start(Path.of(args[0]));
            cluster.apiServer().freeze();
            System.out.println("started");
            while (System.in.read() >= 0) {
                // Until somebody ends this process.
            }
        }
    }

    private static String contents(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
