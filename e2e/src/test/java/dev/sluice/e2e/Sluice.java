/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.e2e.EventMessage.Mode;
import io.cloudevents.CloudEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestWatcher;

/**
 * A running server with a folder of resources of its own, and a client for its doors. In a static field it serves all
 * tests of a class; each test takes a {@linkplain #namespace() namespace} of its own, so that none sees another's, and
 * what it wrote is taken away after it, so that none of its triggers goes on trying in the tests that follow. Deleting
 * takes effect a little later: a subscriber that counts belongs to one test.
 */
final class Sluice implements AutoCloseable, BeforeEachCallback, AfterEachCallback, AfterAllCallback, TestWatcher {

    /** How long a change of a file may take to be in force. */
    static final Duration EFFECT = Duration.ofSeconds(1);

    /** How long tests wait for what takes no time on a machine that has nothing else to do. */
    static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final AtomicInteger NAMESPACES = new AtomicInteger();

    private final Path folder;
    private final boolean ownsFolder;
    private final SluiceProcess process;
    private Duration patience = PATIENCE;
    private final Set<String> writtenByTest = ConcurrentHashMap.newKeySet();
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private Sluice(Path folder, boolean ownsFolder, SluiceProcess process) {
        this.folder = folder;
        this.ownsFolder = ownsFolder;
        this.process = process;
    }

    /** Starts a server with an empty folder and these options. */
    static Sluice start(String... options) {
        return start(process -> process.option(options));
    }

    /** A client for a process that someone else starts and ends. */
    static Sluice of(Path folder, SluiceProcess process) {
        return new Sluice(folder, false, process);
    }

    /** How long it waits for resources to become Ready, where that takes others than this process. */
    Sluice waitingFor(Duration longer) {
        patience = longer;
        return this;
    }

    static Sluice start(Consumer<SluiceProcess.Builder> settings) {
        Path folder = Scratch.folder("resources");
        try {
            SluiceProcess.Builder builder = SluiceProcess.serve(folder);
            settings.accept(builder);
            return new Sluice(folder, true, builder.start());
        } catch (RuntimeException | Error e) {
            Scratch.delete(folder);
            throw e;
        }
    }

    SluiceProcess process() {
        return process;
    }

    Path folder() {
        return folder;
    }

    /** A namespace that no other test uses. */
    static String namespace() {
        return "ns-" + NAMESPACES.incrementAndGet();
    }

    // ---- resources ----------------------------------------------------------------------------------------------

    /** Puts a file into the folder, or another in its place, at one stroke. */
    Path write(String name, String... documents) {
        try {
            Path hidden = folder.resolve("." + name.replace('/', '_') + ".tmp");
            Files.writeString(hidden, String.join("\n---\n", documents));
            Path file = folder.resolve(name);
            Files.createDirectories(file.getParent());
            writtenByTest.add(name);
            return Files.move(hidden, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void delete(String name) {
        try {
            Files.delete(folder.resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Writes a Broker {@code default} and more resources of one namespace to a file of the namespace's name and waits until
     * all are Ready, but for Secrets.
     *
     * @param resources as {@link Manifests} makes them
     */
    void apply(String namespace, String... resources) {
        var documents = new ArrayList<String>(List.of(Manifests.broker(namespace, "default")));
        documents.addAll(List.of(resources));
        write(namespace + ".yaml", documents.toArray(String[]::new));
        for (String each : documents) {
            String kind = Manifests.kind(each);
            if (!kind.equals("Secret")) {
                awaitReady(kind.toLowerCase(Locale.ROOT) + "s", namespace, Manifests.name(each));
            }
        }
    }

    void awaitReady(String plural, String namespace, String name) {
        await("%s %s/%s is Ready; standard error:%n%s".formatted(plural, namespace, name, process.tail()))
                .atMost(patience)
                .until(() -> "True".equals(ready(plural, namespace, name)));
    }

    /** The status of the Ready condition, or an empty text for a resource that is not there. */
    String ready(String plural, String namespace, String name) {
        return condition(plural, namespace, name, "Ready").path("status").asText("");
    }

    /** A condition of a resource; a missing node where there is none. */
    JsonNode condition(String plural, String namespace, String name, String type) {
        for (JsonNode condition :
                resource(plural, namespace, name).path("status").path("conditions")) {
            if (condition.path("type").asText().equals(type)) {
                return condition;
            }
        }
        return JSON.missingNode();
    }

    /** A resource as the admin API shows it; a missing node if there is none. */
    JsonNode resource(String plural, String namespace, String name) {
        HttpResponse<String> response = get(process.admin("/api/v1/" + plural + "/" + namespace + "/" + name));
        return response.statusCode() == 200 ? json(response) : JSON.missingNode();
    }

    // ---- events -------------------------------------------------------------------------------------------------

    URI ingress(String namespace) {
        return process.ingress(namespace, "default");
    }

    /** Posts an event in binary mode to the namespace's Broker {@code default} and asks for a 202. */
    void send(String namespace, CloudEvent event) {
        HttpResponse<String> response = post(ingress(namespace), event);
        if (response.statusCode() != 202) {
            throw new AssertionError(response.statusCode() + " " + response.body());
        }
    }

    HttpResponse<String> post(URI to, CloudEvent event) {
        return post(to, Mode.BINARY.of(event));
    }

    HttpResponse<String> post(URI to, EventMessage message) {
        return exchange(request(to, message));
    }

    CompletableFuture<HttpResponse<String>> postAsync(URI to, CloudEvent event) {
        return client.sendAsync(request(to, Mode.BINARY.of(event)), BodyHandlers.ofString());
    }

    static HttpRequest request(URI to, EventMessage message) {
        return request(to, message.headers(), message.body());
    }

    static HttpRequest request(URI to, Map<String, String> headers, byte[] body) {
        var request = HttpRequest.newBuilder(to).timeout(PATIENCE).POST(BodyPublishers.ofByteArray(body));
        headers.forEach(request::header);
        return request.build();
    }

    HttpResponse<String> exchange(HttpRequest request) {
        try {
            return client.send(request, BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    HttpResponse<String> get(URI uri) {
        return exchange(HttpRequest.newBuilder(uri).timeout(PATIENCE).build());
    }

    static JsonNode json(HttpResponse<String> response) {
        try {
            return JSON.readTree(response.body());
        } catch (JsonProcessingException e) {
            throw new AssertionError("no JSON in the answer " + response.statusCode() + ": " + response.body(), e);
        }
    }

    /**
     * The value of a meter at {@code /metrics}, summed over all series whose labels include these.
     *
     * @param labels as they stand in the text format, such as {@code trigger="orders"}
     */
    double meter(String name, String... labels) {
        return get(process.admin("/metrics"))
                .body()
                .lines()
                .filter(line -> line.startsWith(name + "{") || line.startsWith(name + " "))
                .filter(line -> Arrays.stream(labels).allMatch(line::contains))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    // ---- life cycle ---------------------------------------------------------------------------------------------

    @Override
    public void testFailed(ExtensionContext context, Throwable cause) {
        System.err.println(context.getDisplayName() + " failed; the end of the server's standard error:\n"
                + Optional.of(process.tail()).filter(tail -> !tail.isBlank()).orElse("(nothing)"));
    }

    /** What was written before the first test is there for all of them. */
    @Override
    public void beforeEach(ExtensionContext context) {
        writtenByTest.clear();
    }

    @Override
    public void afterEach(ExtensionContext context) throws IOException {
        for (String name : writtenByTest) {
            Files.deleteIfExists(folder.resolve(name));
        }
    }

    @Override
    public void afterAll(ExtensionContext context) {
        close();
    }

    @Override
    public void close() {
        process.close();
        if (ownsFolder) {
            Scratch.delete(folder);
        }
    }
}
