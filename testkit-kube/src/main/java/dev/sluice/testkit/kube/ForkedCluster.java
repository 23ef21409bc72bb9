/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.testkit.kube;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** An etcd and an API server as processes of their own, on ports of the loopback interface. */
final class ForkedCluster implements KubernetesCluster, ApiServer {

    private static final int LINE = 64;

    private static final Duration SERVED_WITHIN = Duration.ofSeconds(60);

    /** Longer than a machine that starts several processes at once keeps an API server from answering. */
    private static final Duration ANSWERED_WITHIN = Duration.ofSeconds(30);

    /** What is asked by an administrator, or by the API server of itself, is nobody's question. */
    private static final String AUDIT_POLICY = """
            apiVersion: audit.k8s.io/v1
            kind: Policy
            omitStages: [RequestReceived]
            rules:
            - level: Metadata
              userGroups: [system:serviceaccounts]
            - level: None
            """;

    private final Path folder;
    private final Path kubectlProgram;
    private final NativeProcess etcd;
    private final NativeProcess apiServer;
    private final Readiness readiness;
    private final int port;
    private final String url;
    private final String adminToken;
    private final Kubectl kubectl;
    private final AtomicInteger namespaces = new AtomicInteger();
    private @Nullable HttpClient client;

    private ForkedCluster(Assets assets, Path folder) throws IOException, GeneralSecurityException {
        this.folder = folder;
        kubectlProgram = assets.kubectl();
        Files.createDirectories(certificates());
        List<Integer> ports = Ports.free(3);
        port = ports.get(0);
        url = "https://127.0.0.1:" + port;
        String etcdUrl = "http://127.0.0.1:" + ports.get(1);
        String peerUrl = "http://127.0.0.1:" + ports.get(2);
        adminToken = UUID.randomUUID().toString();

        Files.writeString(secrets().resolve("tokens.csv"), adminToken + ",admin,admin,\"system:masters\"\n");
        KeyPair serviceAccounts = rsa();
        Path privateKey = Files.writeString(
                secrets().resolve("service-accounts.key"),
                pem("PRIVATE KEY", serviceAccounts.getPrivate().getEncoded()));
        Path publicKey = Files.writeString(
                secrets().resolve("service-accounts.pub"),
                pem("PUBLIC KEY", serviceAccounts.getPublic().getEncoded()));

        Path auditPolicy = Files.writeString(secrets().resolve("audit-policy.yaml"), AUDIT_POLICY);

        etcd = new NativeProcess(
                "etcd",
                folder.resolve("etcd.log"),
                List.of(
                        assets.etcd().toString(),
                        "--data-dir=" + data(),
                        "--listen-client-urls=" + etcdUrl,
                        "--advertise-client-urls=" + etcdUrl,
                        "--listen-peer-urls=" + peerUrl,
                        "--initial-advertise-peer-urls=" + peerUrl,
                        "--initial-cluster=default=" + peerUrl,
                        "--logger=zap"));
        apiServer = new NativeProcess(
                "kube-apiserver",
                folder.resolve("kube-apiserver.log"),
                List.of(
                        assets.apiServer().toString(),
                        "--etcd-servers=" + etcdUrl,
                        "--bind-address=127.0.0.1",
                        "--advertise-address=127.0.0.1",
                        "--secure-port=" + port,
                        // It makes a certificate for itself there, and finds it again at the next start.
                        "--cert-dir=" + certificates(),
                        "--token-auth-file=" + secrets().resolve("tokens.csv"),
                        "--authorization-mode=RBAC",
                        "--audit-policy-file=" + auditPolicy,
                        "--audit-log-path=" + auditLog(),
                        "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
                        "--service-account-key-file=" + publicKey,
                        "--service-account-signing-key-file=" + privateKey,
                        "--service-cluster-ip-range=10.96.0.0/16",
                        "--allow-privileged=true",
                        // Nobody would reach it through a Service, and it refuses to name a loopback address in one.
                        "--endpoint-reconciler-type=none",
                        // Its controller does not run: no namespace has the service account that this asks Pods for.
                        "--disable-admission-plugins=ServiceAccount"));
        readiness = new Readiness(url, adminToken, certificate());
        writeKubeconfig(kubeconfig(), url, "default", adminToken);
        kubectl = new Kubectl(kubectlProgram, kubeconfig(), kubectlScratch());
    }

    static ForkedCluster start(Assets assets, Path folder) {
        try {
            ForkedCluster cluster = new ForkedCluster(assets, folder.toAbsolutePath());
            try {
                cluster.etcd.launch();
                cluster.start();
                return cluster;
            } catch (RuntimeException e) {
                cluster.close();
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("can't make keys", e);
        }
    }

    // ---- the API server ---------------------------------------------------------------------------------------------

    @Override
    public ApiServer apiServer() {
        return this;
    }

    @Override
    public String url() {
        return url;
    }

    @Override
    public void start() {
        if (!apiServer.isAlive()) {
            apiServer.launch();
            readiness.await(apiServer);
        }
    }

    @Override
    public void kill() {
        apiServer.kill();
    }

    @Override
    public void stop() {
        apiServer.stop();
    }

    @Override
    public void freeze() {
        apiServer.freeze();
    }

    @Override
    public void thaw() {
        apiServer.thaw();
    }

    @Override
    public void restore() {
        thaw();
        start();
    }

    // ---- its users --------------------------------------------------------------------------------------------------

    @Override
    public Path kubeconfig() {
        return secrets().resolve("admin.kubeconfig");
    }

    @Override
    public Path kubeconfigOf(String namespace, String serviceAccount) {
        Path file = secrets().resolve(namespace + "." + serviceAccount + ".kubeconfig");
        try {
            writeKubeconfig(file, url, namespace, tokenOf(namespace, serviceAccount));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return file;
    }

    @Override
    public Path kubeconfigOver(BreakableLink link) {
        Path file = secrets().resolve("over-" + link.port() + ".kubeconfig");
        try {
            writeKubeconfig(file, "https://127.0.0.1:" + link.port(), "default", adminToken);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return file;
    }

    @Override
    public BreakableLink link() {
        return BreakableLink.to(port);
    }

    @Override
    public List<ApiRequest> requests() {
        return ApiRequest.readAll(auditLog());
    }

    @Override
    public String tokenOf(String namespace, String serviceAccount) {
        return kubectl.must("create", "token", serviceAccount, "--namespace=" + namespace, "--duration=24h")
                .strip();
    }

    @Override
    public Kubectl kubectl() {
        return kubectl;
    }

    @Override
    public Kubectl kubectlAs(String namespace, String serviceAccount) {
        return new Kubectl(kubectlProgram, kubeconfigOf(namespace, serviceAccount), kubectlScratch());
    }

    // ---- what it stores ---------------------------------------------------------------------------------------------

    @Override
    public String read(String path) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url + path))
                .header("Authorization", "Bearer " + adminToken)
                .header("Accept", "application/json")
                .timeout(ANSWERED_WITHIN)
                .build();
        try {
            HttpResponse<String> answer = client().send(request, BodyHandlers.ofString());
            if (answer.statusCode() != 200) {
                throw new AssertionError("GET " + path + ": " + answer.statusCode() + " " + answer.body());
            }
            return answer.body();
        } catch (IOException e) {
            throw new AssertionError("GET " + path + ": " + e, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while reading " + path, e);
        }
    }

    /** Made when it is first asked for: the certificate is there once the API server has been ready, and stays. */
    private synchronized HttpClient client() throws IOException {
        HttpClient made = client;
        if (made == null) {
            try {
                made = HttpClient.newBuilder()
                        // What an API server that was frozen or killed left of a connection is not worth sharing.
                        .version(HttpClient.Version.HTTP_1_1)
                        .sslContext(Readiness.trusting(certificate()))
                        .connectTimeout(ANSWERED_WITHIN)
                        .build();
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("can't trust " + certificate(), e);
            }
            client = made;
        }
        return made;
    }

    @Override
    public String newNamespace(String prefix) {
        String name = prefix.toLowerCase(Locale.ROOT) + "-" + namespaces.incrementAndGet();
        kubectl.must("create", "namespace", name);
        return name;
    }

    @Override
    public void installCrds(Path path) {
        String flag = Files.exists(path.resolve("kustomization.yaml")) ? "-k" : "-f";
        // By the server: client-side apply keeps a copy in an annotation, which a long definition does not fit into.
        String names =
                kubectl.must("apply", "--server-side", "--force-conflicts", "--output=name", flag, path.toString());
        List<String> wait = new ArrayList<>(List.of("wait", "--for=condition=Established", "--timeout=60s"));
        names.lines().forEach(wait::add);
        kubectl.must(wait.toArray(String[]::new));
        awaitServed(
                names.lines().map(name -> name.substring(name.indexOf('/') + 1)).collect(Collectors.joining(",")));
    }

    /** A definition is served a moment after it is established. */
    private void awaitServed(String kinds) {
        long deadline = System.nanoTime() + SERVED_WITHIN.toNanos();
        Kubectl.Result asked = kubectl.run("get", kinds, "--all-namespaces");
        while (!asked.succeeded()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError(asked.toString());
            }
            try {
                TimeUnit.MILLISECONDS.sleep(200);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while definitions were installed", e);
            }
            asked = kubectl.run("get", kinds, "--all-namespaces");
        }
    }

    @Override
    public String version() {
        String answer = kubectl.must("get", "--raw", "/version");
        return Stream.of(answer.split("\n"))
                .filter(line -> line.contains("\"gitVersion\""))
                .map(line -> line.replaceFirst(".*: *\"", "").replaceFirst("\".*", ""))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no gitVersion in " + answer));
    }

    @Override
    public void close() {
        apiServer.kill();
        etcd.kill();
        delete(data());
        delete(secrets());
        delete(kubectlScratch());
    }

    private Path data() {
        return folder.resolve("data");
    }

    private Path secrets() {
        return folder.resolve("secrets");
    }

    private Path auditLog() {
        return folder.resolve("audit.log");
    }

    private Path certificates() {
        return secrets().resolve("certificates");
    }

    private Path certificate() {
        return certificates().resolve("apiserver.crt");
    }

    private Path kubectlScratch() {
        return folder.resolve("kubectl");
    }

    private void writeKubeconfig(Path file, String server, String namespace, String token) throws IOException {
        Files.writeString(file, """
                apiVersion: v1
                kind: Config
                clusters:
                - name: test
                  cluster:
                    server: %s
                    certificate-authority: %s
                users:
                - name: user
                  user:
                    token: %s
                contexts:
                - name: test
                  context:
                    cluster: test
                    user: user
                    namespace: %s
                current-context: test
                """.formatted(server, certificate(), token, namespace));
    }

    private static KeyPair rsa() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        return generator.generateKeyPair();
    }

    private static String pem(String label, byte[] encoded) {
        String base64 = Base64.getMimeEncoder(LINE, "\n".getBytes(US_ASCII)).encodeToString(encoded);
        return "-----BEGIN " + label + "-----\n" + base64 + "\n-----END " + label + "-----\n";
    }

    private static void delete(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> paths = Files.walk(folder)) {
            List<Path> deepestFirst = paths.collect(Collectors.toCollection(ArrayList::new));
            Collections.reverse(deepestFirst);
            for (Path path : deepestFirst) {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
