/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import java.net.URI;
import java.util.Arrays;
import java.util.stream.Collectors;

/** Knative's YAML for tests. */
final class Manifests {

    private Manifests() {}

    /** A Broker; {@code spec} are lines of its {@code spec}, without indentation. */
    static String broker(String namespace, String name, String... spec) {
        return """
                apiVersion: eventing.knative.dev/v1
                kind: Broker
                metadata:
                  namespace: %s
                  name: %s
                """.formatted(namespace, name) + (spec.length == 0 ? "" : "spec:\n" + indented(spec));
    }

    /** A Trigger of the Broker {@code default}; {@code spec} are further lines of its {@code spec}, without indentation. */
    static String trigger(String namespace, String name, URI subscriber, String... spec) {
        return """
                apiVersion: eventing.knative.dev/v1
                kind: Trigger
                metadata:
                  namespace: %s
                  name: %s
                spec:
                  broker: default
                  subscriber:
                    uri: %s
                """.formatted(namespace, name, subscriber) + indented(spec);
    }

    /** The same resource with annotations; {@code lines} are written as in YAML, without indentation. */
    static String annotated(String resource, String... lines) {
        return resource.replaceFirst("\nmetadata:\n", "\nmetadata:\n  annotations:\n" + indented(indented(lines)));
    }

    /** The {@code metadata.name} of a resource made here. */
    static String name(String resource) {
        return resource.lines()
                .filter(line -> line.startsWith("  name: "))
                .map(line -> line.substring("  name: ".length()))
                .findFirst()
                .orElseThrow();
    }

    /** The {@code kind} of a resource made here. */
    static String kind(String resource) {
        return resource.lines()
                .filter(line -> line.startsWith("kind: "))
                .map(line -> line.substring("kind: ".length()))
                .findFirst()
                .orElseThrow();
    }

    private static String indented(String... lines) {
        return Arrays.stream(lines)
                .flatMap(String::lines)
                .map(line -> "  " + line + "\n")
                .collect(Collectors.joining());
    }
}
