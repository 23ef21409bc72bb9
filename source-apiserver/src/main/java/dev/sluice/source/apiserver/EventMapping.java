/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.source.apiserver;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.v1.CloudEventBuilder;
import java.net.URI;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.UUID;

/** Makes the events of one kind of objects, with the attributes that Knative's have. Immutable. */
final class EventMapping {

    private final Mode mode;
    private final URI source;
    private final WatchedKind kind;
    private final String plural;

    /**
     * @param source the address of the API server
     * @param plural as the kind's objects are called in paths, such as {@code configmaps}
     */
    EventMapping(Mode mode, String source, WatchedKind kind, String plural) {
        this.mode = requireNonNull(mode, "mode");
        this.source = URI.create(source);
        this.kind = requireNonNull(kind, "kind");
        this.plural = requireNonNull(plural, "plural");
    }

    /**
     * An event. Told again, of the same version, it has the same id.
     *
     * @param object its bytes, which are the data in mode Resource; not looked at in mode Reference
     */
    CloudEvent event(Verb verb, Identity identity, byte[] object, Instant time) {
        CloudEventBuilder event = new CloudEventBuilder()
                .withId(id(verb, identity))
                .withType(mode.type(verb))
                .withSource(source)
                .withSubject(subject(identity))
                .withTime(time.atOffset(ZoneOffset.UTC))
                .withExtension("apiversion", kind.apiVersion())
                .withExtension("kind", kind.kind())
                .withExtension("name", identity.name())
                .withData("application/json", mode == Mode.RESOURCE ? object : reference(identity));
        if (!identity.namespace().isEmpty()) {
            event.withExtension("namespace", identity.namespace());
        }
        return event.build();
    }

    private String id(Verb verb, Identity identity) {
        String text = identity.key() + " " + identity.resourceVersion() + " " + mode.type(verb);
        return UUID.nameUUIDFromBytes(text.getBytes(UTF_8)).toString();
    }

    /** As Knative writes it, {@code /apis} also before the core group; an object of the cluster has no namespace in it. */
    private String subject(Identity identity) {
        return "/apis/" + kind.apiVersion()
                + (identity.namespace().isEmpty() ? "" : "/namespaces/" + identity.namespace())
                + "/" + plural + "/" + identity.name();
    }

    private byte[] reference(Identity identity) {
        ObjectNode reference = WatchLine.JSON.createObjectNode();
        reference.put("kind", kind.kind());
        if (!identity.namespace().isEmpty()) {
            reference.put("namespace", identity.namespace());
        }
        reference.put("name", identity.name());
        reference.put("apiVersion", kind.apiVersion());
        return reference.toString().getBytes(UTF_8);
    }

    /** What is left to say of an object that is gone and was not seen going. */
    byte[] remains(Identity identity) {
        ObjectNode object = WatchLine.JSON.createObjectNode();
        object.put("apiVersion", kind.apiVersion());
        object.put("kind", kind.kind());
        ObjectNode metadata = object.putObject("metadata");
        metadata.put("name", identity.name());
        if (!identity.namespace().isEmpty()) {
            metadata.put("namespace", identity.namespace());
        }
        metadata.put("uid", identity.uid());
        metadata.put("resourceVersion", identity.resourceVersion());
        return object.toString().getBytes(UTF_8);
    }
}
