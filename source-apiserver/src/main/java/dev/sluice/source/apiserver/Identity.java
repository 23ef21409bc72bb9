/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.source.apiserver;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.time.format.DateTimeParseException;

/**
 * What has to be known of an object, of its {@code metadata}.
 *
 * @param namespace empty for an object of the cluster
 * @param created {@link Instant#EPOCH} if it does not say
 * @param ownerApiVersion of the owner that controls it; empty if there is none
 * @param ownerKind of the same
 * @param isPosition whether a source keeps its position in it
 */
record Identity(
        String namespace,
        String name,
        String uid,
        String resourceVersion,
        Instant created,
        String ownerApiVersion,
        String ownerKind,
        boolean isPosition) {

    Identity {
        requireNonNull(namespace, "namespace");
        requireNonNull(name, "name");
        requireNonNull(uid, "uid");
        requireNonNull(resourceVersion, "resourceVersion");
        requireNonNull(created, "created");
        requireNonNull(ownerApiVersion, "ownerApiVersion");
        requireNonNull(ownerKind, "ownerKind");
    }

    static Identity of(JsonNode metadata) {
        String ownerApiVersion = "";
        String ownerKind = "";
        for (JsonNode owner : metadata.path("ownerReferences")) {
            if (owner.path("controller").asBoolean()) {
                ownerApiVersion = owner.path("apiVersion").asText();
                ownerKind = owner.path("kind").asText();
            }
        }
        return new Identity(
                metadata.path("namespace").asText(),
                metadata.path("name").asText(),
                metadata.path("uid").asText(),
                metadata.path("resourceVersion").asText(),
                created(metadata.path("creationTimestamp").asText()),
                ownerApiVersion,
                ownerKind,
                metadata.path("labels").has(Positions.LABEL));
    }

    private static Instant created(String text) {
        try {
            return text.isEmpty() ? Instant.EPOCH : Instant.parse(text);
        } catch (DateTimeParseException e) {
            return Instant.EPOCH; // It decides between add and update after a gap, and about nothing else.
        }
    }

    /** By what its events are kept in order. */
    String key() {
        return uid.isEmpty() ? namespace + "/" + name : uid;
    }
}
