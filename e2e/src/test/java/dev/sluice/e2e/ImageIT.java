/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The container image as the build makes it, without what it stands on: that would have to be pulled from a registry. So the
 * JVM of the tests runs what is in the layers.
 */
final class ImageIT {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path IMAGE = Repository.path("server/target/image/sluice-from-scratch.tar");

    private static Path folder;
    private static JsonNode config;
    private static List<Path> layers;

    /** Where the layers are put on top of each other, as a container has them. */
    private static Path root;

    @BeforeAll
    static void unpack() throws Exception {
        folder = Scratch.folder("image");
        root = Files.createDirectories(folder.resolve("root"));
        tar("-xf", IMAGE.toString(), "-C", folder.toString());
        JsonNode manifest =
                JSON.readTree(folder.resolve("manifest.json").toFile()).get(0);
        config = JSON.readTree(folder.resolve(manifest.path("Config").asText()).toFile());
        layers = new ArrayList<>();
        for (JsonNode layer : manifest.path("Layers")) {
            layers.add(folder.resolve(layer.asText()));
            tar("-xzf", folder.resolve(layer.asText()).toString(), "-C", root.toString());
        }
    }

    @AfterAll
    static void delete() {
        Scratch.delete(folder);
    }

    @Test
    void it_serves_events_with_what_is_in_its_layers() throws Exception {
        // Given
        List<String> command = new ArrayList<>();
        for (JsonNode word : config.at("/config/Entrypoint")) {
            command.add(word.asText());
        }
        command.set(0, Path.of(System.getProperty("java.home"), "bin", "java").toString());
        Path classPath = root.resolve("app/jib-classpath-file");
        String inside = Files.readString(classPath);
        Files.writeString(classPath, inside.replace("/app/", root.resolve("app") + "/"));
        command.set(command.indexOf("@/app/jib-classpath-file"), "@" + classPath);

        // When
        try (SluiceProcess process = SluiceProcess.serve(Repository.path("examples/quickstart"))
                .executable(command.toArray(String[]::new))
                .start()) {
            // Then
            var sent = SluiceProcess.run(
                    "send", "--to", process.ingress("default", "default").toString(), "--type", "t", "--source", "/s");
            assertThat(sent.status()).as(sent.stderr()).isZero();
        }
    }

    @Test
    void it_runs_as_nobody_and_says_what_it_is() {
        assertThat(config.at("/config/User").asText()).isEqualTo("65532:65532");
        assertThat(config.at("/config/Volumes").has("/data")).isTrue();
        assertThat(config.at("/config/WorkingDir").asText()).isEqualTo("/data");
        Set<String> ports = new TreeSet<>();
        config.at("/config/ExposedPorts").fieldNames().forEachRemaining(ports::add);
        assertThat(ports).containsExactly("8080/tcp", "8082/tcp", "9090/tcp");
        assertThat(config.at("/config/Labels/org.opencontainers.image.licenses").asText())
                .isEqualTo("Apache-2.0");
    }

    @Test
    void nothing_in_it_tells_when_or_where_it_was_made() throws Exception {
        assertThat(config.path("created").asText()).isEqualTo("1970-01-01T00:00:00Z");
        for (Path layer : layers) {
            assertThat(tar("--numeric-owner", "--full-time", "--utc", "-tvzf", layer.toString())
                            .lines())
                    .as(layer.toString())
                    .isNotEmpty()
                    .allMatch(line -> line.contains(" 0/0 ") && line.contains(" 1970-01-01 00:00:0"));
        }
    }

    @Test
    void its_bill_of_materials_names_every_library_in_it() throws IOException {
        assertThat(root.resolve("licenses/LICENSE")).isNotEmptyFile();
        Path file = root.resolve("sbom/sluice.cdx.json");
        assumeTrue(
                Files.exists(file) || !"offline=true".equals(System.getProperty("sluice.maven")),
                "Maven ran offline, and then makes no bill of materials");
        JsonNode bill = JSON.readTree(file.toFile());
        Set<String> billed = new TreeSet<>();
        for (JsonNode component : bill.path("components")) {
            billed.add(component.path("name").asText() + "-"
                    + component.path("version").asText());
        }
        Set<String> libraries = new TreeSet<>();
        try (Stream<Path> files = Files.list(root.resolve("app/libs"))) {
            files.forEach(
                    library -> libraries.add(library.getFileName().toString().replaceFirst("\\.jar$", "")));
        }
        assertThat(libraries).hasSizeGreaterThan(20);
        assertThat(billed).containsAll(libraries);
    }

    private static String tar(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("tar", "--warning=no-unknown-keyword"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(String.join(" ", command)).isZero();
        return out;
    }
}
