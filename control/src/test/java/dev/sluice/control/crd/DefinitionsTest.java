/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.crd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.BeanPropertyDefinition;
import dev.sluice.control.resource.BrokerSpec;
import dev.sluice.control.resource.BrokerStatus;
import dev.sluice.control.resource.IsoDuration;
import dev.sluice.control.resource.SourceStatus;
import dev.sluice.control.resource.TriggerSpec;
import dev.sluice.control.resource.TriggerStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.Yaml;

/** Holds {@code deploy/crds} equal to {@link Definitions}, and these to the resource types. */
final class DefinitionsTest {

    private static final String WRITE = "sluice.crds.write";
    private static final Path FOLDER = Path.of(System.getProperty("sluice.root", ".."), "deploy", "crds");
    private static final ObjectMapper JSON = new ObjectMapper();

    /** The types of the specs by kind. Those of sources have none: their kinds read them field by field. */
    private static final Map<String, Class<?>> SPECS = Map.of("Broker", BrokerSpec.class, "Trigger", TriggerSpec.class);

    private static final Map<String, Class<?>> STATUSES =
            Map.of("Broker", BrokerStatus.class, "Trigger", TriggerStatus.class);

    /** What no source shows, though the type of its status has it. */
    private static final List<String> NOT_OF_SOURCES =
            List.of("deadLetterSinkUri", "deadLetterSinkCACerts", "deadLetterSinkAudience");

    static List<Definition> definitions() {
        return Definitions.all();
    }

    @Test
    void the_files_in_deploy_are_what_is_written_from_the_definitions() throws IOException {
        // Given
        Map<String, String> wanted = new LinkedHashMap<>();
        List<String> names = new ArrayList<>();
        for (Definition definition : Definitions.all()) {
            String name = definition.name() + ".yaml";
            names.add(name);
            wanted.put(name, """
                    # The schema of a %s, written by DefinitionsTest of the module control. Change Definitions there and run
                    # mvn -Dquick -pl control -am test -Dtest=DefinitionsTest -Dsurefire.failIfNoSpecifiedTests=false -D%s=true
                    """.formatted(definition.kind(), WRITE) + yaml(definition.document()));
        }
        Map<String, Object> kustomization = new LinkedHashMap<>();
        kustomization.put("apiVersion", "kustomize.config.k8s.io/v1beta1");
        kustomization.put("kind", "Kustomization");
        kustomization.put("resources", names);
        wanted.put("kustomization.yaml", """
                # The definitions of all kinds that Sluice reads. Leave them out where Knative Eventing's are installed.
                """ + yaml(kustomization));

        // When
        if (Boolean.getBoolean(WRITE)) {
            Files.createDirectories(FOLDER);
            for (Map.Entry<String, String> file : wanted.entrySet()) {
                Files.writeString(FOLDER.resolve(file.getKey()), file.getValue());
            }
        }

        // Then
        Map<String, String> found = new LinkedHashMap<>();
        try (Stream<Path> files = Files.list(FOLDER)) {
            for (Path file : files.toList()) {
                found.put(file.getFileName().toString(), Files.readString(file));
            }
        }
        assertThat(found)
                .as("files in %s; run this test with -D%s=true to write them", FOLDER, WRITE)
                .containsExactlyInAnyOrderEntriesOf(wanted);
    }

    @ParameterizedTest
    @MethodSource("definitions")
    void a_schema_has_the_fields_of_its_types(Definition definition) {
        Map<String, Object> fields = properties(definition.schema().keywords());
        Class<?> spec = SPECS.get(definition.kind());
        boolean isSource = spec == null;
        Map<String, Object> status = child(fields, "status");

        if (isSource) {
            assertThat(definition.name())
                    .as("a kind without a type of its spec")
                    .contains(".sources.");
            assertThat(properties(status).keySet()).doesNotContainAnyElementsOf(NOT_OF_SOURCES);
        } else {
            assertFields("spec", child(fields, "spec"), JSON.constructType(spec));
        }
        assertFields(
                "status", status, JSON.constructType(STATUSES.getOrDefault(definition.kind(), SourceStatus.class)));
    }

    @ParameterizedTest
    @MethodSource("definitions")
    void every_field_says_what_it_is(Definition definition) {
        walk(
                definition.kind(),
                definition.schema().keywords(),
                (path, node) -> assertThat(node.get("description"))
                        .as(path)
                        .isInstanceOfSatisfying(
                                String.class, text -> assertThat(text).endsWith(".")));
    }

    @ParameterizedTest
    @MethodSource("definitions")
    void what_is_required_is_among_the_fields(Definition definition) {
        walk(definition.kind(), definition.schema().keywords(), (path, node) -> {
            List<?> required = (List<?>) node.getOrDefault("required", List.of());
            assertThat(properties(node).keySet())
                    .as(path)
                    .containsAll(required.stream().map(String.class::cast).toList());
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT0S", "PT0.2S", "PT30S", "PT1M30S", "P1D", "P2W", "P1DT2H3M4.5S", "PT0,5S"})
    void durations_that_are_read_pass_the_schema(String text) {
        assertThat(IsoDuration.parse(text)).isGreaterThanOrEqualTo(Duration.ZERO);
        assertThat(text).matches(Pattern.compile(Shapes.DURATION));
    }

    @ParameterizedTest
    @ValueSource(strings = {"5s", "", "-PT1S", "PT-1S", "P1M", "P1Y", "30", "P", "PT", "P1DT", "P1W2D", "PT5"})
    void durations_that_are_not_read_do_not_pass_the_schema(String text) {
        assertThatThrownBy(() -> IsoDuration.parse(text)).isInstanceOf(IllegalArgumentException.class);
        assertThat(text).doesNotMatch(Pattern.compile(Shapes.DURATION));
    }

    // ---- schemas and types ------------------------------------------------------------------------------------------

    private static void assertFields(String path, Map<String, Object> node, JavaType type) {
        if (type.isCollectionLikeType()) {
            assertThat(node).as(path).containsEntry("type", "array");
            assertFields(path + "[]", child(node, "items"), type.getContentType());
        } else if (type.isMapLikeType()) {
            assertThat(node).as(path).containsEntry("type", "object").containsKey("additionalProperties");
        } else if (type.getRawClass().getName().startsWith("java.lang.")) {
            assertThat(node.get("type")).as(path).isEqualTo(jsonType(type.getRawClass()));
        } else if (node.containsKey("properties")) {
            Map<String, JavaType> properties = new LinkedHashMap<>();
            for (BeanPropertyDefinition property :
                    JSON.getSerializationConfig().introspect(type).findProperties()) {
                // Without the holders of fields that nobody knows.
                if (!property.getName().equals("unknown") && !property.getName().equals("additionalProperties")) {
                    properties.put(property.getName(), property.getPrimaryType());
                }
            }
            boolean isCondition = type.getRawClass().getSimpleName().equals("Condition");
            if (isCondition) {
                // Kubernetes' type has a generation of its own; Knative's, which we write, has a severity.
                properties.remove("observedGeneration");
                properties.put("severity", JSON.constructType(String.class));
            }
            if (type.hasRawClass(SourceStatus.class)) {
                NOT_OF_SOURCES.forEach(properties::remove);
            }
            assertThat(new TreeSet<>(properties(node).keySet())).as(path).isEqualTo(new TreeSet<>(properties.keySet()));
            properties.forEach((name, each) -> assertFields(path + "." + name, child(properties(node), name), each));
        } else {
            assertThat(node).as(path).containsEntry("x-kubernetes-preserve-unknown-fields", true);
        }
    }

    private static String jsonType(Class<?> type) {
        if (type == Boolean.class) {
            return "boolean";
        }
        return Number.class.isAssignableFrom(type) ? "integer" : "string";
    }

    private static void walk(String path, Map<String, Object> node, BiConsumer<String, Map<String, Object>> visitor) {
        visitor.accept(path, node);
        properties(node).keySet().forEach(name -> walk(path + "." + name, child(properties(node), name), visitor));
        if (node.containsKey("items")) {
            walk(path + "[]", child(node, "items"), visitor);
        }
    }

    private static Map<String, Object> properties(Map<String, Object> node) {
        return node.containsKey("properties") ? child(node, "properties") : Map.of();
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> child(Map<String, Object> node, String name) {
        assertThat(node).containsKey(name);
        return (Map<String, Object>) node.get(name);
    }

    private static String yaml(Map<String, Object> document) {
        DumperOptions options = new DumperOptions();
        options.setDefaultFlowStyle(DumperOptions.FlowStyle.BLOCK);
        options.setWidth(118);
        options.setSplitLines(true);
        // The same node in several places is written out in each: nothing that reads definitions likes anchors.
        options.setDereferenceAliases(true);
        return new Yaml(options).dump(document);
    }
}
