/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.admin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.control.text.Credentials;
import dev.sluice.control.validation.Problem;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Resources and errors as JSON. The mapper is made when the first request asks for it, so that starting does not wait. */
final class ResourceJson {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private ResourceJson() {}

    /** A resource with the status that belongs to it, which the shared object does not hold. */
    record Shown(HasMetadata resource, @Nullable Object status) {}

    static Buffer one(Shown shown) {
        return bytes(tree(shown));
    }

    static Buffer list(List<Shown> all) {
        ObjectNode list = MAPPER.createObjectNode();
        list.put("apiVersion", "v1");
        list.put("kind", "List");
        list.putObject("metadata");
        ArrayNode items = list.putArray("items");
        all.forEach(shown -> items.add(tree(shown)));
        return bytes(list);
    }

    static Buffer problems(List<Problem> problems) {
        ObjectNode list = MAPPER.createObjectNode();
        ArrayNode items = list.putArray("items");
        for (Problem problem : problems) {
            ObjectNode item = MAPPER.valueToTree(problem);
            item.put("text", problem.toString());
            items.add(item);
        }
        return bytes(list);
    }

    static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    private static ObjectNode tree(Shown shown) {
        ObjectNode tree = MAPPER.valueToTree(shown.resource());
        hideCredentials(tree.at("/spec/subscriber"));
        hideCredentials(tree.at("/spec/delivery/deadLetterSink"));
        hideCredentials(tree.at("/spec/sink"));
        if (shown.status() != null) {
            tree.set("status", MAPPER.valueToTree(shown.status()));
        }
        return tree;
    }

    private static void hideCredentials(JsonNode destination) {
        if (destination instanceof ObjectNode written && written.path("uri").isTextual()) {
            written.put("uri", Credentials.hiddenIn(written.path("uri").textValue()));
        }
    }

    static Buffer bytes(ObjectNode tree) {
        try {
            return Buffer.buffer(MAPPER.writeValueAsBytes(tree));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree can always be written", e);
        }
    }
}
