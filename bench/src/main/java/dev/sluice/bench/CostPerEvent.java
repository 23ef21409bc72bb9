/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.bench;

import dev.sluice.server.Main;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What one event costs from the producer's request to the subscriber's answer, in CPU time of the process under
 * measurement, beside what the bare server and the bare client cost in the same rounds. The machine is noisy, so the
 * three take turns, and the ratio is formed round by round.
 */
public final class CostPerEvent {

    private static final int CONNECTIONS = 64;
    private static final long WARM_UP_MILLIS = Long.getLong("sluice.bench.warmup", 20_000);
    private static final long MEASURE_MILLIS = Long.getLong("sluice.bench.measure", 10_000);
    private static final Pattern INGRESS = Pattern.compile("ingress=\\S*?:(\\d+)");

    private CostPerEvent() {}

    /** @param args the number of rounds, 5 if absent */
    public static void main(String[] args) throws Exception {
        int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 5;
        Vertx vertx = Vertx.vertx();
        Sink sink = Sink.start(vertx);
        List<Double> ratios = new ArrayList<>();
        System.out.println("round  L1 us  L3 us  Sluice us  ratio  events/s");
        for (int round = 1; round <= rounds; round++) {
            Cost server = bareServer(vertx);
            Cost client = bareClient(sink);
            Cost sluice = sluice(vertx, sink);
            double ratio = sluice.micros() / (server.micros() + client.micros());
            ratios.add(ratio);
            System.out.printf(
                    Locale.ROOT,
                    "%5d  %5.1f  %5.1f  %9.1f  %5.2f  %8.0f%n",
                    round,
                    server.micros(),
                    client.micros(),
                    sluice.micros(),
                    ratio,
                    sluice.perSecond());
        }
        ratios.sort(null);
        System.out.printf(
                Locale.ROOT,
                "ratio: median %.2f, from %.2f to %.2f%n",
                ratios.get(ratios.size() / 2),
                ratios.get(0),
                ratios.get(ratios.size() - 1));
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    private record Cost(double micros, double perSecond) {}

    private static Cost bareServer(Vertx vertx) throws Exception {
        int port = freePort();
        try (Measured server = Measured.start(BareServer.class, List.of(Integer.toString(port)))) {
            Load load = Load.start(vertx, "http://127.0.0.1:" + port + "/", CONNECTIONS);
            try {
                return measure(server, load::accepted);
            } finally {
                load.stop();
            }
        }
    }

    private static Cost bareClient(Sink sink) throws Exception {
        try (Measured client = Measured.start(BareClient.class, List.of(sink.url(), Integer.toString(CONNECTIONS)))) {
            return measure(client, sink::received);
        }
    }

    private static Cost sluice(Vertx vertx, Sink sink) throws Exception {
        Path folder = Files.createTempDirectory("sluice-bench");
        Path resources = Files.writeString(folder.resolve("bench.yaml"), """
                apiVersion: eventing.knative.dev/v1
                kind: Broker
                metadata: {name: bench}
                ---
                apiVersion: eventing.knative.dev/v1
                kind: Trigger
                metadata: {name: all}
                spec:
                  broker: bench
                  filter: {attributes: {type: dev.sluice.bench}}
                  subscriber: {uri: "%s"}
                """.formatted(sink.url()));
        List<String> args = List.of(
                "serve",
                "-f",
                resources.toString(),
                "--ingress-port=0",
                "--admin-port=0",
                "--data-dir=" + folder.resolve("data"));
        try (Measured server = Measured.start(Main.class, args)) {
            Matcher port = INGRESS.matcher(server.readyLine());
            if (!port.find()) {
                throw new IOException("no ingress port in: " + server.readyLine());
            }
            Load load = Load.start(
                    vertx, "http://127.0.0.1:" + port.group(1) + "/default/bench", CONNECTIONS, behind(sink));
            try {
                return measure(server, sink::received);
            } finally {
                load.stop();
            }
        }
    }

    /** What the sink has got since now. */
    private static LongSupplier behind(Sink sink) {
        long before = sink.received();
        return () -> sink.received() - before;
    }

    private static Cost measure(Measured process, LongSupplier events) throws Exception {
        Thread.sleep(WARM_UP_MILLIS);
        long cpuBefore = process.cpuMicros();
        long eventsBefore = events.getAsLong();
        long startNanos = System.nanoTime();
        Thread.sleep(MEASURE_MILLIS);
        double count = events.getAsLong() - eventsBefore;
        double seconds = (System.nanoTime() - startNanos) / 1e9;
        return new Cost((process.cpuMicros() - cpuBefore) / count, count / seconds);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
