/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.api.source.SourceCondition;
import dev.sluice.control.binding.SinkVariables;
import dev.sluice.control.resource.Source;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** The Deployment of a ContainerSource: what it has to be, and what its status says of the source. Pure. */
final class ContainerDeployment {

    static final String BOUND = "SinkBindingReady";
    static final String RUNNING = "ReceiveAdapterReady";

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final String SUFFIX = "-deployment";
    private static final int LONGEST_NAME = 63;
    private static final int HASH_BYTES = 8;

    private ContainerDeployment() {}

    /** As Knative names it, but where that would be too long. */
    static String nameOf(String source) {
        if (source.length() + SUFFIX.length() <= LONGEST_NAME) {
            return source + SUFFIX;
        }
        String hash = HexFormat.of().formatHex(sha256(source), 0, HASH_BYTES);
        int kept = LONGEST_NAME - SUFFIX.length() - hash.length();
        // With nothing between: what is left of the name may end with a dot, after which a hyphen must not stand.
        return source.substring(0, kept) + hash + SUFFIX;
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** The pod template that it has to have: the source's, with our labels and the variables. */
    static ObjectNode template(Source source, SinkVariables variables) {
        String name = source.getMetadata().getName();
        ObjectNode template = source.getSpec().path("template").deepCopy();
        ObjectNode labels = template.withObject("/metadata/labels");
        labels.setAll(labelsOf(name));
        int index = 0;
        for (JsonNode container : template.path("spec").path("containers")) {
            if (container instanceof ObjectNode one && !one.hasNonNull("name")) {
                one.put("name", name + "-" + index);
            }
            index++;
        }
        variables.setIn(template.path("spec")).ifPresent(pod -> template.set("spec", pod));
        return template;
    }

    /** As a whole, where it is not there yet. It goes with its source, which the garbage collector of the cluster sees to. */
    static ObjectNode whole(Source source, ObjectNode template) {
        String name = source.getMetadata().getName();
        ObjectNode deployment = NODES.objectNode().put("apiVersion", "apps/v1").put("kind", "Deployment");
        ObjectNode metadata = deployment.putObject("metadata");
        metadata.put("namespace", source.getMetadata().getNamespace());
        metadata.put("name", nameOf(name));
        metadata.set("labels", labelsOf(name));
        metadata.putArray("ownerReferences")
                .addObject()
                .put("apiVersion", source.getApiVersion())
                .put("kind", source.getKind())
                .put("name", name)
                .put("uid", source.getMetadata().getUid())
                .put("controller", true);
        ObjectNode spec = deployment.putObject("spec");
        spec.putObject("selector").set("matchLabels", labelsOf(name));
        spec.set("template", template);
        return deployment;
    }

    /** The same template in place of that which is there, as a JSON patch that only counts for this version. */
    static ArrayNode replacing(Workload deployment, ObjectNode template) {
        ArrayNode patch = NODES.arrayNode();
        patch.addObject()
                .put("op", "replace")
                .put("path", "/metadata/resourceVersion")
                .put("value", deployment.resourceVersion());
        patch.addObject().put("op", "replace").put("path", "/spec/template").set("value", template);
        return patch;
    }

    private static ObjectNode labelsOf(String source) {
        return NODES.objectNode()
                .put("sources.knative.dev/containerSource", source)
                .put("sources.knative.dev/source", "container-source-controller");
    }

    /** Whether a Deployment of the right name is this source's, and not somebody else's. */
    static boolean isOf(Source source, Workload deployment) {
        return deployment
                .controller()
                .path("uid")
                .asText()
                .equals(source.getMetadata().getUid());
    }

    /** What the Deployment says of itself. */
    static SourceCondition running(@Nullable Workload deployment) {
        if (deployment == null) {
            return SourceCondition.unknown(RUNNING, "DeploymentMissing", "the Deployment is not there yet");
        }
        JsonNode status = deployment.object().path("status");
        if (status.path("observedGeneration").asLong() < deployment.generation()) {
            return SourceCondition.unknown(
                    RUNNING, "DeploymentUpdating", deployment + " has changed, and nothing is known of that yet");
        }
        for (JsonNode condition : status.path("conditions")) {
            if (condition.path("type").asText().equals("Available")) {
                return of(deployment, condition);
            }
        }
        return SourceCondition.unknown(RUNNING, "DeploymentUnavailable", deployment + " does not say yet how it does");
    }

    private static SourceCondition of(Workload deployment, JsonNode available) {
        String given = available.path("reason").asText();
        String reason = given.isEmpty() ? "DeploymentUnavailable" : given;
        String message = deployment + ": " + available.path("message").asText();
        return switch (available.path("status").asText()) {
            case "True" -> SourceCondition.isTrue(RUNNING);
            case "False" -> SourceCondition.isFalse(RUNNING, reason, message);
            default -> SourceCondition.unknown(RUNNING, reason, message);
        };
    }
}
