/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.e2e.SluiceProcess.Finished;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.HostileYaml;
import dev.sluice.testkit.RecordingSubscriber;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Files that are broken: the process that validates them says so, and the one that serves beside them goes on. Each way in
 * which a file can be broken is tried in {@code BrokenFilesTest} of {@code server}.
 */
final class BrokenFilesIT {

    private static final URI SOMEWHERE = URI.create("http://localhost:1/");

    @RegisterExtension
    final RecordingSubscriber subscriber = RecordingSubscriber.start();

    @TempDir
    Path folder;

    static Stream<Arguments> broken() {
        return Stream.of(
                Arguments.of(
                        "wrong type",
                        Manifests.trigger("shop", "paid", SOMEWHERE, "delivery: {retry: three}"),
                        new String[] {"broken.yaml:10", "shop/paid", "spec.delivery.retry", "three"}),
                Arguments.of("billion laughs", HostileYaml.laughs(), new String[] {"broken.yaml"}),
                Arguments.of("nested without end", "[".repeat(100_000), new String[] {"broken.yaml"}));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("broken")
    void a_broken_file_is_refused_with_a_line_that_says_what_and_where(String what, String yaml, String[] named)
            throws IOException {
        // Given
        Files.writeString(folder.resolve("broken.yaml"), yaml);

        // When
        Finished finished = SluiceProcess.run("validate", "-f", folder.toString());

        // Then
        String said = finished.stdout() + finished.stderr();
        assertThat(finished.status()).as(said).isEqualTo(2);
        assertThat(said).contains(named).doesNotContain("Exception", "\tat ");
    }

    @Test
    void bad_files_never_keep_good_ones_from_working() throws IOException {
        // Given: everything at once, from the start
        Files.writeString(folder.resolve("syntax.yaml"), "a: [b");
        Files.write(folder.resolve("binary.yaml"), Events.bytes(10_000, 4711));
        Files.writeString(folder.resolve("huge.yaml"), "# " + "x".repeat(10_000_000));
        Files.createSymbolicLink(folder.resolve("loop.yaml"), folder.resolve("loop.yaml"));
        Files.createSymbolicLink(folder.resolve("nothing.yaml"), folder.resolve("no-such-file"));
        Files.createDirectory(folder.resolve("folder.yaml"));
        Files.createSymbolicLink(folder.resolve("itself"), folder);
        Files.writeString(
                folder.resolve("good.yaml"),
                Manifests.broker("shop", "default") + "---\n" + Manifests.trigger("shop", "good", subscriber.uri()));

        try (SluiceProcess process = SluiceProcess.serve(folder).start();
                var probe = Sluice.of(folder, process)) {
            // When
            probe.send("shop", Events.MINIMAL);

            // Then
            await().atMost(Sluice.PATIENCE).until(() -> subscriber.count() == 1);
            assertThat(probe.get(process.admin("/api/v1/problems")).body())
                    .contains("syntax.yaml", "binary.yaml", "huge.yaml");
        }
    }

    @Test
    void a_folder_that_vanishes_keeps_its_last_state_and_is_taken_up_again_when_it_is_back() throws IOException {
        // Given
        Path resources = Files.createDirectory(folder.resolve("resources"));
        Files.writeString(
                resources.resolve("good.yaml"),
                Manifests.broker("shop", "default") + "---\n"
                        + Manifests.trigger("shop", "good", subscriber.uri("/before")));
        try (SluiceProcess process = SluiceProcess.serve(resources).start();
                var probe = Sluice.of(resources, process)) {
            probe.awaitReady("triggers", "shop", "good");

            // When
            Path away = Files.move(resources, folder.resolve("away"));
            process.awaitStderr("resources: does not exist", Sluice.PATIENCE);
            probe.send("shop", Events.withId("while it is away"));

            // Then
            await().atMost(Sluice.PATIENCE).until(() -> subscriber.ids().contains("while it is away"));

            // When
            Files.writeString(
                    away.resolve("good.yaml"),
                    Manifests.broker("shop", "default") + "---\n"
                            + Manifests.trigger("shop", "good", subscriber.uri("/after")));
            Files.move(away, resources);

            // Then
            await().atMost(Sluice.PATIENCE)
                    .until(() -> probe.resource("triggers", "shop", "good")
                            .at("/status/subscriberUri")
                            .asText()
                            .endsWith("/after"));
        }
    }
}
