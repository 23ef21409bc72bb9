/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.observation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.source.SourceCondition;
import dev.sluice.api.source.SourceName;
import dev.sluice.control.reconcile.SourceObservation;
import dev.sluice.control.reconcile.TriggerObservation;
import dev.sluice.control.reconcile.TriggerObservation.Loss;
import dev.sluice.control.reconcile.TriggerObservation.Standstill;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.net.URI;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Observations as one process tells them to another, perhaps of another version: what is not known is passed over, and what
 * changes with every event is left out.
 */
final class ObservationsJson {

    private static final ObjectMapper JSON = new ObjectMapper();

    private ObservationsJson() {}

    static Buffer written(Observations observations) {
        ObjectNode root = JSON.createObjectNode();
        ArrayNode triggers = root.putArray("triggers");
        observations.triggers().forEach((uid, seen) -> {
            ObjectNode trigger = triggers.addObject().put("uid", uid);
            seen.standstill()
                    .ifPresent(why -> trigger.putObject("standstill")
                            .put("reason", why.reason())
                            .put("message", why.message())
                            .put("since", seen.since().toString()));
            write(seen.lastLoss(), "lastLoss", trigger);
            write(seen.nearRetention(), "nearRetention", trigger);
        });
        ArrayNode sources = root.putArray("sources");
        observations.sources().forEach((name, seen) -> {
            ObjectNode source = sources.addObject()
                    .put("kind", name.kind())
                    .put("namespace", name.name().namespace())
                    .put("name", name.name().name());
            ArrayNode conditions = source.putArray("conditions");
            seen.conditions()
                    .forEach((condition, since) -> conditions
                            .addObject()
                            .put("type", condition.type())
                            .put("state", condition.state().name())
                            .put("reason", condition.reason())
                            .put("message", condition.message())
                            .put("since", since.toString()));
            seen.problem()
                    .ifPresent(text -> source.putObject("problem")
                            .put("message", text)
                            .put("since", seen.since().toString()));
            seen.webhook().ifPresent(url -> source.put("webhook", url.toString()));
        });
        try {
            return Buffer.buffer(JSON.writeValueAsBytes(root));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree can always be written", e);
        }
    }

    private static void write(Optional<Loss> loss, String field, ObjectNode trigger) {
        loss.ifPresent(it -> trigger.putObject(field)
                .put("message", it.message())
                .put("since", it.at().toString()));
    }

    /** @throws IllegalArgumentException if it is something else; the message says what */
    static Observations read(Buffer text) {
        JsonNode root;
        try {
            root = JSON.readTree(text.getBytes());
        } catch (IOException e) {
            throw new IllegalArgumentException("the answer is no JSON", e);
        }
        if (!root.path("triggers").isArray() || !root.path("sources").isArray()) {
            throw new IllegalArgumentException("the answer has no triggers or no sources");
        }
        Map<String, TriggerObservation> triggers = new HashMap<>();
        Map<SourceName, SourceObservation> sources = new HashMap<>();
        try {
            root.path("triggers").forEach(each -> triggers.put(each.path("uid").asText(), trigger(each)));
            root.path("sources").forEach(each -> sources.put(sourceName(each), source(each)));
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("a time can't be read: " + e.getMessage(), e);
        }
        return new Observations(triggers, sources);
    }

    private static TriggerObservation trigger(JsonNode each) {
        JsonNode standstill = each.path("standstill");
        return new TriggerObservation(
                0,
                standstill.isObject()
                        ? Optional.of(new Standstill(
                                standstill.path("reason").asText(),
                                standstill.path("message").asText()))
                        : Optional.empty(),
                since(standstill),
                Optional.empty(),
                Optional.empty(),
                loss(each.path("lastLoss")),
                loss(each.path("nearRetention")));
    }

    private static Optional<Loss> loss(JsonNode loss) {
        return loss.isObject()
                ? Optional.of(new Loss(since(loss), loss.path("message").asText()))
                : Optional.empty();
    }

    private static SourceName sourceName(JsonNode each) {
        return new SourceName(
                each.path("kind").asText(),
                new ResourceName(
                        each.path("namespace").asText(), each.path("name").asText()));
    }

    private static SourceObservation source(JsonNode each) {
        Map<SourceCondition, Instant> conditions = new HashMap<>();
        for (JsonNode condition : each.path("conditions")) {
            SourceCondition.State state = state(condition.path("state").asText());
            if (state != null) {
                conditions.put(
                        new SourceCondition(
                                condition.path("type").asText(),
                                state,
                                condition.path("reason").asText(),
                                condition.path("message").asText()),
                        since(condition));
            }
        }
        JsonNode problem = each.path("problem");
        return new SourceObservation(
                conditions,
                problem.isObject() ? Optional.of(problem.path("message").asText()) : Optional.empty(),
                since(problem),
                each.path("webhook").isTextual()
                        ? Optional.of(URI.create(each.path("webhook").asText()))
                        : Optional.empty());
    }

    /** Null if it is none that this version knows. */
    private static SourceCondition.@Nullable State state(String name) {
        for (SourceCondition.State state : SourceCondition.State.values()) {
            if (state.name().equals(name)) {
                return state;
            }
        }
        return null;
    }

    private static Instant since(JsonNode what) {
        return what.hasNonNull("since") ? Instant.parse(what.path("since").asText()) : Instant.EPOCH;
    }
}
