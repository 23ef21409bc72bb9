/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.testkit.GitHubStandIn;
import dev.sluice.testkit.RecordingSubscriber;
import dev.sluice.testkit.kube.KubernetesFixture;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Sources in a cluster, by processes that have the rights of the manifests and no more. */
final class KubernetesSourcesIT {

    @RegisterExtension
    static final KubernetesFixture kubernetes = KubernetesFixture.own();

    /** A Lease of 8 s, two attempts of 2 s, and as much again for a machine of two cores that does other things too. */
    private static final Duration TAKE_OVER = Duration.ofSeconds(24);

    private static final String TO_BROKER = "{ref: {apiVersion: eventing.knative.dev/v1, kind: Broker, name: default}}";

    @RegisterExtension
    final RecordingSubscriber subscriber = RecordingSubscriber.start();

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private Cluster cluster;
    private String namespace;

    @BeforeEach
    void prepare() {
        cluster = new Cluster(kubernetes.cluster());
        installDefinitions();
        KubernetesManifests.applyRights(cluster.kubectl(), "overlays/inmemory", "roles");
        namespace = kubernetes.cluster().newNamespace("sources");
    }

    @AfterEach
    void end() {
        cluster.close();
    }

    private static void installDefinitions() {
        kubernetes.cluster().installCrds(Repository.path("deploy/crds"));
    }

    private Sluice startAs(String account, String... options) {
        return cluster.startAs(KubernetesManifests.SYSTEM, account, options);
    }

    /** As docs/kubernetes.md says. */
    private void openSecrets() {
        cluster.kubectl()
                .must(
                        "create",
                        "rolebinding",
                        "sluice",
                        "-n",
                        namespace,
                        "--clusterrole=sluice-secrets",
                        "--group=system:serviceaccounts:" + KubernetesManifests.SYSTEM);
    }

    private String secret(String value) {
        return """
                apiVersion: v1
                kind: Secret
                metadata: {namespace: %s, name: github}
                stringData: {secret: "%s"}
                """.formatted(namespace, value);
    }

    private String gitHubSource() {
        return """
                apiVersion: sources.knative.dev/v1alpha1
                kind: GitHubSource
                metadata: {namespace: %s, name: kettle}
                spec:
                  ownerAndRepository: tea-house/kettle
                  eventTypes: [push]
                  secretToken: {secretKeyRef: {name: github, key: secret}}
                  sink: %s
                """.formatted(namespace, TO_BROKER);
    }

    private String pingSource(String schedule, URI sink) {
        return """
                apiVersion: sources.knative.dev/v1
                kind: PingSource
                metadata: {namespace: %s, name: tick}
                spec: {schedule: "%s", sink: {uri: "%s"}}
                """.formatted(namespace, schedule, sink);
    }

    private int push(Sluice process, String secret) throws Exception {
        byte[] body = "{\"ref\": \"refs/heads/main\"}".getBytes(UTF_8);
        HttpResponse<String> answer = client.send(
                HttpRequest.newBuilder(process.process().webhook(namespace, "kettle"))
                        .timeout(Sluice.PATIENCE)
                        .header("content-type", "application/json")
                        .header("x-github-event", "push")
                        .header("x-github-delivery", "d-1")
                        .header("x-hub-signature-256", "sha256=" + hmac(secret, body))
                        .POST(BodyPublishers.ofByteArray(body))
                        .build(),
                BodyHandlers.ofString());
        return answer.statusCode();
    }

    private static String hmac(String secret, byte[] body) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret.getBytes(UTF_8), "HmacSHA256"));
        return HexFormat.of().formatHex(mac.doFinal(body));
    }

    /** Its header and its first line, with one blank between columns. */
    private List<String> columns(String resource) {
        return cluster.kubectl()
                .must("get", resource, "-n", namespace)
                .lines()
                .map(line -> line.strip().replaceAll("\\s+", " "))
                .toList();
    }

    @Test
    void sources_are_served_as_brokers_and_triggers_are() throws Exception {
        // Given: a cluster in which a kind is not installed yet
        cluster.kubectl().must("delete", "crd", "webhooksources.sources.sluice.dev");
        Sluice sluice = startAs("sluice-all");
        cluster.kubectl()
                .apply(
                        Manifests.broker(namespace, "default"),
                        Manifests.trigger(namespace, "all", subscriber.uri()),
                        secret("first"),
                        gitHubSource(),
                        pingSource("0 0 1 1 *", subscriber.uri("/tick")));

        // Then: it says that it may not read the Secret, and harms nobody else
        cluster.awaitReason(namespace, "githubsource/kettle", "SecretsProvided", "SecretForbidden");
        cluster.awaitReady(namespace, "pingsource/tick");
        cluster.awaitReady(namespace, "trigger/all");

        // When
        openSecrets();

        // Then
        cluster.awaitReady(namespace, "githubsource/kettle");
        assertThat(push(sluice, "first")).isEqualTo(202);
        await().atMost(Sluice.PATIENCE).until(() -> subscriber.count() == 1);
        assertThat(subscriber.events().get(0).getType()).isEqualTo("dev.knative.source.github.push");
        assertThat(columns("githubsource").get(0)).isEqualTo("NAME READY REASON SINK AGE");
        assertThat(columns("githubsource").get(1)).matches("kettle True " + sluice.ingress(namespace) + " \\S+");
        assertThat(columns("pingsource").get(0)).isEqualTo("NAME SINK SCHEDULE AGE READY REASON");
        assertThat(columns("pingsource").get(1)).matches("tick " + subscriber.uri("/tick") + " 0 0 1 1 \\* \\S+ True");
        JsonNode status = cluster.get(namespace, "githubsource/kettle").path("status");
        assertThat(status.at("/ceAttributes/0/type").asText()).isEqualTo("dev.knative.source.github.push");
        assertThat(status.toString()).doesNotContain("first");

        // When: the secret is rotated
        cluster.kubectl().apply(secret("second"));

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> push(sluice, "second") == 202);
        assertThat(push(sluice, "first")).isEqualTo(401);

        // When: what works is broken by an edit
        String version = cluster.version(namespace, "githubsource/kettle");
        cluster.kubectl().apply(pingSource("whenever", subscriber.uri("/tick")));

        // Then: it says so, and nothing is written of the others
        cluster.awaitReason(namespace, "pingsource/tick", "Ready", "InvalidSpec");
        assertThat(cluster.version(namespace, "githubsource/kettle")).isEqualTo(version);

        // When: the missing kind is installed
        installDefinitions();
        cluster.kubectl().apply("""
                apiVersion: sources.sluice.dev/v1alpha1
                kind: WebhookSource
                metadata: {namespace: %s, name: anybody}
                spec: {verification: {recipe: none}, sink: %s}
                """.formatted(namespace, TO_BROKER));

        // Then
        cluster.awaitReady(namespace, "webhooksource/anybody");
    }

    @Test
    void a_webhook_on_github_goes_with_its_source_though_no_process_ran_when_that_was_deleted() {
        // Given
        openSecrets();
        try (GitHubStandIn gitHub = GitHubStandIn.start()) {
            Sluice first = startAs("sluice-all", "--webhook-url", "http://hooks.example.com");
            cluster.kubectl().apply("""
                            apiVersion: v1
                            kind: Secret
                            metadata: {namespace: %s, name: github}
                            stringData: {secret: "s", token: "%s"}
                            """.formatted(namespace, GitHubStandIn.TOKEN), """
                            apiVersion: sources.knative.dev/v1alpha1
                            kind: GitHubSource
                            metadata: {namespace: %s, name: kettle}
                            spec:
                              ownerAndRepository: %s
                              eventTypes: [push]
                              githubAPIURL: %s
                              accessToken: {secretKeyRef: {name: github, key: token}}
                              secretToken: {secretKeyRef: {name: github, key: secret}}
                              sink: {uri: "%s"}
                            """.formatted(
                            namespace, GitHubStandIn.REPOSITORY, gitHub.api(), subscriber.uri()));
            cluster.awaitReady(namespace, "githubsource/kettle");
            await().atMost(Cluster.PATIENCE)
                    .until(() -> cluster.get(namespace, "githubsource/kettle")
                            .at("/metadata/finalizers")
                            .toString()
                            .contains("sources.sluice.dev/outside"));
            first.process().sigkill();
            first.process().awaitExit(Duration.ofSeconds(30));

            // When
            cluster.kubectl().must("delete", "githubsource", "kettle", "-n", namespace, "--wait=false");
            assertThat(gitHub.hooks()).hasSize(1);
            Sluice second = startAs("sluice-sources", "--role", "sources", "--webhook-url", "http://hooks.example.com");

            // Then
            await().atMost(Cluster.PATIENCE)
                    .until(() -> cluster.kubectl()
                            .must("get", "githubsource", "-n", namespace, "-o", "name")
                            .isBlank());
            assertThat(gitHub.hooks()).isEmpty();
            assertThat(second.process().stderr()).noneMatch(line -> line.contains("forbidden"));
        }
    }

    @Test
    void webhooks_are_taken_by_all_and_a_schedule_is_run_by_one_which_another_replaces_when_it_is_killed()
            throws Exception {
        // Given
        openSecrets();
        Sluice first = startAs("sluice-all");
        URI tick = subscriber.uri("/tick");
        cluster.kubectl()
                .apply(
                        Manifests.broker(namespace, "default"),
                        secret("s"),
                        gitHubSource(),
                        pingSource("* * * * * *", tick));
        cluster.awaitReady(namespace, "githubsource/kettle");
        cluster.awaitReady(namespace, "pingsource/tick");
        await().atMost(Sluice.PATIENCE).until(() -> subscriber.count() >= 1);
        String door = "http://localhost:" + first.process().ingressPort();
        Sluice second = startAs("sluice-sources", "--role", "sources", "--data-dir", "second", "--ingress-url", door);

        // When
        await().atMost(Sluice.PATIENCE).until(() -> push(second, "s") == 202);
        assertThat(push(first, "s")).isEqualTo(202);
        long both = subscriber.count();
        await().atMost(Sluice.PATIENCE).until(() -> subscriber.count() >= both + 3);

        // Then
        assertThat(subscriber.ids()).doesNotHaveDuplicates();

        // When
        long killed = System.nanoTime();
        first.process().sigkill();

        // Then: as soon as its Lease has run out
        second.process().awaitStderr("leads", TAKE_OVER);
        System.out.println("schedules: another runs them "
                + Duration.ofNanos(System.nanoTime() - killed).toMillis() + " ms after a kill");
        Set<String> before = Set.copyOf(subscriber.ids());
        await().atMost(Duration.ofSeconds(30))
                .until(() -> subscriber.ids().stream()
                                .filter(id -> !before.contains(id))
                                .collect(Collectors.toSet())
                                .size()
                        >= 3);
        assertThat(second.process().stderr()).noneMatch(line -> line.contains("forbidden"));
    }

    private void createPodTemplate(String name) {
        cluster.kubectl().apply("""
                apiVersion: v1
                kind: PodTemplate
                metadata: {namespace: %s, name: %s}
                template: {spec: {containers: [{name: brew, image: brew:1}]}}
                """.formatted(namespace, name));
    }

    /** How many watch them in a namespace; nobody but an ApiServerSource does. */
    private double watchesOfPodTemplates() {
        return kubernetes
                .cluster()
                .read("/metrics")
                .lines()
                .filter(line -> line.startsWith("apiserver_longrunning_gauge{")
                        && line.contains("resource=\"podtemplates\"")
                        && line.contains("scope=\"namespace\"")
                        && line.contains("verb=\"WATCH\""))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    @Test
    void an_api_server_is_watched_by_one_process_which_another_replaces_when_it_is_killed_and_nothing_is_left_out() {
        // Given
        cluster.kubectl()
                .must(
                        "create",
                        "role",
                        "templates",
                        "-n",
                        namespace,
                        "--verb=get,list,watch",
                        "--resource=podtemplates");
        cluster.kubectl()
                .must(
                        "create",
                        "rolebinding",
                        "templates",
                        "-n",
                        namespace,
                        "--role=templates",
                        "--group=system:serviceaccounts:" + KubernetesManifests.SYSTEM);
        Sluice first = startAs("sluice-all");
        cluster.kubectl().apply("""
                apiVersion: sources.knative.dev/v1
                kind: ApiServerSource
                metadata: {namespace: %s, name: templates}
                spec:
                  resources: [{apiVersion: v1, kind: PodTemplate}]
                  sink: {uri: "%s"}
                """.formatted(namespace, subscriber.uri()));
        cluster.awaitReady(namespace, "apiserversource/templates");
        Sluice second = startAs("sluice-sources", "--role", "sources", "--data-dir", "second");

        // When
        createPodTemplate("before");

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> subscriber.count() >= 1);
        assertThat(watchesOfPodTemplates()).isEqualTo(1);

        // When
        first.process().sigkill();
        createPodTemplate("meanwhile");

        // Then
        second.process().awaitStderr("leads", TAKE_OVER);
        createPodTemplate("after");
        await().atMost(Sluice.PATIENCE).until(() -> namesOfTemplates().containsAll(Set.of("meanwhile", "after")));
        // What the first had just sent may not be kept as sent.
        assertThat(namesOfTemplates()).containsOnly("before", "meanwhile", "after");
        assertThat(subscriber.ids().stream().distinct()).hasSize(3);
        await().atMost(Sluice.PATIENCE).until(() -> watchesOfPodTemplates() == 1);
    }

    private List<Object> namesOfTemplates() {
        return subscriber.events().stream()
                .map(event -> event.getExtension("name"))
                .toList();
    }

    // ---- sources that are workloads of the cluster ------------------------------------------------------------------

    /** As docs/sources/sinkbinding.md says. */
    private void openWorkloads() {
        cluster.kubectl()
                .must(
                        "create",
                        "rolebinding",
                        "sluice-subjects",
                        "-n",
                        namespace,
                        "--clusterrole=sluice-subjects",
                        "--serviceaccount=sluice-system:sluice-control",
                        "--serviceaccount=sluice-system:sluice-all");
    }

    private String workload(String head, String name, String labels) {
        return """
                %s
                metadata: {namespace: %s, name: %s, labels: {%s}}
                spec:
                  %s
                  template:
                    metadata: {labels: {pods-of: %s}}
                    spec:
                      restartPolicy: %s
                      initContainers: [{name: warm, image: warm:1}]
                      containers: [{name: brew, image: brew:1, env: [{name: TEA, value: green}]}]
                """.formatted(
                        head,
                        namespace,
                        name,
                        labels,
                        head.contains("Job") ? "backoffLimit: 1" : "selector: {matchLabels: {pods-of: " + name + "}}",
                        name,
                        head.contains("Job") ? "Never" : "Always");
    }

    private String deployment(String name, String labels) {
        return workload("apiVersion: apps/v1\nkind: Deployment", name, labels);
    }

    private String binding(String name, String subject, String sink) {
        return """
                apiVersion: sources.knative.dev/v1
                kind: SinkBinding
                metadata: {namespace: %s, name: %s}
                spec:
                  subject: {%s}
                  sink: {uri: "%s"}
                  ceOverrides: {extensions: {team: brewers}}
                """.formatted(namespace, name, subject, sink);
    }

    /** The values of a variable in the containers of a Deployment, those that there are. */
    private List<String> values(String deployment, String variable) {
        JsonNode pod = cluster.get(namespace, "deployment/" + deployment).at("/spec/template/spec");
        List<String> values = new ArrayList<>();
        for (String kind : List.of("initContainers", "containers")) {
            for (JsonNode container : pod.path(kind)) {
                for (JsonNode each : container.path("env")) {
                    if (each.path("name").asText().equals(variable)) {
                        values.add(each.path("value").asText());
                    }
                }
            }
        }
        return values;
    }

    private void awaitSinks(String deployment, String... sinks) {
        await("the sinks of " + deployment)
                .atMost(Cluster.PATIENCE)
                .untilAsserted(() -> assertThat(values(deployment, "K_SINK")).containsExactly(sinks));
    }

    /** One process for both, with the rights of the one role that does it. */
    @Test
    void workloads_have_a_sink_while_a_binding_says_so_and_a_container_source_is_as_ready_as_its_deployment() {
        // Given
        Sluice control = startAs("sluice-control", "--role", "control");

        // When, then
        aWorkloadHasTheSinkOfItsBindingForAsLongAsThatIsThere();
        aContainerSourceKeepsItsDeploymentAsItsTemplateSays();
        assertThat(control.process().stderr())
                .noneMatch(line -> line.contains("forbidden") && !line.contains(" of " + namespace));
    }

    private void aWorkloadHasTheSinkOfItsBindingForAsLongAsThatIsThere() {
        // Given: nobody has opened the namespace yet
        String one = "http://one.example.com/";
        String two = "http://two.example.com/";
        String byName = "apiVersion: apps/v1, kind: Deployment, name: kettle";
        cluster.kubectl()
                .apply(
                        deployment("kettle", "app: kettle"),
                        workload("apiVersion: batch/v1\nkind: Job", "once", ""),
                        binding("kettle", byName, one),
                        binding(
                                "pots",
                                "apiVersion: apps/v1, kind: Deployment, selector: {matchLabels: {app: pot}}",
                                one),
                        binding("once", "apiVersion: batch/v1, kind: Job, name: once", one));
        cluster.awaitReason(namespace, "sinkbinding/kettle", "SinkBindingAvailable", "SubjectForbidden");
        assertThat(values("kettle", "K_SINK")).isEmpty();

        // When
        openWorkloads();

        // Then
        cluster.awaitReady(namespace, "sinkbinding/kettle");
        assertThat(values("kettle", "K_SINK")).containsExactly(one, one);
        assertThat(values("kettle", "K_CE_OVERRIDES"))
                .hasSize(2)
                .containsOnly("{\"extensions\":{\"team\":\"brewers\"}}");
        assertThat(values("kettle", "TEA")).containsExactly("green");
        assertThat(columns("sinkbinding/kettle")).first().isEqualTo("NAME SINK AGE READY REASON");
        cluster.awaitReason(namespace, "sinkbinding/once", "SinkBindingAvailable", "SubjectImmutable");
        cluster.awaitReady(namespace, "sinkbinding/pots");

        // When: a workload loses what it was told
        cluster.kubectl().mustWith(deployment("kettle", "app: kettle"), "replace", "-f", "-");

        // Then
        awaitSinks("kettle", one, one);

        // When: the sink becomes another, and a workload comes that a selector means
        cluster.kubectl().apply(binding("kettle", byName, two), deployment("pot", "app: pot"));

        // Then
        awaitSinks("kettle", two, two);
        awaitSinks("pot", one, one);

        // When
        cluster.kubectl().must("label", "deployment/pot", "-n", namespace, "bindings.knative.dev/exclude=true");
        cluster.kubectl().must("delete", "sinkbinding/kettle", "-n", namespace, "--timeout=60s");

        // Then
        awaitSinks("pot");
        assertThat(values("kettle", "K_SINK")).isEmpty();
        assertThat(values("kettle", "K_CE_OVERRIDES")).isEmpty();
        assertThat(values("kettle", "TEA")).containsExactly("green");
    }

    private String containerSource(String image) {
        return """
                apiVersion: sources.knative.dev/v1
                kind: ContainerSource
                metadata: {namespace: %s, name: beats}
                spec:
                  template: {spec: {containers: [{image: "%s"}]}}
                  sink: {uri: "http://one.example.com/"}
                """.formatted(namespace, image);
    }

    /** As the controller of Deployments would say it. */
    private void report(long generation, String available, String reason) {
        cluster.kubectl()
                .must(
                        "patch",
                        "deployment",
                        "beats-deployment",
                        "-n",
                        namespace,
                        "--subresource=status",
                        "--type=merge",
                        "-p",
                        """
                        {"status": {"observedGeneration": %d, "conditions":
                          [{"type": "Available", "status": "%s", "reason": "%s", "message": "as the test says"}]}}""".formatted(generation, available, reason));
    }

    private JsonNode beats() {
        return cluster.get(namespace, "deployment/beats-deployment");
    }

    private void awaitImage(String image) {
        await("the image " + image)
                .atMost(Cluster.PATIENCE)
                .until(() -> beats().at("/spec/template/spec/containers/0/image")
                        .asText()
                        .equals(image));
    }

    private void aContainerSourceKeepsItsDeploymentAsItsTemplateSays() {
        // When
        cluster.kubectl().apply(containerSource("beats:1"));

        // Then
        cluster.awaitReason(namespace, "containersource/beats", "ReceiveAdapterReady", "DeploymentUpdating");
        assertThat(values("beats-deployment", "K_SINK")).containsExactly("http://one.example.com/");
        assertThat(beats().at("/metadata/ownerReferences/0/uid"))
                .isEqualTo(cluster.get(namespace, "containersource/beats").at("/metadata/uid"));

        // When
        report(1, "True", "MinimumReplicasAvailable");

        // Then
        cluster.awaitReady(namespace, "containersource/beats");

        // When
        report(1, "False", "MinimumReplicasUnavailable");

        // Then
        cluster.awaitReason(namespace, "containersource/beats", "Ready", "MinimumReplicasUnavailable");

        // When: the template changes, and what is not the source's affair
        cluster.kubectl().must("scale", "deployment/beats-deployment", "-n", namespace, "--replicas=3");
        cluster.kubectl().apply(containerSource("beats:2"));

        // Then
        awaitImage("beats:2");
        assertThat(beats().at("/spec/replicas").asInt()).isEqualTo(3);

        // When: somebody else changes it
        cluster.kubectl().must("set", "image", "deployment/beats-deployment", "beats-0=other:1", "-n", namespace);

        // Then
        awaitImage("beats:2");

        // When
        String uid = beats().at("/metadata/uid").asText();
        cluster.kubectl().must("delete", "deployment/beats-deployment", "-n", namespace);

        // Then
        await().atMost(Cluster.PATIENCE)
                .until(
                        () -> cluster.kubectl()
                                .run(
                                        "get",
                                        "deployment/beats-deployment",
                                        "-n",
                                        namespace,
                                        "-o",
                                        "jsonpath={.metadata.uid}")
                                .out(),
                        now -> !now.isEmpty() && !now.equals(uid));
    }
}
