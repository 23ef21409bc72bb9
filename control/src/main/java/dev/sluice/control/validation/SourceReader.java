/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.validation;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.api.http.EventAssembler;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.source.SourceDefinition;
import dev.sluice.api.source.SourceKind;
import dev.sluice.control.resource.Annotations;
import dev.sluice.control.resource.DeliverySpec;
import dev.sluice.control.resource.DestinationSpec;
import dev.sluice.control.resource.Source;
import dev.sluice.control.text.Nearest;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads and checks what all sources have in common, and has their kind read the rest. */
final class SourceReader {

    private static final List<String> COMMON = List.of("sink", "ceOverrides");
    private static final List<String> COMMON_WITH_DELIVERY = List.of("sink", "ceOverrides", "delivery");

    private SourceReader() {}

    /**
     * @param metadata already read; the name may be missing, which has been reported
     * @return null if it is so wrong that nothing can be made of it
     */
    static @Nullable Source read(
            SourceKind kind, String apiVersion, Field document, JsonNode tree, ObjectMeta metadata) {
        Field spec = document.child("spec");
        if (!spec.isPresent()) {
            spec.missing("write spec with a sink in it");
            return null;
        }
        annotations(kind, document.child("metadata").child("annotations"), metadata);
        DestinationSpec sink = sink(spec, metadata.getNamespace());
        Map<String, String> overrides = overrides(spec.child("ceOverrides"));
        DeliverySpec delivery =
                kind.hasDelivery() ? new SpecReader(metadata.getNamespace()).delivery(spec.child("delivery")) : null;
        if (metadata.getName() == null) {
            return null;
        }
        SourceDefinition definition = kind.read(
                new ResourceName(metadata.getNamespace(), metadata.getName()),
                new SourceField(document.child("metadata"), List.of()),
                new SourceField(spec, kind.hasDelivery() ? COMMON_WITH_DELIVERY : COMMON));
        if (definition == null || sink == null) {
            return null;
        }
        return new Source(apiVersion, metadata, tree.path("spec"), kind, definition, sink, overrides, delivery);
    }

    private static @Nullable DestinationSpec sink(Field spec, String namespace) {
        Field sink = spec.child("sink");
        if (!sink.isPresent()) {
            if (spec.isMapping()) {
                sink.missing("write sink with a ref to a Broker or a uri in it");
            }
            return null;
        }
        return new SpecReader(namespace).destination(sink);
    }

    private static Map<String, String> overrides(Field field) {
        Map<String, String> extensions = new HashMap<>();
        if (!field.isMapping(List.of("extensions"))) {
            return extensions;
        }
        Map<String, String> written = field.child("extensions").texts();
        if (written == null) {
            return extensions;
        }
        written.forEach((name, value) -> {
            // Knative's webhook takes capitals, which CloudEvents does not know.
            String lower = name.toLowerCase(Locale.ROOT);
            Field extension = field.child("extensions").child(name);
            if (!EventAssembler.isName(lower)) {
                extension.report(
                        Severity.ERROR,
                        "",
                        "is no name of an extension",
                        "write lower-case letters and digits only (CloudEvents 3.1)");
            } else if (isCore(lower)) {
                extension.report(Severity.ERROR, "", "is an attribute of its own, not an extension", "remove it");
            } else {
                extensions.put(lower, value);
            }
        });
        return extensions;
    }

    private static boolean isCore(String name) {
        return switch (name) {
            case "specversion", "id", "source", "type", "subject", "time", "datacontenttype", "dataschema", "data" ->
                true;
            default -> false;
        };
    }

    private static void annotations(SourceKind kind, Field annotations, ObjectMeta metadata) {
        for (String name : metadata.getAnnotations().keySet()) {
            if (name.startsWith(Annotations.OUR_PREFIX) && !kind.annotations().contains(name)) {
                annotations
                        .child(name)
                        .report(
                                Severity.ERROR,
                                "",
                                "is not a known annotation of a " + kind.kind(),
                                Nearest.suggestion(name, kind.annotations()).orElse("remove it"));
            }
        }
    }
}
