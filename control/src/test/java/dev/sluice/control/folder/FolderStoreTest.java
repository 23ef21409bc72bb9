/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.routing.ResourceName;
import dev.sluice.control.resource.Trigger;
import dev.sluice.control.store.Resources;
import dev.sluice.control.validation.Problem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderStoreTest {

    /** A change has to take effect within this time; the rest of the second belongs to the data plane. */
    private static final Duration PROMPTLY = Duration.ofMillis(900);

    /** For what is not a matter of time. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path temp;

    private Path folder;
    private final List<Resources> snapshots = new CopyOnWriteArrayList<>();
    private @Nullable FolderStore store;

    @BeforeEach
    void makeFolder() throws IOException {
        folder = Files.createDirectory(temp.resolve("resources"));
    }

    @AfterEach
    void stop() {
        if (store != null) {
            store.close();
        }
    }

    private void start(Path... roots) {
        List<Path> watched = roots.length == 0 ? List.of(folder) : List.of(roots);
        store = new FolderStore(watched, temp.resolve("data"), Clock.systemUTC());
        store.start(snapshots::add);
        await().atMost(PATIENCE).until(() -> !snapshots.isEmpty());
    }

    private void restart() {
        store.close();
        snapshots.clear();
        start();
    }

    private Resources latest() {
        return snapshots.get(snapshots.size() - 1);
    }

    private Trigger trigger(String name) {
        return latest().triggers().get(ResourceName.parse(name));
    }

    private List<String> triggers() {
        return latest().triggers().keySet().stream()
                .map(ResourceName::toString)
                .sorted()
                .toList();
    }

    private List<String> problems() {
        return latest().problems().stream().map(Problem::toString).toList();
    }

    private static String trigger(String name, String uri) {
        return """
                apiVersion: eventing.knative.dev/v1
                kind: Trigger
                metadata:
                  name: %s
                spec:
                  broker: default
                  subscriber:
                    uri: %s
                """.formatted(name, uri);
    }

    private Path write(String name, String... documents) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, String.join("---\n", documents));
    }

    @Test
    void reads_all_files_below_its_roots_before_the_first_snapshot() throws IOException {
        // Given
        write("a.yaml", trigger("one", "http://one/"), trigger("two", "http://two/"));
        write("deeper/still/b.yml", trigger("three", "http://three/"));
        write(
                "c.json",
                "{\"apiVersion\": \"eventing.knative.dev/v1\",\n\t\"kind\": \"Trigger\", \"metadata\": {\"name\": \"four\"},"
                        + "\"spec\": {\"broker\": \"default\", \"subscriber\": {\"uri\": \"http://four/\"}}}");

        // When
        start();

        // Then
        assertThat(snapshots.get(0).triggers()).hasSize(4);
        assertThat(triggers()).containsExactly("default/four", "default/one", "default/three", "default/two");
        assertThat(trigger("one").getMetadata().getUid()).isNotBlank();
        assertThat(trigger("one").getMetadata().getGeneration()).isEqualTo(1);
    }

    @Test
    void adds_changes_and_deletes_within_a_second() throws IOException {
        start();
        List<Duration> added = new ArrayList<>();
        List<Duration> changed = new ArrayList<>();
        List<Duration> deleted = new ArrayList<>();

        // When: several times, as a busy machine may take one of them its time
        for (int i = 0; i < 3; i++) {
            Path file = write("a.yaml", trigger("one", "http://one/"));
            added.add(timeUntil(() -> triggers().contains("default/one")));
            String uid = trigger("one").getMetadata().getUid();

            write("a.yaml", trigger("one", "http://changed/"));
            changed.add(timeUntil(
                    () -> trigger("one").getSpec().getSubscriber().getUri().equals("http://changed/")));
            assertThat(trigger("one").getMetadata().getUid()).isEqualTo(uid);
            assertThat(trigger("one").getMetadata().getGeneration()).isEqualTo(2);

            Files.delete(file);
            deleted.add(timeUntil(() -> triggers().isEmpty()));
        }

        // Then
        assertThat(added).anySatisfy(FolderStoreTest::requirePrompt);
        assertThat(changed).anySatisfy(FolderStoreTest::requirePrompt);
        assertThat(deleted).anySatisfy(FolderStoreTest::requirePrompt);
    }

    private static Duration timeUntil(Callable<Boolean> fact) {
        long begin = System.nanoTime();
        await().pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(10))
                .atMost(PATIENCE)
                .until(fact);
        return Duration.ofNanos(System.nanoTime() - begin);
    }

    private static void requirePrompt(Duration took) {
        assertThat(took).isLessThan(PROMPTLY);
    }

    @Test
    void keeps_the_last_good_version_of_what_became_invalid_and_takes_what_is_valid() throws IOException {
        // Given
        write("a.yaml", trigger("one", "http://one/"), trigger("two", "http://two/"), trigger("gone", "http://x/"));
        start();

        // When
        write(
                "a.yaml",
                trigger("one", "http://changed/"),
                trigger("two", "http://two/").replace("broker: default", "brocker: default"),
                trigger("new", "http://new/"));

        // Then
        await().atMost(PATIENCE).until(() -> triggers().contains("default/new"));
        assertThat(triggers()).containsExactly("default/new", "default/one", "default/two");
        assertThat(trigger("one").getSpec().getSubscriber().getUri()).isEqualTo("http://changed/");
        assertThat(trigger("two").getSpec().getBroker()).isEqualTo("default");
        assertThat(problems())
                .containsExactlyInAnyOrder(
                        folder.resolve("a.yaml")
                                + ":15 (document 2) Trigger default/two: spec.brocker is not a known field; did you mean"
                                + " broker?",
                        folder.resolve("a.yaml")
                                + ":14 (document 2) Trigger default/two: spec.broker is missing; write the name of the"
                                + " Broker, such as default");
    }

    @Test
    void broken_syntax_costs_only_its_own_document() throws IOException {
        // Given
        write("a.yaml", trigger("one", "http://one/"), trigger("two", "http://two/"));
        start();

        // When
        write("a.yaml", "kind: [Trigger\n", trigger("two", "http://changed/"));

        // Then
        await().atMost(PATIENCE)
                .until(() -> trigger("two").getSpec().getSubscriber().getUri().equals("http://changed/"));
        assertThat(triggers()).containsExactly("default/one", "default/two");
        assertThat(problems()).singleElement().asString().contains("a.yaml:", "(document 1)", "is not YAML");
    }

    @Test
    void a_file_that_is_not_text_is_reported_and_harms_nothing() throws IOException {
        // Given
        write("a.yaml", trigger("one", "http://one/"));
        start();

        // When
        Files.write(folder.resolve("a.yaml"), new byte[] {(byte) 0xff, (byte) 0xfe, 0, 1, 2, (byte) 0xc3});

        // Then
        await().atMost(PATIENCE).until(() -> !problems().isEmpty());
        assertThat(problems()).singleElement().asString().contains("a.yaml: is not UTF-8 text");
        assertThat(triggers()).containsExactly("default/one");
    }

    @Test
    void a_file_of_ten_megabytes_is_refused_without_reading_it() throws IOException {
        // Given
        write("a.yaml", trigger("one", "http://one/"));
        start();

        // When
        Files.writeString(folder.resolve("b.yaml"), "# filler\n".repeat(10 * 1024 * 1024 / 9 + 1));

        // Then
        await().atMost(PATIENCE).until(() -> !problems().isEmpty());
        assertThat(problems()).singleElement().asString().contains("b.yaml: has 10485", "split it into several files");
        assertThat(triggers()).containsExactly("default/one");
    }

    @Test
    void a_folder_that_vanishes_keeps_its_last_good_state_until_it_is_back() throws IOException {
        // Given
        write("a.yaml", trigger("one", "http://one/"));
        start();
        Path away = temp.resolve("away");

        // When
        Files.move(folder, away);
        await().atMost(PATIENCE).until(() -> !problems().isEmpty());

        // Then
        assertThat(problems()).singleElement().asString().contains(folder.toString(), "does not exist");
        assertThat(triggers()).containsExactly("default/one");

        // When
        Files.writeString(away.resolve("a.yaml"), trigger("two", "http://two/"));
        Files.move(away, folder);

        // Then
        await().atMost(PATIENCE).until(() -> triggers().equals(List.of("default/two")));
        assertThat(problems()).isEmpty();
    }

    @Test
    void a_file_that_cannot_be_read_keeps_its_last_good_state_until_it_can() throws IOException {
        // Given
        Path file = write("a.yaml", trigger("one", "http://one/"));
        write("b.yaml", trigger("two", "http://two/"));
        start();

        // When a link to itself stands where the file was: unreadable for anybody, root included
        Path link = Files.createSymbolicLink(temp.resolve("link"), Path.of("a.yaml"));
        Files.move(link, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);

        // Then
        await().atMost(PATIENCE).until(() -> !problems().isEmpty());
        assertThat(problems()).singleElement().asString().contains("a.yaml: can't be read");
        assertThat(triggers()).containsExactly("default/one", "default/two");

        // When
        Files.delete(file);
        write("a.yaml", trigger("one", "http://mended/"));

        // Then
        await().atMost(PATIENCE)
                .until(() -> trigger("one").getSpec().getSubscriber().getUri().equals("http://mended/"));
        assertThat(problems()).isEmpty();
    }

    @Test
    void a_name_belongs_to_the_file_that_had_it_first() throws IOException {
        // Given
        write("b.yaml", trigger("one", "http://first/"));
        start();

        // When
        write("a.yaml", trigger("one", "http://second/"));

        // Then
        await().atMost(PATIENCE).until(() -> !problems().isEmpty());
        assertThat(problems())
                .containsExactly(folder.resolve("a.yaml")
                        + ":4 (document 1) Trigger default/one: metadata.name \"one\" is taken by "
                        + folder.resolve("b.yaml") + ":4 (document 1); rename one of the two, or remove it");
        assertThat(trigger("one").getSpec().getSubscriber().getUri()).isEqualTo("http://first/");
        String uid = trigger("one").getMetadata().getUid();

        // When
        Files.delete(folder.resolve("b.yaml"));

        // Then the same trigger has moved to the other file
        await().atMost(PATIENCE)
                .until(() -> trigger("one").getSpec().getSubscriber().getUri().equals("http://second/"));
        assertThat(trigger("one").getMetadata().getUid()).isEqualTo(uid);
        assertThat(problems()).isEmpty();
    }

    @Test
    void an_immutable_field_keeps_its_value_until_the_resource_is_created_again() throws IOException {
        // Given
        Path file = write("a.yaml", trigger("one", "http://one/"));
        start();
        String uid = trigger("one").getMetadata().getUid();

        // When
        write("a.yaml", trigger("one", "http://changed/").replace("broker: default", "broker: other"));

        // Then
        await().atMost(PATIENCE).until(() -> !problems().isEmpty());
        assertThat(problems())
                .containsExactly(
                        file + ":6 (document 1) Trigger default/one: spec.broker \"other\" can't be changed from"
                                + " \"default\" (ImmutableFieldChanged); delete the resource and create it again, or write the"
                                + " value back");
        assertThat(trigger("one").getSpec().getBroker()).isEqualTo("default");
        assertThat(trigger("one").getSpec().getSubscriber().getUri()).isEqualTo("http://one/");

        // When
        Files.delete(file);
        await().atMost(PATIENCE).until(() -> triggers().isEmpty());
        write("a.yaml", trigger("one", "http://changed/").replace("broker: default", "broker: other"));

        // Then
        await().atMost(PATIENCE).until(() -> triggers().contains("default/one"));
        assertThat(trigger("one").getSpec().getBroker()).isEqualTo("other");
        assertThat(trigger("one").getMetadata().getUid()).isNotEqualTo(uid);
    }

    @Test
    void an_edit_leaves_the_objects_of_all_other_resources_as_they_are() throws IOException {
        // Given
        write("a.yaml", trigger("one", "http://one/"), trigger("two", "http://two/"));
        write("b.yaml", trigger("three", "http://three/"));
        start();
        Trigger two = trigger("two");
        Trigger three = trigger("three");

        // When
        write("a.yaml", trigger("one", "http://elsewhere/"), trigger("two", "http://two/"));

        // Then
        await().until(() -> trigger("one").getMetadata().getGeneration() == 2);
        assertThat(trigger("two")).isSameAs(two);
        assertThat(trigger("three")).isSameAs(three);
    }

    @Test
    void an_edit_survives_a_restart() throws IOException {
        // Given
        write("a.yaml", trigger("one", "http://one/"));
        start();
        write("a.yaml", trigger("one", "http://elsewhere/"));
        await().until(() -> trigger("one").getMetadata().getGeneration() == 2);
        String uid = trigger("one").getMetadata().getUid();

        // When
        restart();

        // Then
        assertThat(trigger("one").getMetadata().getUid()).isEqualTo(uid);
        assertThat(trigger("one").getMetadata().getGeneration()).isEqualTo(2);
    }

    @Test
    void a_file_gone_and_back_while_the_process_is_down_is_the_same_trigger() throws IOException {
        // Given
        Path file = write("a.yaml", trigger("one", "http://one/"));
        start();
        String uid = trigger("one").getMetadata().getUid();
        String created = trigger("one").getMetadata().getCreationTimestamp();
        store.close();

        // When
        Files.delete(file);
        write("renamed.yaml", trigger("one", "http://changed/"));
        restart();

        // Then
        assertThat(trigger("one").getMetadata().getUid()).isEqualTo(uid);
        assertThat(trigger("one").getMetadata().getCreationTimestamp()).isEqualTo(created);
        assertThat(trigger("one").getMetadata().getGeneration()).isEqualTo(2);
    }

    @Test
    void a_trigger_deleted_while_the_process_runs_has_another_identity_when_it_comes_back() throws IOException {
        // Given
        Path file = write("a.yaml", trigger("one", "http://one/"));
        start();
        String uid = trigger("one").getMetadata().getUid();

        // When
        Files.delete(file);
        await().atMost(PATIENCE).until(() -> triggers().isEmpty());
        restart();
        write("a.yaml", trigger("one", "http://one/"));
        await().atMost(PATIENCE).until(() -> triggers().contains("default/one"));

        // Then
        assertThat(trigger("one").getMetadata().getUid()).isNotEqualTo(uid);
    }

    @Test
    void a_save_by_delete_and_rename_is_a_change_and_no_deletion() throws IOException {
        // Given
        Path file = write("a.yaml", trigger("one", "http://one/"));
        start();
        String uid = trigger("one").getMetadata().getUid();

        // When vim with backupcopy=no: old file away, new one written under the name
        Files.move(file, folder.resolve("a.yaml~"));
        Files.writeString(folder.resolve(".a.yaml.swp"), "kind: [");
        Files.writeString(folder.resolve("4913"), "");
        Files.delete(folder.resolve("4913"));
        Files.writeString(folder.resolve("#a.yaml#"), "kind: [");
        Files.writeString(folder.resolve("a.yaml.tmp"), trigger("one", "http://changed/"));
        Files.move(folder.resolve("a.yaml.tmp"), file);

        // Then
        await().atMost(PATIENCE)
                .until(() -> trigger("one").getSpec().getSubscriber().getUri().equals("http://changed/"));
        assertThat(trigger("one").getMetadata().getUid()).isEqualTo(uid);
        assertThat(snapshots)
                .allSatisfy(snapshot -> assertThat(snapshot.triggers()).hasSize(1));
        assertThat(problems()).isEmpty();
    }

    @Test
    void a_trigger_that_moves_to_another_file_keeps_its_identity() throws IOException {
        // Given
        write("a.yaml", trigger("one", "http://one/"), trigger("two", "http://two/"));
        start();
        String uid = trigger("two").getMetadata().getUid();

        // When
        write("a.yaml", trigger("one", "http://one/"));
        write("b.yaml", trigger("two", "http://moved/"));

        // Then
        await().atMost(PATIENCE)
                .until(() -> trigger("two").getSpec().getSubscriber().getUri().equals("http://moved/"));
        assertThat(trigger("two").getMetadata().getUid()).isEqualTo(uid);
        assertThat(snapshots)
                .allSatisfy(snapshot -> assertThat(snapshot.triggers()).hasSize(2));
    }

    @Test
    void follows_links_that_are_swapped_as_a_mounted_config_map_is() throws IOException {
        // Given
        Path first = Files.createDirectory(folder.resolve("..first"));
        Path second = Files.createDirectory(folder.resolve("..second"));
        Files.writeString(first.resolve("a.yaml"), trigger("one", "http://first/"));
        Files.writeString(second.resolve("a.yaml"), trigger("one", "http://second/"));
        Files.createSymbolicLink(folder.resolve("..data"), Path.of("..first"));
        Files.createSymbolicLink(folder.resolve("a.yaml"), Path.of("..data/a.yaml"));
        start();
        assertThat(trigger("one").getSpec().getSubscriber().getUri()).isEqualTo("http://first/");

        // When
        Path next = Files.createSymbolicLink(folder.resolve("..next"), Path.of("..second"));
        Files.move(next, folder.resolve("..data"), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);

        // Then
        await().atMost(PATIENCE)
                .until(() -> trigger("one").getSpec().getSubscriber().getUri().equals("http://second/"));
        assertThat(problems()).isEmpty();
    }

    @Test
    void does_not_read_its_own_data_directory() throws IOException {
        // Given
        write("a.yaml", trigger("one", "http://one/"));
        store = new FolderStore(List.of(folder), folder.resolve("data"), Clock.systemUTC());

        // When
        store.start(snapshots::add);
        write("b.yaml", trigger("two", "http://two/"));

        // Then
        await().atMost(PATIENCE).until(() -> !snapshots.isEmpty() && triggers().contains("default/two"));
        assertThat(folder.resolve("data/uids.json")).exists();
        assertThat(problems()).isEmpty();
    }

    @Test
    void named_resources_have_one_uid_in_every_process_whatever_an_earlier_one_minted() throws IOException {
        // Given
        write("a.yaml", trigger("one", "http://one/"), trigger("two", "http://two/"));
        start();
        String minted = trigger("one").getMetadata().getUid();
        store.close();

        // When
        List<String> uids = new ArrayList<>();
        for (String data : List.of("data", "data", "other-data")) {
            snapshots.clear();
            store = new FolderStore(List.of(folder), temp.resolve(data), Identities.NAMED, Clock.systemUTC());
            store.start(snapshots::add);
            await().atMost(Duration.ofSeconds(5)).until(() -> !snapshots.isEmpty());
            uids.add(trigger("one").getMetadata().getUid());
            store.close();
        }

        // Then
        assertThat(Set.copyOf(uids)).hasSize(1).doesNotContain(minted);
        assertThat(trigger("two").getMetadata().getUid()).isNotEqualTo(uids.get(0));
    }

    @Test
    void refuses_to_start_with_identities_that_it_cannot_read() throws IOException {
        // Given
        Files.createDirectories(temp.resolve("data"));
        Path file = Files.writeString(temp.resolve("data/uids.json"), "{\"version\": \"1\", \"resources\": [");
        store = new FolderStore(List.of(folder), temp.resolve("data"), Clock.systemUTC());

        // When, Then
        assertThatThrownBy(() -> store.start(snapshots::add))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("restore it, or remove it");
    }

    @Test
    void a_root_that_is_not_there_yet_holds_up_the_first_snapshot() throws IOException {
        // Given
        Path later = temp.resolve("later");
        write("a.yaml", trigger("one", "http://one/"));
        store = new FolderStore(List.of(folder, later), temp.resolve("data"), Clock.systemUTC());
        store.start(snapshots::add);

        // When
        await().during(Duration.ofMillis(300)).until(snapshots::isEmpty);
        Files.createDirectory(later);

        // Then
        await().atMost(PATIENCE).until(() -> !snapshots.isEmpty());
        assertThat(triggers()).containsExactly("default/one");
    }

    @Test
    void writers_at_work_never_take_away_what_they_do_not_delete() throws Exception {
        // Given four files of one trigger each; a half-written one is broken YAML at any byte
        String flow = "{apiVersion: eventing.knative.dev/v1, kind: Trigger, metadata: {name: %s},"
                + " spec: {broker: default, subscriber: {uri: 'http://host/%d'}}}";
        List<Path> edited = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            edited.add(write("f" + i + ".yaml", flow.formatted("t" + i, 0)));
        }
        start();
        List<String> uids = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            uids.add(trigger("t" + i).getMetadata().getUid());
        }
        long seed = System.nanoTime();
        Random random = new Random(seed);

        // When
        for (int round = 1; round <= 400; round++) {
            int i = random.nextInt(4);
            byte[] bytes = flow.formatted("t" + i, round).getBytes(StandardCharsets.UTF_8);
            int cut = 1 + random.nextInt(bytes.length - 1);
            Files.write(edited.get(i), Arrays.copyOf(bytes, cut));
            LockSupport.parkNanos(random.nextInt(2_000_000));
            Files.write(edited.get(i), bytes);
        }
        for (int i = 0; i < 4; i++) {
            Files.writeString(edited.get(i), flow.formatted("t" + i, 1_000));
        }

        // Then
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(latest().triggers().values())
                        .as("seed " + seed)
                        .extracting(trigger -> trigger.getSpec().getSubscriber().getUri())
                        .containsOnly("http://host/1000"));
        assertThat(snapshots)
                .as("seed " + seed)
                .allSatisfy(snapshot -> assertThat(snapshot.triggers().values())
                        .extracting(trigger -> trigger.getMetadata().getUid())
                        .containsExactlyInAnyOrderElementsOf(uids));
    }

    @Test
    void a_change_that_the_clock_of_the_file_system_is_too_coarse_for_is_found_all_the_same() throws IOException {
        // Given
        write("other.yaml", trigger("other", "http://other/"));
        start();
        Path file = write("a.yaml", trigger("one", "http://one/"));
        await().atMost(PATIENCE).until(() -> triggers().contains("default/one"));

        // When the same length is written within what such a clock takes for the same moment
        FileTime time = Files.getLastModifiedTime(file);
        Files.writeString(file, trigger("one", "http://two/"));
        Files.setLastModifiedTime(file, time);

        // Then
        await().atMost(PATIENCE)
                .until(() -> trigger("one").getSpec().getSubscriber().getUri().equals("http://two/"));
    }

    @Test
    void a_trigger_in_a_file_that_is_broken_at_the_start_is_the_same_once_it_is_mended() throws IOException {
        // Given
        write("a.yaml", trigger("one", "http://one/"), trigger("two", "http://two/"));
        start();
        String uid = trigger("one").getMetadata().getUid();

        // When it starts twice with the file broken, once in its syntax and once in a field
        write("a.yaml", "kind: [Trigger\n");
        restart();
        assertThat(triggers()).isEmpty();
        write("a.yaml", trigger("one", "http://one/").replace("broker:", "brocker:"));
        restart();
        assertThat(triggers()).isEmpty();
        write("a.yaml", trigger("one", "http://one/"));

        // Then
        await().atMost(PATIENCE).until(() -> triggers().contains("default/one"));
        assertThat(trigger("one").getMetadata().getUid()).isEqualTo(uid);

        // When nothing is left that could hold the other one, it is forgotten
        restart();
        assertThat(Files.readString(temp.resolve("data/uids.json")))
                .contains("one")
                .doesNotContain("two");
    }

    @Test
    void a_file_that_is_renamed_and_broken_at_once_keeps_its_last_good_version() throws IOException {
        // Given
        Path file = write("a.yaml", trigger("one", "http://one/"));
        start();
        String uid = trigger("one").getMetadata().getUid();

        // When
        Files.move(file, folder.resolve("b.yaml"));
        write("b.yaml", trigger("one", "http://one/").replace("broker:", "brocker:"));
        await().atMost(PATIENCE).until(() -> !problems().isEmpty());

        // Then
        assertThat(triggers()).containsExactly("default/one");

        // When
        write("b.yaml", trigger("one", "http://mended/"));

        // Then
        await().atMost(PATIENCE)
                .until(() -> trigger("one").getSpec().getSubscriber().getUri().equals("http://mended/"));
        assertThat(trigger("one").getMetadata().getUid()).isEqualTo(uid);
        assertThat(problems()).isEmpty();
    }

    @Test
    void a_document_with_an_impossible_name_deletes_nothing() throws IOException {
        // Given
        write("a.yaml", trigger("one", "http://one/"));
        start();

        // When
        write("a.yaml", trigger("One!", "http://one/"));

        // Then
        await().atMost(PATIENCE).until(() -> !problems().isEmpty());
        assertThat(triggers()).containsExactly("default/one");
    }

    @Test
    void a_file_that_is_emptied_deletes_nothing_until_it_is_deleted() throws IOException {
        // Given
        Path file = write("a.yaml", trigger("one", "http://one/"));
        start();
        String uid = trigger("one").getMetadata().getUid();

        // When: as a shell leaves it until the command whose output goes there has begun to write
        Files.write(file, new byte[0]);

        // Then
        await().atMost(PATIENCE).until(() -> !problems().isEmpty());
        assertThat(problems()).containsExactly(file + ": warning: is empty; write resources into it, or delete it");
        assertThat(triggers()).containsExactly("default/one");

        // When
        Files.writeString(file, trigger("one", "http://written/"));

        // Then
        await().atMost(PATIENCE)
                .until(() -> trigger("one").getSpec().getSubscriber().getUri().equals("http://written/"));
        assertThat(trigger("one").getMetadata().getUid()).isEqualTo(uid);
        assertThat(problems()).isEmpty();

        // When
        Files.write(file, new byte[0]);
        await().atMost(PATIENCE).until(() -> !problems().isEmpty());
        Files.delete(file);

        // Then
        await().atMost(PATIENCE).until(() -> triggers().isEmpty());
    }

    @Test
    void what_moves_out_of_a_file_that_stays_behind_empty_is_what_it_was() throws IOException {
        // Given
        Path file = write("a.yaml", trigger("one", "http://one/"));
        start();
        String uid = trigger("one").getMetadata().getUid();

        // When
        write("b.yaml", trigger("one", "http://moved/"));
        Files.write(file, new byte[0]);

        // Then
        await().atMost(PATIENCE)
                .until(() -> trigger("one").getSpec().getSubscriber().getUri().equals("http://moved/"));
        assertThat(trigger("one").getMetadata().getUid()).isEqualTo(uid);
        assertThat(problems()).containsExactly(file + ": warning: is empty; write resources into it, or delete it");
    }

    @Test
    void a_list_without_items_deletes_nothing() throws IOException {
        // Given
        String list = """
                apiVersion: v1
                kind: List
                items:
                  - {apiVersion: eventing.knative.dev/v1, kind: Broker, metadata: {name: b}}
                """;
        write("a.yaml", list);
        start();

        // When
        write("a.yaml", list.replace("items:", "item:"));

        // Then
        await().atMost(PATIENCE).until(() -> !problems().isEmpty());
        assertThat(problems())
                .containsExactly(folder.resolve("a.yaml")
                        + ":1 (document 1) List: items is missing; write items with a list of resources in it");
        assertThat(latest().brokers()).hasSize(1);
    }

    @Test
    void stops_without_waiting_for_its_next_look() {
        // Given
        Duration shortest = Duration.ofDays(1);

        // When it is closed while its thread has just begun to wait
        for (int i = 0; i < 5; i++) {
            AtomicReference<Thread> thread = new AtomicReference<>();
            store = new FolderStore(List.of(folder), temp.resolve("data"), Clock.systemUTC());
            store.start(snapshot -> thread.set(Thread.currentThread()));
            await().pollInterval(Duration.ofMillis(1))
                    .until(() -> thread.get() != null && thread.get().getState() == Thread.State.TIMED_WAITING);
            long begin = System.nanoTime();
            store.close();
            Duration took = Duration.ofNanos(System.nanoTime() - begin);
            shortest = took.compareTo(shortest) < 0 ? took : shortest;
        }

        // Then
        assertThat(shortest).isLessThan(Duration.ofMillis(50));
    }

    @Test
    void goes_on_looking_after_an_error() throws IOException {
        // Given
        store = new FolderStore(List.of(folder), temp.resolve("data"), Clock.systemUTC());
        store.start(snapshot -> {
            snapshots.add(snapshot);
            if (snapshots.size() == 1) {
                throw new OutOfMemoryError("an error that the test wants");
            }
        });
        await().until(() -> snapshots.size() == 1);

        // When
        write("a.yaml", trigger("one", "http://one/"));

        // Then
        await().atMost(PATIENCE).until(() -> triggers().contains("default/one"));
    }

    @Test
    void a_list_holds_resources_of_its_own() throws IOException {
        // Given
        write("a.yaml", """
                apiVersion: v1
                kind: List
                items:
                  - {apiVersion: eventing.knative.dev/v1, kind: Broker, metadata: {name: b}}
                  - {apiVersion: eventing.knative.dev/v1, kind: Trigger, metadata: {name: t}, spec: {broker: b}}
                """);

        // When
        start();

        // Then
        assertThat(latest().brokers()).hasSize(1);
        assertThat(problems())
                .containsExactly(folder.resolve("a.yaml")
                        + ":5 (document 1) Trigger default/t: items[1].spec.subscriber is missing; write subscriber with a"
                        + " uri or a ref in it");
    }

    @Test
    void a_problem_is_told_once_and_gone_when_it_is_mended() throws IOException {
        // Given
        write("a.yaml", trigger("one", "http://one/").replace("broker: default", "broker: 1"));
        start();
        assertThat(problems()).hasSize(1);
        int before = snapshots.size();

        // When
        write("b.yaml", trigger("two", "http://two/"));
        await().atMost(PATIENCE).until(() -> triggers().contains("default/two"));
        write("a.yaml", trigger("one", "http://one/"));

        // Then
        await().atMost(PATIENCE).until(() -> triggers().contains("default/one"));
        assertThat(problems()).isEmpty();
        assertThat(snapshots).hasSize(before + 2);
    }

    @Test
    void a_missing_root_is_found_before_the_start() throws IOException {
        assertThat(FolderStore.checkRoots(List.of(folder, temp.resolve("nowhere"))))
                .extracting(Problem::toString)
                .containsExactly(temp.resolve("nowhere") + ": does not exist; name a file or folder");
    }

    @Test
    void a_thousand_triggers_in_one_file_are_one_update() throws IOException {
        // Given
        write("a.yaml", trigger("first", "http://first/"));
        start();
        StringBuilder many = new StringBuilder();
        for (int i = 0; i < 1_000; i++) {
            many.append("---\n").append(trigger("t" + i, "http://host/" + i));
        }

        // When: at one stroke, since a long file is written in pieces
        Path written = Files.writeString(temp.resolve("b.yaml"), many.toString());
        Files.move(written, folder.resolve("b.yaml"), StandardCopyOption.ATOMIC_MOVE);

        // Then
        await().atMost(PATIENCE).until(() -> latest().triggers().size() > 1);
        assertThat(latest().triggers()).hasSize(1_001);
        assertThat(snapshots).hasSize(2);
    }
}
