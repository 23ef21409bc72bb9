/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.testkit.RecordingSubscriber;
import dev.sluice.testkit.kube.Kubectl;
import dev.sluice.testkit.kube.KubernetesFixture;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The manifests in {@code deploy}: taken by a real API server, hardened, and with no right too many. */
final class KubernetesDeploymentIT {

    /** One of its own: what is deployed is not in namespaces of a test's choice. */
    @RegisterExtension
    static final KubernetesFixture kubernetes = KubernetesFixture.own();

    private static final String SYSTEM = "sluice-system";

    @RegisterExtension
    final RecordingSubscriber subscriber = RecordingSubscriber.start();

    /** What an API server may be too old for, and the older version with the same fields that it is checked under then. */
    private static final Map<String, String> NEWER = Map.of(
            "policy/v1 PodDisruptionBudget", "policy/v1beta1",
            "autoscaling/v2 HorizontalPodAutoscaler", "autoscaling/v2beta2");

    private static Set<String> served;

    @BeforeAll
    static void ask() {
        served = kubernetes.kubectl().must("api-versions").lines().collect(Collectors.toSet());
    }

    @ParameterizedTest
    @ValueSource(strings = {"overlays/inmemory", "overlays/kafka"})
    void an_overlay_is_taken_whole_and_a_second_time_changes_nothing(String overlay) {
        // Given
        List<JsonNode> objects = KubernetesManifests.of(kubernetes.kubectl(), overlay);
        assertThat(objects.stream()
                        .filter(object ->
                                !served.contains(object.path("apiVersion").asText()))
                        .map(KubernetesManifests::kind))
                .as(
                        "kinds that API server %s does not know",
                        kubernetes.cluster().version())
                .isSubsetOf(NEWER.keySet());
        List<JsonNode> known =
                objects.stream().map(KubernetesDeploymentIT::known).toList();
        // A dry run in a namespace that is not there fails, and one of a definition serves no kind.
        apply(known.stream().filter(each -> isFirst(each)).toList());
        // What serves them writes their statuses until then.
        kubernetes.kubectl().must("wait", "--for=condition=Established", "--timeout=60s", "crd", "--all");

        // When
        Kubectl.Result dryRun = apply(known, "--dry-run=server", "--validate=strict");
        Kubectl.Result first = apply(known, "-o", "json");
        Kubectl.Result second = apply(known, "-o", "json");

        // Then
        assertThat(dryRun.succeeded()).as(dryRun::toString).isTrue();
        assertThat(first.succeeded()).as(first::toString).isTrue();
        assertThat(versions(first)).hasSameSizeAs(objects);
        assertThat(versions(second)).isEqualTo(versions(first));
    }

    @ParameterizedTest
    @ValueSource(strings = {"overlays/inmemory", "overlays/kafka"})
    void every_pod_passes_the_strictest_pod_security_level_and_has_probes_and_requests(String overlay) {
        List<JsonNode> templates = KubernetesManifests.of(kubernetes.kubectl(), overlay).stream()
                .map(object -> object.at("/spec/template/spec"))
                .filter(JsonNode::isObject)
                .toList();

        assertThat(templates).isNotEmpty().allSatisfy(pod -> {
            assertThat(pod.at("/securityContext/runAsNonRoot").asBoolean()).isTrue();
            assertThat(pod.at("/securityContext/runAsUser").asInt()).isPositive();
            assertThat(pod.at("/securityContext/seccompProfile/type").asText()).isEqualTo("RuntimeDefault");
            assertThat(pod.path("enableServiceLinks").asBoolean(true)).isFalse();
            assertThat(pod.path("serviceAccountName").asText()).startsWith("sluice-");
            assertThat(pod.path("hostNetwork").asBoolean(false)).isFalse();
            assertThat(pod.path("containers")).hasSize(1);
            JsonNode container = pod.at("/containers/0");
            assertThat(container.at("/securityContext/allowPrivilegeEscalation").asBoolean(true))
                    .isFalse();
            assertThat(container.at("/securityContext/readOnlyRootFilesystem").asBoolean())
                    .isTrue();
            assertThat(container.at("/securityContext/capabilities/drop/0").asText())
                    .isEqualTo("ALL");
            assertThat(container.at("/resources/requests/cpu").isTextual()).isTrue();
            assertThat(container.at("/resources/requests/memory").asText())
                    .isEqualTo(container.at("/resources/limits/memory").asText());
            for (String probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
                assertThat(container.at("/" + probe + "/httpGet/path").asText()).startsWith("/health/");
                assertThat(container.path("ports").findValuesAsText("name"))
                        .contains(container.at("/" + probe + "/httpGet/port").asText());
            }
            // Every folder that it writes to is a volume, and every volume is there.
            Set<String> volumes = new TreeSet<>(List.of("data"));
            pod.path("volumes")
                    .forEach(volume -> volumes.add(volume.path("name").asText()));
            List<String> mounted = new ArrayList<>();
            container
                    .path("volumeMounts")
                    .forEach(mount -> mounted.add(mount.path("name").asText()));
            assertThat(mounted).containsExactlyInAnyOrderElementsOf(volumes);
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"overlays/inmemory", "overlays/kafka"})
    void every_selector_selects_pods_and_every_port_is_one_of_theirs(String overlay) {
        List<JsonNode> objects = KubernetesManifests.of(kubernetes.kubectl(), overlay);
        List<JsonNode> templates = objects.stream()
                .map(object -> object.at("/spec/template"))
                .filter(JsonNode::isObject)
                .toList();
        for (JsonNode object : objects) {
            JsonNode selector = switch (object.path("kind").asText()) {
                case "Service" -> object.at("/spec/selector");
                case "PodDisruptionBudget", "Deployment", "StatefulSet" -> object.at("/spec/selector/matchLabels");
                case "NetworkPolicy" -> object.at("/spec/podSelector/matchLabels");
                default -> object.path("none");
            };
            if (selector.isMissingNode()) {
                continue;
            }
            List<JsonNode> selected = templates.stream()
                    .filter(template -> matches(template.at("/metadata/labels"), selector))
                    .toList();
            assertThat(selected).as(KubernetesManifests.name(object)).isNotEmpty();
            for (JsonNode port : object.at("/spec/ports")) {
                assertThat(selected)
                        .as(KubernetesManifests.name(object))
                        .allMatch(template -> template.at("/spec/containers/0/ports")
                                .findValuesAsText("name")
                                .contains(port.path("targetPort").asText()));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"overlays/inmemory", "overlays/kafka"})
    void every_binding_names_a_role_and_an_account_that_are_there(String overlay) {
        List<JsonNode> objects = KubernetesManifests.of(kubernetes.kubectl(), overlay);
        Set<String> names = objects.stream().map(KubernetesManifests::name).collect(Collectors.toSet());
        for (JsonNode object : objects) {
            if (object.path("kind").asText().endsWith("Binding")) {
                String role = object.at("/roleRef/kind").asText() + " "
                        + object.at("/roleRef/name").asText();
                assertThat(names).as(KubernetesManifests.name(object)).contains(role);
                assertThat(object.path("subjects"))
                        .allSatisfy(subject -> assertThat(names)
                                .contains(
                                        "ServiceAccount " + subject.path("name").asText()));
            }
            JsonNode account = object.at("/spec/template/spec/serviceAccountName");
            if (account.isTextual()) {
                assertThat(names).contains("ServiceAccount " + account.asText());
            }
        }
    }

    @Test
    void the_optional_components_fit_what_they_change() {
        // When
        String folder = "../components/";
        List<JsonNode> objects = component(folder + "keda", folder + "kafka-client-config", folder + "states");

        // Then
        JsonNode scaled = only(objects, "ScaledObject sluice-dispatcher");
        assertThat(only(
                                objects,
                                "Deployment "
                                        + scaled.at("/spec/scaleTargetRef/name").asText())
                        .at("/spec/replicas")
                        .isMissingNode())
                .isTrue();
        JsonNode lag = scaled.at("/spec/triggers/0/metadata");
        // As the channel names the topic and the group of the Broker default/default.
        assertThat(lag.path("topic").asText()).isEqualTo("knative-broker-default-default");
        assertThat(lag.path("consumerGroup").asText()).isEqualTo("sluice-broker-default-default");
        for (String role : List.of("broker", "dispatcher", "sources", "control")) {
            JsonNode pod = only(objects, "Deployment sluice-" + role).at("/spec/template/spec");
            assertThat(pod.at("/containers/0/args").toString())
                    .contains("--kafka-client-config=/etc/sluice/kafka/client.properties");
            assertThat(pod.at("/containers/0/args").toString()).contains("--admin-token-file=/etc/sluice/admin/token");
            assertThat(pod.at("/containers/0/volumeMounts").toString())
                    .contains("/etc/sluice/kafka", "/etc/sluice/admin");
        }
        JsonNode admin = only(objects, "Service sluice-admin");
        assertThat(only(objects, "Deployment sluice-control")
                        .at("/spec/template/spec/containers/0/args")
                        .toString())
                .contains("--state-probes=" + admin.at("/metadata/name").asText() + "."
                        + admin.at("/metadata/namespace").asText() + ".svc.cluster.local:"
                        + admin.at("/spec/ports/0/port").asText());
    }

    @Test
    void every_process_knows_where_brokers_are_reached_by_a_ref() {
        // When
        List<String> processes = KubernetesManifests.of(kubernetes.kubectl(), "overlays/kafka").stream()
                .map(object ->
                        object.at("/spec/template/spec/containers/0/args").toString())
                .filter(arguments -> arguments.contains("\"--kubernetes\""))
                .toList();

        // Then
        assertThat(processes)
                .hasSizeGreaterThanOrEqualTo(4)
                .allMatch(arguments ->
                        arguments.contains("\"--ingress-url=http://sluice-ingress.sluice-system.svc.cluster.local\""));
    }

    @Test
    void the_one_pod_serves_events_with_the_options_and_the_rights_that_it_is_deployed_with() {
        // Given
        List<JsonNode> known = deploy("overlays/inmemory");
        JsonNode container = only(known, "StatefulSet sluice").at("/spec/template/spec/containers/0");
        List<String> words = new ArrayList<>();
        container.path("args").forEach(word -> words.add(word.asText()));
        // A pod has volumes and ports of its own, and a log that is read by machines.
        words.removeIf(word -> word.startsWith("--data-dir=") || word.startsWith("--log-format="));
        words.addAll(List.of("--ingress-port=0", "--admin-port=0"));
        String namespace = kubernetes.cluster().newNamespace("served");
        kubernetes
                .kubectl()
                .apply(Manifests.broker(namespace, "default"), Manifests.trigger(namespace, "t", subscriber.uri()));

        // When
        try (SluiceProcess process = SluiceProcess.command(words.toArray(String[]::new))
                .environment(
                        "KUBECONFIG",
                        kubernetes.cluster().kubeconfigOf(SYSTEM, "sluice-all").toString())
                .start()) {
            Kubectl.Result ready = kubernetes
                    .kubectl()
                    .run(
                            "wait",
                            "--for=condition=Ready",
                            "trigger/t",
                            "broker/default",
                            "-n",
                            namespace,
                            "--timeout=90s");
            assertThat(ready.succeeded()).as(() -> ready + process.tail()).isTrue();
            var sent = SluiceProcess.run(
                    "send", "--to", process.ingress(namespace, "default").toString(), "--type", "t", "--source", "/s");

            // Then
            assertThat(sent.status()).as(sent.stderr()).isZero();
            await().atMost(Sluice.PATIENCE).until(() -> subscriber.count() == 1);
            assertThat(process.stderr()).noneMatch(line -> line.contains("forbidden"));
            assertThat(kubernetes.kubectl().must("get", "leases", "-n", SYSTEM, "-o", "name"))
                    .contains("sluice-control");
        }
    }

    // ---- rights -----------------------------------------------------------------------------------------------------

    private static final List<String> ROLES = List.of("broker", "dispatcher", "sources", "control");

    /** The account of the one pod that has all roles. */
    private static final String ALL = "all";

    /** A line of the table of rights in docs/kubernetes.md. */
    private record Right(List<String> resources, Set<String> verbs, Set<String> roles, boolean everywhere) {

        static List<Right> documented() {
            List<Right> rights = new ArrayList<>();
            String page = Repository.read("docs/kubernetes.md");
            String table = page.substring(page.indexOf("<!-- rights: begin -->"), page.indexOf("<!-- rights: end -->"));
            for (String line :
                    table.lines().filter(each -> each.startsWith("| `")).toList()) {
                String[] cells = line.split("\\s*\\|\\s*");
                Set<String> roles = cells[3].equals("all") ? Set.copyOf(ROLES) : Set.of(cells[3].split(", "));
                assertThat(ROLES).containsAll(roles);
                assertThat(cells[4]).isIn("every namespace", "`sluice-system`");
                rights.add(new Right(
                        List.of(cells[1].replace("`", "").split(", ")),
                        new TreeSet<>(List.of(cells[2].split(", "))),
                        roles,
                        cells[4].equals("every namespace")));
            }
            return rights;
        }
    }

    /** Resources and the verbs on them, as the page has them; whatever the API server lists beyond is a right too many. */
    private static Map<String, Set<String>> documented(String role, boolean atHome) {
        Map<String, Set<String>> verbs = new TreeMap<>();
        for (Right right : Right.documented()) {
            if ((role.equals(ALL) || right.roles().contains(role)) && (right.everywhere() || atHome)) {
                for (String resource : right.resources()) {
                    verbs.computeIfAbsent(resource, name -> new TreeSet<>()).addAll(right.verbs());
                }
            }
        }
        return verbs;
    }

    @Test
    void each_role_may_do_what_it_needs_and_nothing_more() {
        // Given
        deploy("overlays/inmemory");
        deploy("overlays/kafka");
        kubernetes.kubectl().must("create", "serviceaccount", "nobody", "-n", SYSTEM);
        Map<String, Set<String>> everybody = rightsOf("nobody", SYSTEM);

        for (String role : Stream.concat(ROLES.stream(), Stream.of(ALL)).toList()) {
            // When, then: an API server knows of a binding a moment after it has taken it
            await().atMost(Sluice.PATIENCE).untilAsserted(() -> {
                Map<String, Set<String>> here = rightsOf("sluice-" + role, SYSTEM);
                Map<String, Set<String>> elsewhere = rightsOf("sluice-" + role, "default");
                here.keySet().removeAll(everybody.keySet());
                elsewhere.keySet().removeAll(everybody.keySet());
                assertThat(here).as("rights of %s in %s", role, SYSTEM).isEqualTo(documented(role, true));
                assertThat(elsewhere).as("rights of %s elsewhere", role).isEqualTo(documented(role, false));
            });
        }
    }

    @Test
    void a_binding_opens_the_secrets_of_one_namespace() {
        // Given
        deploy("overlays/kafka");
        String open = kubernetes.cluster().newNamespace("open");
        String closed = kubernetes.cluster().newNamespace("closed");

        // When
        kubernetes
                .kubectl()
                .must(
                        "create",
                        "rolebinding",
                        "sluice",
                        "-n",
                        open,
                        "--clusterrole=sluice-secrets",
                        "--group=system:serviceaccounts:" + SYSTEM);

        // Then
        Kubectl broker = kubernetes.cluster().kubectlAs(SYSTEM, "sluice-broker");
        // An API server knows of a binding a moment after it has taken it.
        await().atMost(Sluice.PATIENCE).untilAsserted(() -> broker.must("get", "secrets", "-n", open));
        assertThat(broker.run("get", "secrets", "-n", closed).err()).contains("cannot list resource \"secrets\"");
        assertThat(broker.run("get", "secrets", "-A").err()).contains("cannot list resource \"secrets\"");
    }

    // -----------------------------------------------------------------------------------------------------------------

    /** Of a resource, addresses outside of resources, names, verbs. */
    private static final Pattern RIGHT = Pattern.compile("(\\S+)\\s+\\[.*?]\\s+\\[(.*?)]\\s+\\[(.*?)]");

    /**
     * As the API server tells the account itself, without what it tells about addresses outside of resources; by resource,
     * behind which stands in brackets what the objects are to be named, if that is said.
     */
    private static Map<String, Set<String>> rightsOf(String account, String namespace) {
        Map<String, Set<String>> rights = new TreeMap<>();
        kubernetes
                .cluster()
                .kubectlAs(SYSTEM, account)
                .must("auth", "can-i", "--list", "--no-headers", "-n", namespace)
                .lines()
                .filter(line -> !line.startsWith(" "))
                .forEach(line -> {
                    Matcher right = RIGHT.matcher(line);
                    assertThat(right.matches()).as(line).isTrue();
                    String names = right.group(2).isEmpty() ? "" : " (" + right.group(2) + ")";
                    rights.computeIfAbsent(right.group(1) + names, resource -> new TreeSet<>())
                            .addAll(List.of(right.group(3).split(" ")));
                });
        return rights;
    }

    /** The resource versions of what was applied. */
    private static Map<String, String> versions(Kubectl.Result applied) {
        Map<String, String> versions = new TreeMap<>();
        for (JsonNode object : KubernetesManifests.parse(applied.out()).get(0).path("items")) {
            versions.put(
                    KubernetesManifests.name(object),
                    object.at("/metadata/resourceVersion").asText());
        }
        return versions;
    }

    private static List<JsonNode> component(String... components) {
        Path folder = Scratch.folder("overlay");
        try {
            // Kustomize takes no absolute paths.
            Path overlays = Repository.path("deploy/overlays/kafka");
            StringBuilder text = new StringBuilder("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
                    + "resources:\n- " + folder.toRealPath().relativize(overlays.toRealPath()) + "\ncomponents:\n");
            for (String component : components) {
                text.append("- ")
                        .append(folder.toRealPath()
                                .relativize(overlays.resolve("..")
                                        .resolve(component)
                                        .toRealPath()))
                        .append('\n');
            }
            Files.writeString(folder.resolve("kustomization.yaml"), text);
            return KubernetesManifests.parse(kubernetes.kubectl().must("kustomize", folder.toString()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            Scratch.delete(folder);
        }
    }

    private static JsonNode only(List<JsonNode> objects, String name) {
        List<JsonNode> found = objects.stream()
                .filter(object -> KubernetesManifests.name(object).equals(name))
                .toList();
        assertThat(found).as(name).hasSize(1);
        return found.get(0);
    }

    private static boolean matches(JsonNode labels, JsonNode selector) {
        for (Map.Entry<String, JsonNode> wanted : selector.properties()) {
            if (!wanted.getValue().equals(labels.get(wanted.getKey()))) {
                return false;
            }
        }
        return true;
    }

    /** Applies an overlay, and returns it as this API server knows it. */
    private static List<JsonNode> deploy(String overlay) {
        List<JsonNode> known = KubernetesManifests.of(kubernetes.kubectl(), overlay).stream()
                .map(KubernetesDeploymentIT::known)
                .toList();
        Kubectl.Result first =
                apply(known.stream().filter(KubernetesDeploymentIT::isFirst).toList());
        assertThat(first.succeeded()).as(first::toString).isTrue();
        kubernetes.kubectl().must("wait", "--for=condition=Established", "--timeout=60s", "crd", "--all");
        Kubectl.Result all = apply(known);
        assertThat(all.succeeded()).as(all::toString).isTrue();
        return known;
    }

    private static boolean isFirst(JsonNode object) {
        String kind = object.path("kind").asText();
        return kind.equals("Namespace") || kind.equals("CustomResourceDefinition");
    }

    /** The object as this API server knows it. */
    private static JsonNode known(JsonNode object) {
        if (served.contains(object.path("apiVersion").asText())) {
            return object;
        }
        String older = NEWER.getOrDefault(KubernetesManifests.kind(object), "unknown");
        return ((ObjectNode) object.deepCopy()).put("apiVersion", older);
    }

    private static Kubectl.Result apply(List<JsonNode> objects, String... options) {
        List<String> arguments = new ArrayList<>(List.of("apply", "-f", "-"));
        arguments.addAll(List.of(options));
        return kubernetes
                .kubectl()
                .runWith(
                        objects.stream().map(JsonNode::toString).collect(Collectors.joining("\n---\n")),
                        arguments.toArray(String[]::new));
    }
}
