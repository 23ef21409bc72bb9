/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.bench;

import dev.sluice.testkit.kube.ApiRequest;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.dsl.MixedOperation;
import io.fabric8.kubernetes.client.dsl.NonNamespaceOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * What Kubernetes costs, with one process for each of the roles broker, dispatcher and control on Kafka, each under its own
 * account: how soon what is applied is Ready and has its effect, with few Triggers and with thousands; what thousands take of
 * CPU and memory; and what each role asks of the API server. Beside it how soon a file is Ready in a folder.
 */
public final class Kubernetes {

    static final ResourceDefinitionContext TRIGGERS = new ResourceDefinitionContext.Builder()
            .withGroup("eventing.knative.dev")
            .withVersion("v1")
            .withKind("Trigger")
            .withPlural("triggers")
            .withNamespaced(true)
            .build();

    private static final String NAMESPACE = "default";
    private static final String BROKER = "bench";
    private static final String EDITED = "edited";
    private static final int EDITS = 10;
    private static final int PER_SECOND = 100;
    /** Requests at a time of whoever creates thousands. */
    private static final int CREATORS = 8;

    /** The JVM gives memory back after half a minute without a collection. */
    private static final long SETTLE_MILLIS = 40_000;

    private static final long IDLE_MILLIS = 30_000;
    /** Without an arrival for so long, nothing is on its way any more. */
    private static final long QUIET_MILLIS = 300;

    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final int triggers;
    private final int samples;
    private final Vertx vertx = Vertx.vertx();
    private final Witness witness = Witness.start(vertx);
    /** The processes by their roles. */
    private final Map<String, SluiceUnderTest> roles = new LinkedHashMap<>();

    private final List<String> rows = new ArrayList<>();
    /** The type of the events that are posted. */
    private volatile String posted = Producer.TYPE;

    private long lastId;

    private Kubernetes(int triggers, int samples) {
        this.triggers = triggers;
        this.samples = samples;
    }

    /** @param args the number of Triggers, 5,000 if absent, and that of samples of each time, 100 if absent */
    public static void main(String[] args) throws Exception {
        Kubernetes program = new Kubernetes(
                args.length > 0 ? Integer.parseInt(args[0]) : 5_000, args.length > 1 ? Integer.parseInt(args[1]) : 100);
        try {
            program.run();
        } finally {
            program.vertx.close().toCompletionStage().toCompletableFuture().join();
        }
    }

    private void run() throws Exception {
        folder();
        try (KafkaUnderTest kafka = KafkaUnderTest.start();
                KubernetesUnderTest kubernetes = KubernetesUnderTest.start();
                SluiceUnderTest ingress = kubernetes.role("broker", kafka.options("broker"));
                SluiceUnderTest dispatcher = kubernetes.role("dispatcher", kafka.options("dispatcher"));
                SluiceUnderTest control = kubernetes.role(
                        "control",
                        with(
                                kafka.options("control"),
                                "--ingress-url=http://" + ingress.ingress(),
                                "--ingress-probes=" + ingress.ingress()))) {
            roles.put("control", control);
            roles.put("dispatcher", dispatcher);
            roles.put("broker", ingress);
            kubernetes.kubectl().apply(SluiceUnderTest.broker(BROKER));
            kubernetes.kubectl().must("wait", "--for=condition=Ready", "broker/" + BROKER, "--timeout=60s");
            try (ReadyTriggers ready = ReadyTriggers.of(kubernetes, NAMESPACE)) {
                one(kubernetes, ready, "few", "with few Triggers");
                many(kubernetes, ready);
                one(kubernetes, ready, "more", "beside " + triggers + " Triggers");
                effect(kubernetes, ingress);
                idle(kubernetes);
            }
        }
        System.out.println("| what | measured | aim |\n| --- | --- | --- |");
        rows.forEach(System.out::println);
    }

    // ---- one after the other ----------------------------------------------------------------------------------------

    /** Creates some and edits them, each when the one before is Ready. */
    private void one(KubernetesUnderTest kubernetes, ReadyTriggers ready, String prefix, String beside)
            throws InterruptedException {
        NonNamespaceOperation<GenericKubernetesResource, ?, Resource<GenericKubernetesResource>> api = api(kubernetes);
        int asked = kubernetes.requests().size();
        Histogram created = micros();
        for (int i = 0; i < samples; i++) {
            String name = prefix + "-" + i;
            GenericKubernetesResource trigger = parsed(trigger(name, type(name)));
            long start = System.nanoTime();
            api.resource(trigger).create();
            created.recordValue(micros(ready.await(name, 1) - start));
        }
        Histogram edited = micros();
        PatchContext merge = PatchContext.of(PatchType.JSON_MERGE);
        for (int i = 0; i < samples; i++) {
            String name = prefix + "-" + i;
            String patch = "{\"spec\":{\"filter\":{\"attributes\":{\"type\":\"" + type(name) + ".edited\"}}}}";
            long start = System.nanoTime();
            api.withName(name).patch(merge, patch);
            edited.recordValue(micros(ready.await(name, 2) - start));
        }
        row("a Trigger that is created until it is Ready, " + beside, times(created), "p99 2,000 ms");
        row("a Trigger that is edited until that is Ready, " + beside, times(edited), "p99 2,000 ms");
        requests(kubernetes, asked, "for each, " + beside, 2 * samples, "");
    }

    // ---- all at once ------------------------------------------------------------------------------------------------

    private void many(KubernetesUnderTest kubernetes, ReadyTriggers ready) throws Exception {
        NonNamespaceOperation<GenericKubernetesResource, ?, Resource<GenericKubernetesResource>> api = api(kubernetes);
        int asked = kubernetes.requests().size();
        Map<String, Long> cpu = cpu();
        ExecutorService creators = Executors.newFixedThreadPool(CREATORS);
        long start = System.nanoTime();
        long created;
        try {
            List<Future<?>> creating = new ArrayList<>();
            for (int i = 0; i < triggers; i++) {
                String name = "many-" + i;
                creating.add(creators.submit(
                        () -> api.resource(parsed(trigger(name, type(name)))).create()));
            }
            for (Future<?> each : creating) {
                each.get();
            }
            created = System.nanoTime();
        } catch (ExecutionException e) {
            throw new IllegalStateException("a Trigger could not be created", e.getCause());
        } finally {
            creators.shutdownNow();
        }
        long all = ready.await(samples + triggers);
        row(triggers + " Triggers, from the first to the last that is created", seconds(created - start), "");
        row("the same until all are Ready", seconds(all - start), "");
        cpuSince(cpu)
                .forEach((role, micros) ->
                        row("the same, CPU time of " + role, String.format(Locale.ROOT, "%.1f s", micros / 1e6), ""));
        requests(kubernetes, asked, "for each of " + triggers, triggers, "");
    }

    // ---- until an event is delivered --------------------------------------------------------------------------------

    private void effect(KubernetesUnderTest kubernetes, SluiceUnderTest ingress) throws InterruptedException {
        Histogram sinceCommand = micros();
        Histogram sinceEnd = micros();
        kubernetes.kubectl().apply(trigger(EDITED, type("none")));
        kubernetes.kubectl().must("wait", "--for=condition=Ready", "trigger/" + EDITED, "--timeout=60s");
        try (OpenLoad load = new OpenLoad(
                vertx,
                ingress.url(BROKER),
                PER_SECOND,
                producer -> producer.request(Long.toString(nextId()), posted))) {
            load.run();
            for (int edit = 0; edit < EDITS; edit++) {
                posted = type("edit-" + edit);
                awaitQuiet();
                witness.forget();
                long start = System.nanoTime();
                kubernetes.kubectl().apply(trigger(EDITED, posted));
                long end = System.nanoTime();
                long limit = end + PATIENCE_NANOS;
                while (witness.firstNanos() == 0) {
                    if (System.nanoTime() - limit > 0) {
                        throw new IllegalStateException("no event came by the filter for a minute");
                    }
                    Thread.sleep(5);
                }
                sinceCommand.recordValue(micros(witness.firstNanos() - start));
                sinceEnd.recordValue(micros(Math.max(0, witness.firstNanos() - end)));
            }
        }
        row("from the command kubectl apply of a filter to an event by it", times(sinceCommand), "");
        row("the same from the end of the command", times(sinceEnd), "p99 1,000 ms");
    }

    /** Asked for on one event loop. */
    private long nextId() {
        lastId = Math.max(lastId + 1, System.nanoTime());
        return lastId;
    }

    private void awaitQuiet() throws InterruptedException {
        int before;
        do {
            before = witness.received();
            Thread.sleep(QUIET_MILLIS);
        } while (witness.received() != before);
    }

    // ---- nothing ----------------------------------------------------------------------------------------------------

    private void idle(KubernetesUnderTest kubernetes) throws Exception {
        Thread.sleep(SETTLE_MILLIS);
        int asked = kubernetes.requests().size();
        Map<String, Long> cpu = cpu();
        Thread.sleep(IDLE_MILLIS);
        Map<String, Long> spent = cpuSince(cpu);
        for (Map.Entry<String, SluiceUnderTest> role : roles.entrySet()) {
            row(
                    "resident memory of " + role.getKey() + " with " + triggers + " Triggers",
                    String.format(
                            Locale.ROOT, "%.0f MB", role.getValue().process().residentBytes() / 1e6),
                    role.getKey().equals("dispatcher") ? "768 MiB (its limit)" : "512 MiB (its limit)");
        }
        spent.forEach((role, micros) -> row(
                "CPU of " + role + " while nothing happens",
                String.format(
                        Locale.ROOT, "%.1f %% of a core", 100.0 * micros / TimeUnit.MILLISECONDS.toMicros(IDLE_MILLIS)),
                ""));
        requests(kubernetes, asked, "a minute while nothing happens", IDLE_MILLIS / 60_000.0, "the Lease alone");
    }

    // ---- a folder ---------------------------------------------------------------------------------------------------

    private void folder() throws Exception {
        Histogram saved = micros();
        try (SluiceUnderTest sluice = SluiceUnderTest.start(
                folder -> Files.writeString(folder.resolve("broker.yaml"), SluiceUnderTest.broker(BROKER)))) {
            HttpClient client = HttpClient.newHttpClient();
            for (int i = 0; i < samples; i++) {
                String name = "file-" + i;
                Path written = Files.writeString(sluice.resources().resolve("." + name), trigger(name, type(name)));
                HttpRequest asking = HttpRequest.newBuilder(
                                URI.create(sluice.adminUrl("/api/v1/triggers/" + NAMESPACE + "/" + name)))
                        .build();
                long start = System.nanoTime();
                Files.move(written, sluice.resources().resolve(name + ".yaml"), StandardCopyOption.ATOMIC_MOVE);
                while (!isReady(client.send(asking, BodyHandlers.ofString()))) {
                    if (System.nanoTime() - start > PATIENCE_NANOS) {
                        throw new IllegalStateException(name + " is not Ready after a minute");
                    }
                    Thread.sleep(5);
                }
                saved.recordValue(micros(System.nanoTime() - start));
            }
        }
        row("a file that is saved in a folder until its Trigger is Ready", times(saved), "p99 500 ms");
    }

    private static boolean isReady(HttpResponse<String> answer) {
        return answer.statusCode() == 200 && ReadyTriggers.isReady(parsed(answer.body()));
    }

    // -----------------------------------------------------------------------------------------------------------------

    private static NonNamespaceOperation<GenericKubernetesResource, ?, Resource<GenericKubernetesResource>> api(
            KubernetesUnderTest kubernetes) {
        MixedOperation<GenericKubernetesResource, ?, Resource<GenericKubernetesResource>> all =
                kubernetes.client().genericKubernetesResources(TRIGGERS);
        return all.inNamespace(NAMESPACE);
    }

    private static GenericKubernetesResource parsed(String text) {
        return Serialization.unmarshal(text, GenericKubernetesResource.class);
    }

    private String trigger(String name, String type) {
        String documents = SluiceUnderTest.trigger(name, BROKER, type, witness.url());
        return documents.substring(0, documents.indexOf("---"));
    }

    private static String type(String name) {
        return Producer.TYPE + "." + name;
    }

    private Map<String, Long> cpu() throws IOException {
        Map<String, Long> cpu = new LinkedHashMap<>();
        for (Map.Entry<String, SluiceUnderTest> role : roles.entrySet()) {
            cpu.put(role.getKey(), role.getValue().process().cpuMicros());
        }
        return cpu;
    }

    private Map<String, Long> cpuSince(Map<String, Long> before) throws IOException {
        Map<String, Long> spent = new LinkedHashMap<>();
        cpu().forEach((role, micros) -> spent.put(role, micros - before.getOrDefault(role, 0L)));
        return spent;
    }

    /**
     * What each role asked of the API server since then.
     *
     * @param since the number of requests before
     * @param per what the counts are divided by
     */
    private void requests(KubernetesUnderTest kubernetes, int since, String what, double per, String aim) {
        List<ApiRequest> all = kubernetes.requests();
        Map<String, Map<String, Integer>> byRole = new LinkedHashMap<>();
        roles.keySet().forEach(role -> byRole.put(KubernetesUnderTest.account(role), new TreeMap<>()));
        for (ApiRequest request : all.subList(since, all.size())) {
            Map<String, Integer> counts = byRole.get(request.account());
            if (counts != null) {
                String refused = request.code() >= 400 ? " (" + request.code() + ")" : "";
                counts.merge(request.verb() + " " + request.resource() + refused, 1, Integer::sum);
            }
        }
        byRole.forEach((account, counts) -> {
            List<String> texts = new ArrayList<>();
            counts.forEach((request, count) -> texts.add(String.format(Locale.ROOT, "%s %.2f", request, count / per)));
            row("requests of " + account + " " + what, texts.isEmpty() ? "none" : String.join(", ", texts), aim);
        });
    }

    private static Histogram micros() {
        return new Histogram(TimeUnit.MINUTES.toMicros(5), 3);
    }

    private static long micros(long nanos) {
        return TimeUnit.NANOSECONDS.toMicros(nanos);
    }

    private static String times(Histogram micros) {
        return String.format(
                Locale.ROOT,
                "p50 %.0f ms, p99 %.0f ms (%d)",
                micros.getValueAtPercentile(50) / 1e3,
                micros.getValueAtPercentile(99) / 1e3,
                micros.getTotalCount());
    }

    private static String seconds(long nanos) {
        return String.format(Locale.ROOT, "%.1f s", nanos / 1e9);
    }

    private void row(String what, String measured, String aim) {
        String row = "| " + what + " | " + measured + " | " + aim + " |";
        System.err.println(row);
        rows.add(row);
    }

    private static String[] with(String[] some, String... others) {
        List<String> all = new ArrayList<>(List.of(some));
        all.addAll(List.of(others));
        return all.toArray(String[]::new);
    }
}
