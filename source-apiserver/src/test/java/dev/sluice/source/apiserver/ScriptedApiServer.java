/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.source.apiserver;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import dev.sluice.testkit.Waiting;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;

/**
 * What a Kubernetes API server does about lists and watches, for what a real one does only after minutes or by accident: it
 * forgets versions, breaks connections off, and refuses, all as it is told. It serves ConfigMaps and Namespaces of {@code
 * v1}; a selector of labels is a single {@code key=value}.
 */
final class ScriptedApiServer implements AutoCloseable {

    private final HttpServer server;

    // Guarded by this.
    private final Map<String, JsonObject> objects = new TreeMap<>();
    private final List<Change> history = new ArrayList<>();
    private final List<Open> open = new ArrayList<>();
    private long version = 100;
    private long oldest;
    private boolean holdsSaves;
    private final List<Runnable> heldSaves = new ArrayList<>();
    private boolean forbidden;
    private boolean knowsKinds = true;
    private int pageSize = Integer.MAX_VALUE;

    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final List<String> users = new CopyOnWriteArrayList<>();

    private record Change(long version, String type, JsonObject object) {}

    private record Open(String path, String selector, HttpServerRequest request) {

        HttpServerResponse response() {
            return request.response();
        }
    }

    private ScriptedApiServer(Vertx vertx) {
        server =
                Waiting.on(vertx.createHttpServer().requestHandler(this::answer).listen(0, "127.0.0.1"));
    }

    static ScriptedApiServer start(Vertx vertx) {
        return new ScriptedApiServer(vertx);
    }

    String url() {
        return "http://127.0.0.1:" + server.actualPort();
    }

    /** Method, path and query of all requests, in order. */
    List<String> requests() {
        return requests;
    }

    /** Those as whom it was asked for objects of this plural. */
    Set<String> usersOf(String plural) {
        return users.stream()
                .filter(each -> each.startsWith(plural + " "))
                .map(each -> each.substring(plural.length() + 1))
                .collect(Collectors.toSet());
    }

    // ---- what a test does
    // ---------------------------------------------------------------------------------------------

    synchronized void put(String namespace, String name, String value) {
        put("configmaps", namespace, name, value, Map.of());
    }

    synchronized void put(String plural, String namespace, String name, String value, Map<String, ?> metadata) {
        String key = key(plural, namespace, name);
        JsonObject before = objects.get(key);
        JsonObject meta = before == null
                ? new JsonObject()
                        .put("name", name)
                        .put("uid", "uid-" + ++version)
                        .put(
                                "creationTimestamp",
                                Instant.now().truncatedTo(ChronoUnit.SECONDS).toString())
                : before.getJsonObject("metadata").copy();
        if (!namespace.isEmpty()) {
            meta.put("namespace", namespace);
        }
        metadata.forEach((field, content) ->
                meta.put(field, content instanceof Map<?, ?> map ? new JsonObject(strings(map)) : content));
        meta.put("resourceVersion", Long.toString(++version));
        JsonObject object = new JsonObject()
                .put("kind", plural.equals("configmaps") ? "ConfigMap" : "Namespace")
                .put("apiVersion", "v1")
                .put("metadata", meta)
                .put("data", new JsonObject().put("value", value));
        objects.put(key, object);
        happened(before == null ? "ADDED" : "MODIFIED", key, object);
    }

    private static Map<String, Object> strings(Map<?, ?> map) {
        Map<String, Object> strings = new HashMap<>();
        map.forEach((key, value) -> strings.put(String.valueOf(key), value));
        return strings;
    }

    synchronized void delete(String namespace, String name) {
        delete("configmaps", namespace, name);
    }

    synchronized void delete(String plural, String namespace, String name) {
        String key = key(plural, namespace, name);
        JsonObject gone = Objects.requireNonNull(objects.remove(key)).copy();
        gone.getJsonObject("metadata").put("resourceVersion", Long.toString(++version));
        happened("DELETED", key, gone);
    }

    /** Forgets what was before now, and says so to those who watch. */
    synchronized void forget() {
        oldest = ++version;
        history.clear();
    }

    /** Ends all watches with an error as it sends it when one can't go on. */
    synchronized void expireWatches() {
        forget();
        open.forEach(each -> write(each, "{\"type\":\"ERROR\",\"object\":" + gone() + "}"));
        open.forEach(each -> each.response().end());
        open.clear();
    }

    /** Breaks all connections off. */
    synchronized void dropConnections() {
        open.forEach(each -> each.request().connection().close());
        open.clear();
    }

    synchronized void bookmark() {
        long now = ++version;
        open.forEach(each ->
                write(each, "{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"" + now + "\"}}}"));
    }

    synchronized void forbid(boolean now) {
        forbidden = now;
    }

    /** Positions that are to be kept wait until they are let through. */
    synchronized void holdSaves() {
        holdsSaves = true;
    }

    synchronized boolean isSaveHeld() {
        return !heldSaves.isEmpty();
    }

    synchronized void letSavesThrough() {
        holdsSaves = false;
        heldSaves.forEach(Runnable::run);
        heldSaves.clear();
    }

    synchronized void knowKinds(boolean now) {
        knowsKinds = now;
    }

    synchronized void pagesOf(int size) {
        pageSize = size;
    }

    synchronized int watches() {
        return open.size();
    }

    /** Whether there is more to tell than those who watch read. */
    synchronized boolean isHeldUp() {
        return open.stream().anyMatch(each -> each.response().writeQueueFull());
    }

    void awaitWatches(int count) {
        await().atMost(Duration.ofSeconds(60)).until(() -> watches() == count);
    }

    /** How often the positions of sources were written. */
    long saves() {
        return requests.stream().filter(each -> each.startsWith("PATCH")).count();
    }

    synchronized String position() {
        return objects.entrySet().stream()
                .filter(each -> each.getKey().contains("sluice-apiserversource."))
                .map(each -> each.getValue().getJsonObject("data").getString("position.json"))
                .findFirst()
                .orElse("");
    }

    // ---- what it answers
    // ----------------------------------------------------------------------------------------------

    private static String key(String plural, String namespace, String name) {
        return (namespace.isEmpty() ? "" : "/namespaces/" + namespace) + "/" + plural + "/" + name;
    }

    private void happened(String type, String key, JsonObject object) {
        Change change = new Change(version, type, object);
        history.add(change);
        open.forEach(each -> tell(each, change));
    }

    private static boolean isIn(JsonObject object, String path) {
        JsonObject meta = object.getJsonObject("metadata");
        String plural = object.getString("kind").equals("ConfigMap") ? "configmaps" : "namespaces";
        String namespace = meta.getString("namespace", "");
        return path.equals("/" + plural) || path.equals("/namespaces/" + namespace + "/" + plural);
    }

    private static boolean isSelected(JsonObject object, String selector) {
        if (selector.isEmpty()) {
            return true;
        }
        String[] label = selector.split("=", 2);
        JsonObject labels = object.getJsonObject("metadata").getJsonObject("labels", new JsonObject());
        return label[1].equals(labels.getString(label[0]));
    }

    private static void tell(Open to, Change change) {
        if (isIn(change.object(), to.path()) && isSelected(change.object(), to.selector())) {
            write(
                    to,
                    "{\"type\":\"" + change.type() + "\",\"object\":"
                            + change.object().encode() + "}");
        }
    }

    private static void write(Open to, String line) {
        var unused = to.response().write(line + "\n");
    }

    private static String gone() {
        return status(410, "too old resource version");
    }

    private static String status(int code, String message) {
        return new JsonObject()
                .put("kind", "Status")
                .put("code", code)
                .put("message", message)
                .encode();
    }

    private void answer(HttpServerRequest request) {
        requests.add(request.method() + " " + request.uri());
        request.body().onSuccess(body -> answer(request, body.toString(UTF_8)));
    }

    private synchronized void answer(HttpServerRequest request, String body) {
        if (holdsSaves && request.method().name().equals("PATCH")) {
            heldSaves.add(() -> answer(request, body));
            return;
        }
        if (request.path().equals("/api/v1")) {
            end(
                    request,
                    200,
                    new JsonObject()
                            .put("resources", knowsKinds ? kinds() : new JsonArray())
                            .encode());
            return;
        }
        String path = request.path().substring("/api/v1".length());
        String last = path.substring(path.lastIndexOf('/') + 1);
        boolean collection = last.equals("configmaps") || last.equals("namespaces");
        if (collection || request.method().name().equals("GET")) {
            String plural = collection ? last : "configmaps";
            boolean ours = path.contains("sluice-apiserversource.");
            if (!ours) {
                users.add(plural + " " + request.getHeader("Impersonate-User"));
            }
            if (forbidden && !ours) {
                end(request, 403, status(403, plural + " is forbidden: User \"x\" cannot list resource"));
                return;
            }
        }
        switch (request.method().name()) {
            case "PATCH" -> {
                JsonObject applied = new JsonObject(body);
                JsonObject meta = applied.getJsonObject("metadata");
                put(
                        "configmaps",
                        meta.getString("namespace"),
                        meta.getString("name"),
                        "",
                        Map.of("labels", meta.getJsonObject("labels").getMap()));
                JsonObject map = Objects.requireNonNull(objects.get(path));
                map.put("data", applied.getJsonObject("data"));
                end(request, 200, map.encode());
            }
            case "DELETE" -> {
                objects.remove(path);
                end(request, 200, status(200, ""));
            }
            default -> {
                if (!collection) {
                    JsonObject object = objects.get(path);
                    end(
                            request,
                            object == null ? 404 : 200,
                            object == null ? status(404, "not found") : object.encode());
                } else if ("1".equals(request.getParam("watch"))) {
                    watch(request, path);
                } else {
                    list(request, path);
                }
            }
        }
    }

    private static JsonArray kinds() {
        return new JsonArray()
                .add(new JsonObject()
                        .put("name", "configmaps")
                        .put("kind", "ConfigMap")
                        .put("namespaced", true))
                .add(new JsonObject()
                        .put("name", "configmaps/scale")
                        .put("kind", "ConfigMap")
                        .put("namespaced", true))
                .add(new JsonObject()
                        .put("name", "namespaces")
                        .put("kind", "Namespace")
                        .put("namespaced", false));
    }

    private static void end(HttpServerRequest request, int status, String body) {
        var unused = request.response()
                .setStatusCode(status)
                .putHeader("content-type", "application/json")
                .end(body);
    }

    private static String selector(HttpServerRequest request) {
        String selector = request.getParam("labelSelector");
        return selector == null ? "" : selector;
    }

    /** The objects as they were: what happened since is undone, the last first. */
    private Map<String, JsonObject> at(long then) {
        Map<String, JsonObject> state = new TreeMap<>(objects);
        for (int i = history.size() - 1; i >= 0 && history.get(i).version() > then; i--) {
            JsonObject object = history.get(i).object();
            JsonObject meta = object.getJsonObject("metadata");
            String key = key(
                    object.getString("kind").equals("ConfigMap") ? "configmaps" : "namespaces",
                    meta.getString("namespace", ""),
                    meta.getString("name"));
            JsonObject before = null;
            for (int j = i - 1; j >= 0 && before == null; j--) {
                JsonObject earlier = history.get(j).object();
                if (earlier.getJsonObject("metadata").getString("uid").equals(meta.getString("uid"))) {
                    before = earlier;
                }
            }
            if (history.get(i).type().equals("ADDED")) {
                state.remove(key);
            } else if (before != null) {
                state.put(key, before);
            }
        }
        return state;
    }

    private void list(HttpServerRequest request, String path) {
        String exact = request.getParam("resourceVersion");
        String token = request.getParam("continue");
        long then =
                token != null ? Long.parseLong(token.split("-")[0]) : exact != null ? Long.parseLong(exact) : version;
        if (then < oldest) {
            end(request, 410, gone());
            return;
        }
        int skip = token == null ? 0 : Integer.parseInt(token.split("-")[1]);
        JsonArray items = new JsonArray();
        int seen = 0;
        boolean more = false;
        for (JsonObject object : at(then).values()) {
            if (isIn(object, path) && isSelected(object, selector(request))) {
                if (seen >= skip && items.size() < pageSize) {
                    items.add(object);
                } else if (seen >= skip) {
                    more = true;
                }
                seen++;
            }
        }
        JsonObject meta = new JsonObject().put("resourceVersion", Long.toString(then));
        if (more) {
            meta.put("continue", then + "-" + (skip + items.size()));
        }
        end(
                request,
                200,
                new JsonObject().put("metadata", meta).put("items", items).encode());
    }

    private void watch(HttpServerRequest request, String path) {
        long from = Long.parseLong(request.getParam("resourceVersion"));
        HttpServerResponse response = request.response().setChunked(true);
        Open watch = new Open(path, selector(request), request);
        if (from < oldest) {
            var unused = response.write("{\"type\":\"ERROR\",\"object\":" + gone() + "}\n");
            var unusedEnd = response.end();
            return;
        }
        var unusedHead = response.writeHead();
        history.stream().filter(change -> change.version() > from).forEach(change -> tell(watch, change));
        open.add(watch);
        request.connection().closeHandler(closed -> {
            synchronized (this) {
                open.remove(watch);
            }
        });
    }

    @Override
    public void close() {
        Waiting.on(server.close());
    }
}
