/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.api.filter.Explanation.Reason;
import dev.sluice.control.explain.BrokerExplanation;
import dev.sluice.control.explain.TriggerExplanation;
import io.cloudevents.CloudEvent;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.Optional;

/** An explanation as JSON. */
final class ExplanationJson {

    private ExplanationJson() {}

    static Buffer of(BrokerExplanation explanation, Optional<CloudEvent> event) {
        ObjectNode answer = ResourceJson.object();
        answer.put("broker", explanation.broker().toString());
        event.ifPresent(one -> answer.putObject("event")
                .put("id", one.getId())
                .put("source", one.getSource().toString())
                .put("type", one.getType()));
        notes(answer, explanation.notes());
        ArrayNode items = answer.putArray("items");
        for (TriggerExplanation trigger : explanation.triggers()) {
            ObjectNode item = items.addObject().put("trigger", trigger.trigger().toString());
            trigger.matches().ifPresent(matches -> item.put("matched", matches));
            item.put("delivers", trigger.delivers());
            ArrayNode reasons = item.putArray(event.isPresent() ? "reasons" : "wants");
            trigger.reasons().forEach(reason -> reason(reasons.addObject(), reason, event.isPresent()));
            notes(item, trigger.notes());
        }
        return ResourceJson.bytes(answer);
    }

    private static void reason(ObjectNode json, Reason reason, boolean ofEvent) {
        json.put("path", reason.path());
        json.put("text", reason.text());
        reason.attribute().ifPresent(attribute -> {
            json.put("attribute", attribute);
            if (ofEvent) {
                // null, and not left out: the event does not have it.
                json.put("value", reason.value().orElse(null));
            }
        });
        reason.wanted().ifPresent(wanted -> json.put("wanted", wanted));
        reason.line().ifPresent(line -> json.put("line", line));
        reason.column().ifPresent(column -> json.put("column", column));
    }

    private static void notes(ObjectNode json, List<String> notes) {
        ArrayNode array = json.putArray("notes");
        notes.forEach(array::add);
    }
}
