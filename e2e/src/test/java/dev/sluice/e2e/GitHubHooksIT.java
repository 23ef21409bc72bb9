/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.testkit.GitHubStandIn;
import dev.sluice.testkit.GitHubStandIn.Attempt;
import dev.sluice.testkit.RecordingSubscriber;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A GitHubSource with a token, from the webhook on GitHub to the sink, over the death of a process with a delivery in hand. */
final class GitHubHooksIT {

    private static final Duration END = Duration.ofSeconds(45);

    @RegisterExtension
    final RecordingSubscriber sink = RecordingSubscriber.start();

    private final GitHubStandIn gitHub = GitHubStandIn.start();
    private final String namespace = Sluice.namespace();
    private final Path home = Scratch.folder("github");
    /** GitHub goes on sending to where it was told to, so that the next process has to listen there too. */
    private final int port = FreePorts.next();

    @AfterEach
    void clean() {
        gitHub.close();
        Scratch.delete(home);
    }

    private Sluice start() throws IOException {
        Path resources = Files.createDirectories(home.resolve("resources"));
        return Sluice.of(
                resources,
                SluiceProcess.command(
                                "serve",
                                "-f",
                                resources.toString(),
                                "--data-dir",
                                home.resolve("data").toString(),
                                "--ingress-port",
                                "0",
                                "--admin-port",
                                "0",
                                "--sources-port",
                                Integer.toString(port),
                                "--webhook-url",
                                "http://127.0.0.1:" + port)
                        .start());
    }

    private String source() {
        return """
                apiVersion: v1
                kind: Secret
                metadata:
                  namespace: %1$s
                  name: github
                stringData:
                  webhook: It's a Secret to Everybody
                  token: %2$s
                ---
                apiVersion: sources.knative.dev/v1alpha1
                kind: GitHubSource
                metadata:
                  namespace: %1$s
                  name: kettle
                spec:
                  ownerAndRepository: %3$s
                  eventTypes: [push]
                  githubAPIURL: %4$s
                  accessToken: {secretKeyRef: {name: github, key: token}}
                  secretToken: {secretKeyRef: {name: github, key: webhook}}
                  sink: {uri: %5$s}
                """.formatted(namespace, GitHubStandIn.TOKEN, GitHubStandIn.REPOSITORY, gitHub.api(), sink.uri());
    }

    @Test
    void a_webhook_is_set_up_what_a_killed_process_had_in_hand_is_delivered_again_and_it_goes_with_its_source()
            throws Exception {
        String missed;
        try (Sluice sluice = start()) {
            // Given
            sluice.write("source.yaml", source());
            await().atMost(Sluice.PATIENCE).until(() -> gitHub.hooks().size() == 1);
            sluice.awaitReady("githubsources", namespace, "kettle");
            String pushed = gitHub.happen("push", "{\"ref\": \"refs/heads/main\"}");
            await().atMost(Sluice.PATIENCE).until(() -> sink.ids().contains(pushed));

            // When: the process is killed while the sink has the event and has not said so
            sink.hold();
            CompletableFuture<String> happening =
                    CompletableFuture.supplyAsync(() -> gitHub.happen("push", "{\"ref\": \"refs/heads/missed\"}"));
            await().atMost(Sluice.PATIENCE).until(() -> sink.heldCount() == 1);
            sluice.process().sigkill();
            sluice.process().awaitExit(END);
            missed = happening.get(END.toSeconds(), TimeUnit.SECONDS);
            sink.release();
            assertThat(gitHub.attempts(missed)).singleElement().matches(attempt -> !isAnswered(attempt));
            assertThat(gitHub.hooks()).hasSize(1);
        }

        // Then
        try (Sluice sluice = start()) {
            await().atMost(Sluice.PATIENCE)
                    .until(() -> sink.ids().stream().filter(missed::equals).count() == 2);
            assertThat(sink.events())
                    .filteredOn(event -> event.getId().equals(missed))
                    .allSatisfy(event -> assertThat(event.getExtension("ref")).isEqualTo("refs/heads/missed"));
            sluice.awaitReady("githubsources", namespace, "kettle");
            assertThat(sluice.resource("githubsources", namespace, "kettle").toString())
                    .contains("http://127.0.0.1:" + port + "/" + namespace + "/kettle")
                    .doesNotContain(GitHubStandIn.TOKEN);
            await().atMost(Sluice.PATIENCE)
                    .until(() -> sluice.meter("sluice_source_noted_total", "what=\"redelivery\"") == 1);

            // When
            sluice.delete("source.yaml");

            // Then
            await().atMost(Sluice.PATIENCE).until(() -> gitHub.hooks().isEmpty());
            assertThat(String.join("\n", sluice.process().stderr())).doesNotContain(GitHubStandIn.TOKEN);
        }
    }

    private static boolean isAnswered(Attempt attempt) {
        return attempt.status() < 300;
    }
}
