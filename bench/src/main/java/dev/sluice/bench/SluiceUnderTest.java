/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A Sluice under measurement, started by its launcher with one folder of resources, on free ports. */
final class SluiceUnderTest implements AutoCloseable {

    private static final String ROOT = System.getProperty("sluice.bench.root", ".");
    private static final Pattern INGRESS = Pattern.compile("ingress=\\S*?:(\\d+)");
    private static final Pattern ADMIN = Pattern.compile("admin=\\S*?:(\\d+)");
    private static final Pattern SOURCES = Pattern.compile("sources=\\S*?:(\\d+)");

    private final Path folder;
    /** Whether the folder goes with this process; it stays for another one that was started beside it. */
    private final boolean ownsFolder;

    private final Measured process;
    private final double secondsToReady;
    /** Empty for a process that takes nothing in. */
    private final String port;

    private SluiceUnderTest(Path folder, boolean ownsFolder, Measured process, double secondsToReady) {
        this.folder = folder;
        this.ownsFolder = ownsFolder;
        this.process = process;
        this.secondsToReady = secondsToReady;
        Matcher matcher = INGRESS.matcher(process.readyLine());
        port = matcher.find() ? matcher.group(1) : "";
    }

    interface Resources {
        void write(Path into) throws IOException;
    }

    /** A broker and so many triggers, all in one file. */
    static Resources oneFile(String broker, int triggers, IntFunction<String> trigger) {
        return folder -> {
            StringBuilder text = new StringBuilder(broker);
            for (int i = 0; i < triggers; i++) {
                text.append(trigger.apply(i));
            }
            Files.writeString(folder.resolve("bench.yaml"), text);
        };
    }

    static SluiceUnderTest start(Resources resources, String... options) throws IOException {
        Path folder = Files.createTempDirectory("sluice-bench");
        try {
            resources.write(Files.createDirectory(folder.resolve("resources")));
            return start(folder, true, "data", options);
        } catch (IOException | RuntimeException e) {
            delete(folder);
            throw e;
        }
    }

    /**
     * Starts another process on the same resources, which is to be closed before this one.
     *
     * @param data the name of its data directory, which one process has at a time
     */
    SluiceUnderTest beside(String data, String... options) throws IOException {
        return start(folder, false, data, options);
    }

    /** Starts a process that takes its resources from a cluster, as whoever the kubeconfig is for. */
    static SluiceUnderTest inCluster(Path kubeconfig, String... options) throws IOException {
        Path folder = Files.createTempDirectory("sluice-bench");
        try {
            return start(
                    folder,
                    true,
                    "data",
                    List.of("--kubernetes"),
                    Map.of("KUBECONFIG", kubeconfig.toString()),
                    options);
        } catch (IOException | RuntimeException e) {
            delete(folder);
            throw e;
        }
    }

    private static SluiceUnderTest start(Path folder, boolean ownsFolder, String data, String... options)
            throws IOException {
        List<String> resources = List.of("-f", folder.resolve("resources").toString());
        return start(folder, ownsFolder, data, resources, Map.of(), options);
    }

    private static SluiceUnderTest start(
            Path folder,
            boolean ownsFolder,
            String data,
            List<String> resources,
            Map<String, String> environment,
            String... options)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(ROOT, "sluice").toString());
        command.add("serve");
        command.addAll(resources);
        command.addAll(List.of(
                "--ingress-port=0", "--sources-port=0", "--admin-port=0", "--data-dir=" + folder.resolve(data)));
        command.addAll(List.of(options));
        long startNanos = System.nanoTime();
        Measured process = Measured.start(command, environment);
        double seconds = (System.nanoTime() - startNanos) / (double) TimeUnit.SECONDS.toNanos(1);
        return new SluiceUnderTest(folder, ownsFolder, process, seconds);
    }

    static String broker(String name) {
        return """
                apiVersion: eventing.knative.dev/v1
                kind: Broker
                metadata: {name: %s}
                ---
                """.formatted(name);
    }

    static String trigger(String name, String broker, String type, String url) {
        return """
                apiVersion: eventing.knative.dev/v1
                kind: Trigger
                metadata: {name: %s}
                spec:
                  broker: %s
                  filter: {attributes: {type: %s}}
                  subscriber: {uri: "%s"}
                ---
                """.formatted(name, broker, type, url);
    }

    Measured process() {
        return process;
    }

    /** From the command to the line that says so. */
    double secondsToReady() {
        return secondsToReady;
    }

    Path resources() {
        return folder.resolve("resources");
    }

    /** Where to post events for a broker. */
    String url(String broker) {
        return "http://" + ingress() + "/default/" + broker;
    }

    /** Host and port of the ingress. */
    String ingress() {
        if (port.isEmpty()) {
            throw new IllegalStateException("no ingress port in: " + process.readyLine());
        }
        return "127.0.0.1:" + port;
    }

    /** @param path on the admin port, with a slash at its beginning */
    String adminUrl(String path) {
        Matcher matcher = ADMIN.matcher(process.readyLine());
        if (!matcher.find()) {
            throw new IllegalStateException("no admin port in: " + process.readyLine());
        }
        return "http://127.0.0.1:" + matcher.group(1) + path;
    }

    /** Where to post webhooks for a source, if there was one at the start. */
    String webhookUrl(String source) throws IOException {
        Matcher matcher = SOURCES.matcher(process.readyLine());
        if (!matcher.find()) {
            throw new IOException("no port for webhooks in: " + process.readyLine());
        }
        return "http://127.0.0.1:" + matcher.group(1) + "/default/" + source;
    }

    @Override
    public void close() throws IOException {
        try {
            process.close();
        } finally {
            if (ownsFolder) {
                delete(folder);
            }
        }
    }

    static void delete(Path folder) {
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : (Iterable<Path>) paths.sorted(Comparator.reverseOrder())::iterator) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("can't delete " + folder, e);
        }
    }
}
