/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.e2e.SluiceProcess.Finished;
import dev.sluice.testkit.Answer;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.Ledger;
import dev.sluice.testkit.RecordingSubscriber;
import io.cloudevents.CloudEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a stop could not deliver is delivered by the next process on the same data directory. */
final class SpoolIT {

    private static final Duration END = Duration.ofSeconds(30);

    /** Requests that a trigger has under way at a time, by default. */
    private static final int MAX_IN_FLIGHT = 100;

    @RegisterExtension
    final RecordingSubscriber slow = RecordingSubscriber.start();

    @RegisterExtension
    final RecordingSubscriber fast = RecordingSubscriber.start();

    private final String namespace = Sluice.namespace();
    private final Path home = Scratch.folder("spool");
    private final Path resources = folder("resources");
    private final Path data = home.resolve("data");

    private Path folder(String name) {
        try {
            return Files.createDirectory(home.resolve(name));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @AfterEach
    void clean() throws IOException {
        if (Files.isDirectory(data)) {
            Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        Scratch.delete(home);
    }

    private Sluice start(String... options) {
        return Sluice.of(
                resources,
                SluiceProcess.serve(resources)
                        .option("--data-dir", data.toString())
                        .option("--shutdown-timeout", "300ms")
                        .option(options)
                        .start());
    }

    private String trigger(String name, RecordingSubscriber subscriber, String... more) {
        return Manifests.trigger(namespace, name, subscriber.uri("/" + name), more);
    }

    private List<Path> spooled() throws IOException {
        Path spool = data.resolve("spool");
        if (!Files.isDirectory(spool)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(spool)) {
            return files.toList();
        }
    }

    private static List<String> ids(RecordingSubscriber subscriber) {
        return subscriber.ids();
    }

    private static int stop(Sluice sluice) {
        sluice.process().sigterm();
        return sluice.process().awaitExit(END);
    }

    @Test
    void what_could_not_be_delivered_goes_on_after_a_restart_for_the_triggers_that_had_not_ended_it() throws Exception {
        // Given
        List<CloudEvent> events = Events.numbered("e", 20);
        slow.hold();
        try (Sluice sluice = start("--max-in-flight", "1")) {
            sluice.apply(namespace, trigger("slow", slow), trigger("fast", fast));
            events.forEach(event -> sluice.send(namespace, event));
            await().atMost(Sluice.PATIENCE)
                    .until(() -> sluice.meter("sluice_trigger_ended_total", "trigger=\"fast\"") == 20
                            && slow.heldCount() == 1);

            // When
            assertThat(stop(sluice)).as(sluice.process().tail()).isZero();
        }
        assertThat(spooled()).hasSize(1);
        slow.release();

        // Then
        try (Sluice sluice = start("--max-in-flight", "1")) {
            sluice.send(namespace, Events.withId("new"));
            await().atMost(Sluice.PATIENCE).until(() -> slow.ids().contains("new"));
            await().atMost(Sluice.PATIENCE).until(() -> fast.count() == 21);
            // The first request was cut off, so its event comes twice; then all in their order, before what is new.
            assertThat(ids(slow).subList(1, 21))
                    .containsExactlyElementsOf(
                            events.stream().map(CloudEvent::getId).toList());
            assertThat(ids(slow).get(21)).isEqualTo("new");
            assertThat(sluice.meter("sluice_trigger_taken_over_total", "trigger=\"slow\""))
                    .isEqualTo(20);
            await().atMost(Sluice.PATIENCE).until(() -> spooled().isEmpty());
            assertThat(stop(sluice)).isZero();
        }
    }

    @Test
    void parked_events_survive_a_restart_as_they_were() throws Exception {
        // Given
        slow.answer(Answer.status(400));
        JsonNode before;
        try (Sluice sluice = start()) {
            sluice.apply(namespace, trigger("slow", slow));
            sluice.send(namespace, Events.EVERY_ATTRIBUTE);
            await().atMost(Sluice.PATIENCE)
                    .until(() -> sluice.meter("sluice_dead_letters", "namespace=\"" + namespace + "\"") == 1);
            before = deadLetters(sluice);

            // When
            assertThat(stop(sluice)).isZero();
        }

        // Then
        try (Sluice sluice = start()) {
            assertThat(deadLetters(sluice)).isEqualTo(before);
        }
    }

    private static JsonNode deadLetters(Sluice sluice) {
        return Sluice.json(sluice.get(sluice.process().admin("/api/v1/dead-letters")));
    }

    @Test
    void a_process_that_is_killed_after_a_restart_repeats_nothing_that_it_had_delivered() throws Exception {
        // Given: ten events on disk, of which a second process delivers six before it is killed
        slow.hold();
        try (Sluice sluice = start()) {
            sluice.apply(namespace, trigger("slow", slow));
            Events.numbered("e", 10).forEach(event -> sluice.send(namespace, event));
            await().atMost(Sluice.PATIENCE).until(() -> slow.heldCount() == 10);
            assertThat(stop(sluice)).isZero();
        }
        slow.release();
        fast.answerBy(request ->
                List.of("e-6", "e-7", "e-8", "e-9").contains(request.eventId()) ? Answer.never() : Answer.ok());
        redirect(fast);
        try (Sluice sluice = start()) {
            await().atMost(Sluice.PATIENCE)
                    .until(() -> sluice.meter("sluice_trigger_ended_total", "end=\"delivered\"") == 6);
            await().atMost(Sluice.PATIENCE)
                    .until(() -> spooled().stream()
                            .filter(file -> file.toString().endsWith(".ended"))
                            .anyMatch(file -> file.toFile().length() == 8 + 6 * 8));
            await().atMost(Sluice.PATIENCE).until(() -> fast.count() == 10);

            // When
            sluice.process().sigkill();
            sluice.process().awaitExit(END);
        }
        fast.answer(Answer.ok());
        int before = (int) fast.count();
        try (Sluice sluice = start()) {
            // Then
            await().atMost(Sluice.PATIENCE)
                    .until(() -> sluice.meter("sluice_trigger_ended_total", "end=\"delivered\"") == 4);
            assertThat(fast.ids().subList(before, before + 4)).containsExactlyInAnyOrder("e-6", "e-7", "e-8", "e-9");
            await().atMost(Sluice.PATIENCE).until(() -> spooled().isEmpty());
        }
    }

    /** While no process runs. */
    private void redirect(RecordingSubscriber to) throws IOException {
        Files.writeString(
                resources.resolve(namespace + ".yaml"),
                Manifests.broker(namespace, "default") + "\n---\n" + Manifests.trigger(namespace, "slow", to.uri()));
    }

    @Test
    void what_belongs_to_a_broken_file_waits_until_it_is_mended() throws Exception {
        // Given
        slow.hold();
        try (Sluice sluice = start()) {
            sluice.apply(namespace, trigger("slow", slow));
            Events.numbered("e", 3).forEach(event -> sluice.send(namespace, event));
            await().atMost(Sluice.PATIENCE).until(() -> slow.heldCount() == 3);
            assertThat(stop(sluice)).isZero();
        }
        slow.release();
        Path file = resources.resolve(namespace + ".yaml");
        String good = Files.readString(file);
        Files.writeString(file, Manifests.broker(namespace, "default"));
        Files.writeString(
                resources.resolve("trigger.yaml"),
                Manifests.trigger(namespace, "slow", fast.uri()).replace("subscriber:", "subscribe:"));

        // When
        try (Sluice sluice = start()) {
            assertThat(spooled()).hasSize(1);
            Files.writeString(resources.resolve("trigger.yaml"), Manifests.trigger(namespace, "slow", fast.uri()));

            // Then
            await().atMost(Sluice.PATIENCE).until(() -> fast.count() == 3);
        }
        assertThat(good).contains("slow");
    }

    @Test
    void what_belongs_to_a_trigger_that_is_gone_is_discarded_and_counted() throws Exception {
        // Given
        slow.hold();
        try (Sluice sluice = start()) {
            sluice.apply(namespace, trigger("slow", slow));
            Events.numbered("e", 3).forEach(event -> sluice.send(namespace, event));
            await().atMost(Sluice.PATIENCE).until(() -> slow.heldCount() == 3);
            assertThat(stop(sluice)).isZero();
        }
        Files.writeString(resources.resolve(namespace + ".yaml"), Manifests.broker(namespace, "default"));

        // When
        try (Sluice sluice = start()) {
            // Then
            assertThat(sluice.meter("sluice_spool_discarded_total")).isEqualTo(3);
            assertThat(sluice.process().stderr())
                    .anySatisfy(
                            line -> assertThat(line).contains("trigger that is gone", namespace + "/slow", "events=3"));
            await().atMost(Sluice.PATIENCE).until(() -> spooled().isEmpty());
        }
    }

    @Test
    void what_belongs_to_a_broker_that_is_not_there_stays_on_disk() throws Exception {
        // Given
        slow.hold();
        try (Sluice sluice = start()) {
            sluice.apply(namespace, trigger("slow", slow));
            sluice.send(namespace, Events.MINIMAL);
            await().atMost(Sluice.PATIENCE).until(() -> slow.heldCount() == 1);
            assertThat(stop(sluice)).isZero();
        }
        List<Path> before = spooled();
        Files.delete(resources.resolve(namespace + ".yaml"));

        // When
        try (Sluice sluice = start()) {
            assertThat(stop(sluice)).isZero();

            // Then
            assertThat(sluice.process().stderr())
                    .anySatisfy(line ->
                            assertThat(line).contains("a Broker that is not here", namespace + "/default", "events=1"));
        }
        assertThat(spooled()).isEqualTo(before);
    }

    @Test
    void a_stop_under_load_and_a_start_lose_nothing() throws Exception {
        // Given: a subscriber that takes some and hangs now and then, beside one that is well
        var ledger = new Ledger().expecting("all").expecting("healthy");
        fast.onRequest(request -> ledger.delivered("healthy", request.eventId()));
        slow.onRequest(request -> {
            if (!request.eventId().endsWith("7")) {
                ledger.delivered("all", request.eventId());
            }
        });
        slow.answerBy(request -> request.eventId().endsWith("7") ? Answer.never() : Answer.ok());
        try (Sluice sluice = start()) {
            sluice.apply(namespace, trigger("all", slow), trigger("healthy", fast));
            try (var load = Load.start(sluice, sluice.ingress(namespace), namespace, ledger, Duration.ZERO)) {
                await().atMost(Sluice.PATIENCE).until(() -> ledger.acceptedCount() > 1_000);
                sluice.process().sigterm();
                await().atMost(Sluice.PATIENCE).until(() -> !load.refusals().isEmpty());
            }
            assertThat(sluice.process().awaitExit(END))
                    .as(sluice.process().tail())
                    .isZero();
        }
        slow.onRequest(request -> ledger.delivered("all", request.eventId()));
        slow.answer(Answer.ok());

        // When
        try (Sluice sluice = start()) {
            // Then
            await().atMost(Sluice.PATIENCE).until(() -> ledger.verify().isComplete());
            CounterLaw.awaitSettled(sluice, namespace);
            Ledger.Verdict verdict = ledger.verify().assertNothingLost();
            for (String trigger : List.of("all", "healthy")) {
                assertThat(verdict.duplicated())
                        .as("what came twice was under way when the process stopped")
                        .filteredOn(fault -> fault.trigger().equals(trigger))
                        .hasSizeLessThanOrEqualTo(MAX_IN_FLIGHT);
            }
            CounterLaw.awaitSelfCheck(sluice);
        }
    }

    @Test
    void a_data_directory_that_another_process_uses_is_refused() {
        // Given
        try (Sluice sluice = start()) {
            // When
            Finished second = SluiceProcess.serve(resources)
                    .option("--data-dir", data.toString())
                    .run("");

            // Then
            assertThat(second.status()).isEqualTo(1);
            assertThat(second.stderr())
                    .contains(
                            "--data-dir",
                            data.toString(),
                            "process id " + sluice.process().pid(),
                            "stop that one");
        }
    }

    @Test
    void a_stop_that_cannot_write_ends_with_1_and_says_how_many_events_are_lost() throws Exception {
        // Given: the place of the spool is taken by something that is no folder
        slow.hold();
        try (Sluice sluice = start()) {
            sluice.apply(namespace, trigger("slow", slow));
            Events.numbered("e", 3).forEach(event -> sluice.send(namespace, event));
            await().atMost(Sluice.PATIENCE).until(() -> slow.heldCount() == 3);
            Files.writeString(data.resolve("spool"), "in the way");

            // When
            int status = stop(sluice);

            // Then
            assertThat(status).isEqualTo(1);
            assertThat(sluice.process().stderr())
                    .anySatisfy(line -> assertThat(line)
                            .contains("lost", "events=3", data.resolve("spool").toString()));
        }
    }
}
