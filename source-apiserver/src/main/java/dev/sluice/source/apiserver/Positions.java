/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.source.apiserver;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.api.routing.ResourceName;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Where a source keeps how far its watches have got: a ConfigMap in the namespace of Sluice, of the cluster that is watched,
 * so that whichever process takes the source over goes on from there. Without events of its own, see {@link #LABEL}.
 */
final class Positions {

    /** On every such ConfigMap. A source that watches ConfigMaps would otherwise go on telling of itself for ever. */
    static final String LABEL = "sources.sluice.dev/position";

    private static final String KEY = "position.json";
    private static final String UID = "uid";
    private static final int LONGEST_NAME = 253;

    private final KubeApi api;
    private final String collection;
    private final String namespace;
    private final String object;
    private final String uid;

    /**
     * @param namespace of Sluice itself
     * @param uid of the source; empty if it has none
     */
    Positions(KubeApi api, String namespace, ResourceName source, String uid) {
        this.api = requireNonNull(api, "api");
        this.namespace = requireNonNull(namespace, "namespace");
        collection = "/api/v1/namespaces/" + namespace + "/configmaps/";
        object = nameOf(source);
        this.uid = requireNonNull(uid, "uid");
    }

    private static String nameOf(ResourceName source) {
        String full = source.namespace() + "." + source.name();
        String prefix = "sluice-apiserversource.";
        return prefix.length() + full.length() <= LONGEST_NAME
                ? prefix + full
                : prefix + UUID.nameUUIDFromBytes(full.getBytes(StandardCharsets.UTF_8));
    }

    /** Printed as people name it. */
    @Override
    public String toString() {
        return "ConfigMap " + namespace + "/" + object;
    }

    /**
     * What was kept.
     *
     * @param at when
     * @param versions by watch
     */
    record Kept(Instant at, Map<String, String> versions) {

        static final Kept NOTHING = new Kept(Instant.EPOCH, Map.of());

        Kept {
            requireNonNull(at, "at");
            versions = Map.copyOf(versions);
        }
    }

    /** Nothing, if there is none, none that can be read, or the one of another source that had the name before. */
    Future<Kept> load() {
        return api.read(collection + object, KubeApi.JSON_TYPE)
                .map(map -> parsed(map.path("data").path(KEY).asText()))
                .recover(cause -> cause instanceof RefusedException refused && refused.isNotFound()
                        ? Future.succeededFuture(Kept.NOTHING)
                        : Future.failedFuture(cause));
    }

    private Kept parsed(String text) {
        try {
            JsonNode read = WatchLine.JSON.readTree(text);
            String of = read.path(UID).asText();
            if (!of.isEmpty() && !of.equals(uid)) {
                return Kept.NOTHING;
            }
            Map<String, String> versions = new TreeMap<>();
            read.path("versions")
                    .properties()
                    .forEach(each -> versions.put(each.getKey(), each.getValue().asText()));
            return new Kept(Instant.parse(read.path("at").asText()), versions);
        } catch (IOException | DateTimeParseException e) {
            return Kept.NOTHING; // Somebody has edited it. From now on, then.
        }
    }

    Future<Void> save(Kept kept) {
        ObjectNode position = WatchLine.JSON.createObjectNode();
        if (!uid.isEmpty()) {
            position.put(UID, uid);
        }
        position.put("at", kept.at().toString());
        ObjectNode versions = position.putObject("versions");
        new TreeMap<>(kept.versions()).forEach(versions::put);

        ObjectNode map = WatchLine.JSON.createObjectNode();
        map.put("apiVersion", "v1").put("kind", "ConfigMap");
        ObjectNode metadata = map.putObject("metadata");
        metadata.put("name", object).put("namespace", namespace);
        metadata.putObject("labels").put(LABEL, "true");
        map.putObject("data").put(KEY, position.toString());
        return api.send(
                        "PATCH",
                        collection + object + "?fieldManager=sluice&force=true",
                        "application/apply-patch+yaml",
                        map.toString())
                .mapEmpty();
    }

    Future<Void> delete() {
        return api.send("DELETE", collection + object, KubeApi.JSON_TYPE, "")
                .<Void>mapEmpty()
                .recover(cause -> cause instanceof RefusedException refused && refused.isNotFound()
                        ? Future.succeededFuture()
                        : Future.failedFuture(cause));
    }
}
