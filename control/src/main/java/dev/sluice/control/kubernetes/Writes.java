/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.api.routing.ResourceName;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import java.net.HttpURLConnection;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is written into the cluster. Each call blocks until the API server has answered. It is one request, but for
 * {@link #merge} and {@link #change}, which read the object first and are two.
 */
final class Writes {

    private static final Logger LOG = LoggerFactory.getLogger(Writes.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String MERGE_PATCH = "application/merge-patch+json";
    private static final PatchContext MERGE = PatchContext.of(PatchType.JSON_MERGE);
    private static final PatchContext JSON_PATCH = PatchContext.of(PatchType.JSON);
    private static final String COMPONENT = "sluice-control";

    /** How a write ended. */
    enum Outcome {
        WRITTEN,
        /** The object is another meanwhile. Who watches it is told. */
        STALE,
        GONE
    }

    /**
     * @param resourceVersion of the object after it; empty unless it was written
     */
    record Result(Outcome outcome, String resourceVersion) {}

    private final KubernetesClient client;
    /** Tells Events of one nanosecond apart. */
    private final AtomicLong events = new AtomicLong(System.nanoTime());

    private final String component;

    Writes(KubernetesClient client) {
        this(client, COMPONENT);
    }

    /** @param component as which Events name their author */
    Writes(KubernetesClient client, String component) {
        this.client = client;
        this.component = component;
    }

    /**
     * Merges into the status of an object, unless the object is another than was read.
     *
     * @throws KubernetesClientException if the API server does not answer, or refuses
     */
    Result status(Reading read, ObjectNode patch) {
        ObjectNode body = locked(read);
        body.set("status", patch);
        return patch(read, body, true);
    }

    /**
     * Has a finalizer hold an object, or lets the object go, unless it is another than was read. Other finalizers stay.
     *
     * @throws KubernetesClientException if the API server does not answer, or refuses
     */
    Result finalizer(Reading read, String finalizer, boolean holds) {
        ObjectNode body = locked(read);
        ArrayNode finalizers = body.withObject("/metadata").putArray("finalizers");
        for (JsonNode each : read.content().finalizers()) {
            if (!each.asText().equals(finalizer)) {
                finalizers.add(each);
            }
        }
        if (holds) {
            finalizers.add(finalizer);
        }
        return patch(read, body, false);
    }

    private static ObjectNode locked(Reading read) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.putObject("metadata").put("resourceVersion", read.resourceVersion());
        return body;
    }

    /** Not by the client's own patch, which reads the object first each time, and fails on one that is gone by then. */
    private Result patch(Reading read, ObjectNode body, boolean isStatus) {
        WatchedKind kind = read.kind();
        String path = "apis/" + kind.apiVersion() + "/namespaces/"
                + read.key().name().namespace() + "/" + kind.plural() + "/"
                + read.key().name().name() + (isStatus ? "/status" : "");
        HttpRequest request = client.getHttpClient()
                .newHttpRequestBuilder()
                .uri(client.getMasterUrl() + path)
                .header("Accept", "application/json")
                .method("PATCH", MERGE_PATCH, body.toString())
                .build();
        HttpResponse<String> answer = answerTo(request);
        if (answer.code() == HttpURLConnection.HTTP_CONFLICT) {
            return new Result(Outcome.STALE, "");
        }
        if (answer.code() == HttpURLConnection.HTTP_NOT_FOUND) {
            return new Result(Outcome.GONE, "");
        }
        JsonNode said = json(answer.body());
        if (!answer.isSuccessful()) {
            throw new KubernetesClientException(
                    "PATCH " + path + " was answered with " + answer.code() + " "
                            + said.path("message").asText(answer.message()),
                    answer.code(),
                    null);
        }
        return new Result(
                Outcome.WRITTEN, said.path("metadata").path("resourceVersion").asText());
    }

    private HttpResponse<String> answerTo(HttpRequest request) {
        CompletableFuture<HttpResponse<String>> sent = client.getHttpClient().sendAsync(request, String.class);
        try {
            return sent.get(client.getConfiguration().getRequestTimeout(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            sent.cancel(true);
            Thread.currentThread().interrupt();
            throw new KubernetesClientException("interrupted while a write was not yet answered", e);
        } catch (TimeoutException e) {
            sent.cancel(true);
            throw new KubernetesClientException("no answer to a write in time", e);
        } catch (ExecutionException e) {
            throw new KubernetesClientException("no answer to a write: " + e.getCause(), e);
        }
    }

    private static JsonNode json(@Nullable String text) {
        try {
            return text == null ? JSON.missingNode() : JSON.readTree(text);
        } catch (JsonProcessingException e) {
            // Of somebody on the way to the API server; its status code says enough.
            return JSON.missingNode();
        }
    }

    /**
     * Merges into an object of any kind. The patch names the version that it is for.
     *
     * @return the object after it; empty if it is gone, or another meanwhile, which who watches it is told
     * @throws KubernetesClientException if the API server does not answer, or refuses
     */
    Optional<GenericKubernetesResource> merge(
            ResourceDefinitionContext definition, ResourceName name, ObjectNode patch) {
        return unlessStale(() -> at(definition, name).patch(MERGE, patch.toString()));
    }

    /**
     * The same with a JSON patch (RFC 6902).
     *
     * @throws KubernetesClientException if the API server does not answer, or refuses
     */
    Optional<GenericKubernetesResource> change(
            ResourceDefinitionContext definition, ResourceName name, ArrayNode patch) {
        return unlessStale(() -> at(definition, name).patch(JSON_PATCH, patch.toString()));
    }

    /**
     * Creates an object.
     *
     * @return as it is then; empty if there is one of its name, which who watches it is told
     * @throws KubernetesClientException if the API server does not answer, or refuses
     */
    Optional<GenericKubernetesResource> create(ResourceDefinitionContext definition, ObjectNode object) {
        GenericKubernetesResource resource = JSON.convertValue(object, GenericKubernetesResource.class);
        return unlessStale(() -> client.genericKubernetesResources(definition)
                .inNamespace(resource.getMetadata().getNamespace())
                .resource(resource)
                .create());
    }

    private Resource<GenericKubernetesResource> at(ResourceDefinitionContext definition, ResourceName name) {
        return client.genericKubernetesResources(definition)
                .inNamespace(name.namespace())
                .withName(name.name());
    }

    private static Optional<GenericKubernetesResource> unlessStale(Supplier<GenericKubernetesResource> write) {
        try {
            return Optional.of(write.get());
        } catch (KubernetesClientException e) {
            if (e.getCode() == HttpURLConnection.HTTP_CONFLICT || e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /**
     * Records something that a person should notice. What can't be recorded is logged and not tried again.
     *
     * @param isWarning else it is good news
     * @param reason in CamelCase
     */
    void event(Reading about, boolean isWarning, String reason, String message) {
        String namespace = about.key().name().namespace();
        String name = about.key().name().name();
        String now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
        Event event = new EventBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(name + "." + Long.toHexString(events.incrementAndGet()))
                .endMetadata()
                .withNewInvolvedObject()
                .withApiVersion(about.kind().apiVersion())
                .withKind(about.key().kind())
                .withNamespace(namespace)
                .withName(name)
                .withUid(about.content().uid())
                .withResourceVersion(about.resourceVersion())
                .endInvolvedObject()
                .withType(isWarning ? "Warning" : "Normal")
                .withReason(reason)
                .withMessage(shortened(message))
                .withFirstTimestamp(now)
                .withLastTimestamp(now)
                .withCount(1)
                .withNewSource()
                .withComponent(component)
                .endSource()
                .withReportingComponent(component)
                .build();
        try {
            client.v1().events().inNamespace(namespace).resource(event).create();
        } catch (KubernetesClientException e) {
            LOG.atWarn()
                    .addKeyValue("resource", about.key())
                    .addKeyValue("reason", reason)
                    .addKeyValue("error", e.getMessage())
                    .log("an Event could not be recorded");
        }
    }

    /** The API server takes no more than 1024 characters. */
    private static String shortened(String message) {
        return message.length() <= 1000 ? message : message.substring(0, 1000) + "…";
    }

    /** Tells of a transition of Ready, if there is one. */
    void readyEvent(Reading before, JsonNode after) {
        String was = StatusPatch.ready(before.status());
        String now = StatusPatch.ready(after);
        if (was.equals(now)) {
            return;
        }
        if (now.equals("True")) {
            event(before, false, "Ready", before.key().kind() + " is Ready");
        } else if (now.equals("False")) {
            JsonNode condition = StatusPatch.condition(after);
            String reason = condition.path("reason").asText();
            event(
                    before,
                    true,
                    reason.isEmpty() ? "NotReady" : reason,
                    condition.path("message").asText());
        }
    }
}
