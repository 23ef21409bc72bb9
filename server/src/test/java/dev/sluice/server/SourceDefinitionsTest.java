/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.source.SecretRef;
import dev.sluice.api.source.SourceKind;
import dev.sluice.api.source.SpecField;
import dev.sluice.control.document.Document;
import dev.sluice.control.document.DocumentReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.ServiceLoader.Provider;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds the definitions of sources in {@code deploy} equal to the kinds that are installed. */
final class SourceDefinitionsTest {

    private static final Path DEPLOY = Path.of(System.getProperty("sluice.root", ".."), "deploy");

    static Stream<SourceKind> kinds() {
        return ServiceLoader.load(SourceKind.class).stream().map(Provider::get);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void a_kind_has_a_definition_with_its_versions_and_its_fields(SourceKind kind) throws IOException {
        // Given
        String preferred = kind.apiVersions().get(0);
        String group = preferred.substring(0, preferred.indexOf('/'));

        // When
        JsonNode spec = documents("crds/" + kind.plural() + "." + group + ".yaml")
                .get(0)
                .path("spec");

        // Then
        List<String> versions = new ArrayList<>();
        for (JsonNode version : spec.path("versions")) {
            versions.add(group + "/" + version.path("name").asText());
            assertThat(version.path("storage").asBoolean()).isEqualTo(versions.size() == 1);
            TreeSet<String> fields = new TreeSet<>();
            version.at("/schema/openAPIV3Schema/properties/spec/properties")
                    .fieldNames()
                    .forEachRemaining(fields::add);
            assertThat(fields).isEqualTo(fieldsOf(kind));
        }
        assertThat(versions).containsExactlyElementsOf(kind.apiVersions());
        assertThat(spec.at("/names/kind").asText()).isEqualTo(kind.kind());
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void every_role_that_has_to_know_a_kind_may_watch_it(SourceKind kind) throws IOException {
        List<String> watched = new ArrayList<>();
        List<String> written = new ArrayList<>();
        for (JsonNode role : documents("base/rbac.yaml")) {
            for (JsonNode rule : role.path("rules")) {
                List<String> into = role.at("/metadata/name").asText().equals("sluice-control") ? written : watched;
                rule.path("apiGroups")
                        .forEach(group -> rule.path("resources")
                                .forEach(resource -> into.add(resource.asText() + "." + group.asText())));
            }
        }
        String version = kind.apiVersions().get(0);
        String group = version.substring(0, version.indexOf('/'));
        assertThat(watched).contains(kind.plural() + "." + group);
        assertThat(written).contains(kind.plural() + "/status." + group);
    }

    private static List<JsonNode> documents(String file) throws IOException {
        List<JsonNode> documents = new ArrayList<>();
        byte[] bytes = Files.readAllBytes(DEPLOY.resolve(file));
        DocumentReader.read(bytes, false).forEach(document -> documents.add(((Document.Parsed) document).tree()));
        return documents;
    }

    /** What the kind takes in its spec, with what all sources have. */
    private static TreeSet<String> fieldsOf(SourceKind kind) {
        TreeSet<String> known = new TreeSet<>(List.of("sink", "ceOverrides"));
        if (kind.hasDelivery()) {
            known.add("delivery");
        }
        kind.read(new ResourceName("default", "any"), new Asked(names -> {}), new Asked(known::addAll));
        return known;
    }

    /** A spec that says which fields it is asked to have, and has none. */
    private record Asked(Consumer<List<String>> known) implements SpecField {

        @Override
        public SpecField child(String name) {
            return new Asked(names -> {});
        }

        @Override
        public boolean isPresent() {
            return false;
        }

        @Override
        public boolean isMapping(String... names) {
            known.accept(List.of(names));
            return false;
        }

        @Override
        public boolean isMapping() {
            return false;
        }

        @Override
        public List<String> names() {
            return List.of();
        }

        @Override
        public @Nullable String text() {
            return null;
        }

        @Override
        public @Nullable String requiredText(String remedy) {
            return null;
        }

        @Override
        public @Nullable String oneOf(List<String> values) {
            return null;
        }

        @Override
        public @Nullable String checked(Consumer<String> check, String remedy) {
            return null;
        }

        @Override
        public @Nullable Boolean bool() {
            return null;
        }

        @Override
        public @Nullable Integer count() {
            return null;
        }

        @Override
        public @Nullable Map<String, String> texts() {
            return null;
        }

        @Override
        public @Nullable List<? extends SpecField> elements() {
            return null;
        }

        @Override
        public @Nullable SecretRef secretKeyRef() {
            return null;
        }

        @Override
        public void error(String rule, String remedy) {}

        @Override
        public void hiddenError(String rule, String remedy) {}

        @Override
        public void missing(String remedy) {}

        @Override
        public void warning(String rule, String remedy) {}
    }
}
