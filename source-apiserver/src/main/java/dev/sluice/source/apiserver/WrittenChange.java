/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.source.apiserver;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.source.Webhook;
import dev.sluice.api.source.WebhookOutcome;
import dev.sluice.api.source.WebhookOutcome.Answer;
import dev.sluice.api.source.WebhookOutcome.Refuse;
import dev.sluice.api.source.WebhookRequest;
import io.cloudevents.CloudEvent;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A change of an object that a person has written down as an HTTP request: {@code POST}, {@code PUT} or {@code DELETE}, the path
 * of the object as the API server has it, and the object as JSON. Selectors of labels are the API server's to apply, and not
 * tried.
 */
final class WrittenChange implements Webhook {

    /** Where no cluster is known. */
    static final String SOME_API_SERVER = "https://kubernetes.default.svc";

    private final ResourceName name;
    private final ApiServerDefinition definition;
    private final String address;

    /** @param address of the API server */
    WrittenChange(ResourceName name, ApiServerDefinition definition, String address) {
        this.name = requireNonNull(name, "name");
        this.definition = requireNonNull(definition, "definition");
        this.address = requireNonNull(address, "address");
    }

    @Override
    public WebhookOutcome receive(WebhookRequest request) {
        Verb verb = verb(request.method());
        if (verb == null) {
            return refused("no change of an object");
        }
        JsonNode object = object(request);
        String apiVersion = object.path("apiVersion").asText();
        String kind = object.path("kind").asText();
        Identity identity = Identity.of(object.path("metadata"));
        if (apiVersion.isEmpty() || kind.isEmpty() || identity.name().isEmpty()) {
            return refused("the body is no object of Kubernetes, which has apiVersion, kind and metadata.name");
        }
        WatchedKind watched = watched(apiVersion, kind);
        if (watched == null) {
            return none("spec.resources has no " + kind + " of " + apiVersion);
        }
        String plural = plural(request.target(), watched, identity.namespace());
        if (plural.isEmpty()) {
            return refused("\"" + request.target() + "\" is not the path of this object");
        }
        if (definition.scope().isOwn()
                && !identity.namespace().isEmpty()
                && !identity.namespace().equals(name.namespace())) {
            return none("the source watches the namespace " + name.namespace());
        }
        if (identity.isPosition() || !definition.owner().controls(identity)) {
            return none(
                    identity.isPosition() ? "it is the position of a source" : "spec.owner is not what controls it");
        }
        CloudEvent event = new EventMapping(definition.mode(), address, watched, plural)
                .event(verb, identity, request.body().getBytes(), request.arrival());
        return definition.filter().matches(event)
                ? new WebhookOutcome.Emit(event)
                : none("spec.filters leave " + event.getType() + " out");
    }

    private static @Nullable Verb verb(String method) {
        return switch (method) {
            case "POST" -> Verb.ADD;
            case "PUT", "PATCH" -> Verb.UPDATE;
            case "DELETE" -> Verb.DELETE;
            default -> null;
        };
    }

    private static JsonNode object(WebhookRequest request) {
        try {
            return WatchLine.JSON.readTree(request.body().getBytes());
        } catch (IOException e) {
            return MissingNode.getInstance();
        }
    }

    private @Nullable WatchedKind watched(String apiVersion, String kind) {
        for (WatchedKind each : definition.resources()) {
            if (each.apiVersion().equals(apiVersion) && each.kind().equals(kind)) {
                return each;
            }
        }
        return null;
    }

    /** What its objects are called in paths; empty if it is another's path. */
    private static String plural(String target, WatchedKind kind, String namespace) {
        String before = kind.path() + "/" + (namespace.isEmpty() ? "" : "namespaces/" + namespace + "/");
        int query = target.indexOf('?');
        String path = query < 0 ? target : target.substring(0, query);
        if (!path.startsWith(before)) {
            return "";
        }
        int end = path.indexOf('/', before.length());
        return path.substring(before.length(), end < 0 ? path.length() : end);
    }

    private static Answer none(String why) {
        return Answer.text("", why);
    }

    private static Refuse refused(String error) {
        return new Refuse(
                WebhookOutcome.Kind.BAD_REQUEST,
                error,
                "name a file with --request that has the line POST, PUT or DELETE and the path of the object, such as POST"
                        + " /api/v1/namespaces/shop/configmaps/cart HTTP/1.1, an empty line, and the object as JSON");
    }
}
