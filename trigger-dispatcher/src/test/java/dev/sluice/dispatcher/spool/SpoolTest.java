/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.routing.ResourceName;
import dev.sluice.dispatcher.parking.Cause;
import dev.sluice.dispatcher.parking.ParkedEvent;
import dev.sluice.dispatcher.send.FailureKind;
import dev.sluice.dispatcher.spool.Spool.Decision;
import dev.sluice.dispatcher.spool.Spool.Recovered;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.WireForm;
import io.cloudevents.CloudEvent;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpoolTest {

    private static final ResourceName BROKER = new ResourceName("shop", "default");
    private static final String UID = "broker-uid";
    private static final ResourceName PAID = new ResourceName("shop", "paid");
    private static final ResourceName SENT = new ResourceName("shop", "sent");

    @TempDir
    private Path folder;

    private final List<Spool> spools = new ArrayList<>();

    @AfterEach
    void close() throws IOException {
        for (Spool spool : spools) {
            spool.close();
        }
    }

    /** Another life of the process; the one before is as good as killed. */
    private Spool next() throws IOException {
        var spool = new Spool(folder, System::currentTimeMillis);
        spools.add(spool);
        spool.open();
        return spool;
    }

    private static Place place(ResourceName trigger) {
        return new Place(trigger, trigger.name() + "-uid", 0, 0, Optional.empty(), Optional.empty());
    }

    private static Waiting waiting(String id, ResourceName... triggers) {
        List<Place> places = new ArrayList<>();
        for (ResourceName trigger : triggers) {
            places.add(place(trigger));
        }
        return new Waiting(Events.withId(id), places);
    }

    private static ParkedEvent parked(String id, CloudEvent event) {
        return new ParkedEvent(id, BROKER, UID, PAID, "paid-uid", event, cause(), 4, 1_000, 2_000);
    }

    private static Cause cause() {
        return new Cause(
                FailureKind.REJECTED,
                400,
                "it said no: ß€𝄞",
                "http://paid/",
                Buffer.buffer(new byte[] {0, -1, 7}),
                Map.of("reason", "none"));
    }

    private static Recovered takeAll(Spool spool) throws IOException {
        return spool.take(UID, uid -> Decision.TAKE);
    }

    private static List<String> ids(Recovered recovered) {
        return recovered.waiting().stream().map(each -> each.event().getId()).toList();
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private Path only(String suffix) throws IOException {
        return folder.resolve(files().stream()
                .filter(name -> name.endsWith(suffix))
                .findFirst()
                .orElseThrow());
    }

    // ---- there and back ---------------------------------------------------------------------------------------------

    @Test
    void everything_comes_back_as_it_was_in_its_order() throws IOException {
        // Given
        var full = new Place(SENT, "sent-uid", 3, 123, Optional.of(cause()), Optional.of(Events.EVERY_ATTRIBUTE_V03));
        List<Waiting> waiting = new ArrayList<>();
        List<ParkedEvent> parked = new ArrayList<>();
        for (CloudEvent event : Events.all()) {
            waiting.add(new Waiting(event, List.of(place(PAID), full)));
            parked.add(parked("id-" + parked.size(), event));
        }
        next().write(BROKER, UID, waiting, parked);

        // When
        Recovered recovered = takeAll(next());

        // Then
        assertThat(recovered.waiting()).hasSameSizeAs(waiting);
        for (int i = 0; i < waiting.size(); i++) {
            Spool.RecoveredEvent back = recovered.waiting().get(i);
            assertSame(back.event(), waiting.get(i).event());
            assertThat(back.places().stream().map(Spool.Taken::value))
                    .containsExactlyElementsOf(waiting.get(i).places());
            ParkedEvent parkedBack = recovered.parked().get(i).value();
            assertSame(parkedBack.event(), parked.get(i).event());
            assertThat(parkedBack)
                    .usingRecursiveComparison()
                    .ignoringFields("event")
                    .isEqualTo(parked.get(i));
        }
    }

    /** To the bytes on the wire, and in the types of extensions, which the wire does not show. */
    private static void assertSame(CloudEvent back, CloudEvent event) {
        assertThat(WireForm.of(back)).isEqualTo(WireForm.of(event));
        for (String name : event.getExtensionNames()) {
            assertThat(back.getExtension(name)).as(name).isEqualTo(event.getExtension(name));
        }
    }

    @Test
    void says_what_is_there_without_reading_it() throws IOException {
        // Given
        next().write(BROKER, UID, List.of(waiting("a", PAID, SENT)), List.of(parked("p", Events.MINIMAL)));
        next().write(SENT, "another-uid", List.of(waiting("b", PAID)), List.of());

        // When
        Map<String, Spool.Left> left = new Spool(folder, System::currentTimeMillis).open();

        // Then
        assertThat(left).isEqualTo(Map.of(UID, new Spool.Left(BROKER, 3), "another-uid", new Spool.Left(SENT, 1)));
    }

    @Test
    void nothing_to_write_makes_no_file() throws IOException {
        // When
        next().write(BROKER, UID, List.of(), List.of());

        // Then
        assertThat(files()).isEmpty();
    }

    // ---- lives ------------------------------------------------------------------------------------------------------

    @Test
    void a_process_that_is_killed_reads_back_what_had_not_ended_and_no_more() throws IOException {
        // Given
        next().write(
                        BROKER,
                        UID,
                        List.of(waiting("a", PAID, SENT), waiting("b", PAID)),
                        List.of(parked("p", Events.MINIMAL), parked("q", Events.MINIMAL)));
        Spool killed = next();
        Recovered first = takeAll(killed);
        first.waiting().get(0).places().get(1).whenEnded().run();
        first.parked().get(0).whenEnded().run();
        killed.close();

        // When
        Recovered second = takeAll(next());

        // Then
        assertThat(ids(second)).containsExactly("a", "b");
        assertThat(second.waiting().get(0).places())
                .extracting(taken -> taken.value().trigger())
                .containsExactly(PAID);
        assertThat(second.parked()).extracting(taken -> taken.value().id()).containsExactly("q");
    }

    @Test
    void the_files_go_when_everything_has_ended() throws IOException {
        // Given
        next().write(BROKER, UID, List.of(waiting("a", PAID, SENT)), List.of(parked("p", Events.MINIMAL)));
        Recovered recovered = takeAll(next());

        // When
        recovered.waiting().get(0).places().forEach(place -> place.whenEnded().run());
        recovered.parked().get(0).whenEnded().run();

        // Then
        await().until(() -> files().isEmpty());
    }

    @Test
    void a_later_stop_takes_the_place_of_what_was_taken_and_leaves_what_was_not() throws IOException {
        // Given
        next().write(BROKER, UID, List.of(waiting("a", PAID), waiting("b", SENT)), List.of());
        Spool second = next();
        Recovered taken = second.take(UID, uid -> uid.equals("paid-uid") ? Decision.TAKE : Decision.LEAVE);
        assertThat(ids(taken)).containsExactly("a");

        // When
        second.write(BROKER, UID, List.of(waiting("a", PAID), waiting("c", PAID)), List.of());
        second.close();

        // Then
        assertThat(ids(takeAll(next()))).containsExactly("b", "a", "c");
    }

    @Test
    void what_was_left_is_handed_out_when_its_trigger_comes_and_only_once() throws IOException {
        // Given
        next().write(BROKER, UID, List.of(waiting("a", PAID, SENT)), List.of(parked("p", Events.MINIMAL)));
        Spool spool = next();
        spool.take(UID, uid -> Decision.LEAVE);
        assertThat(spool.hasLeft(UID)).isTrue();

        // When
        Recovered later = takeAll(spool);

        // Then
        assertThat(later.waiting().get(0).places()).hasSize(2);
        assertThat(later.parked()).isEmpty();
        assertThat(spool.hasLeft(UID)).isFalse();
        assertThat(takeAll(spool).waiting()).isEmpty();
    }

    @Test
    void what_is_discarded_is_counted_and_never_comes_again() throws IOException {
        // Given
        next().write(BROKER, UID, List.of(waiting("a", PAID, SENT), waiting("b", SENT)), List.of());
        Spool spool = next();

        // When
        Recovered recovered = spool.take(UID, uid -> uid.equals("sent-uid") ? Decision.DISCARD : Decision.TAKE);
        spool.close();

        // Then
        assertThat(recovered.discarded()).isEqualTo(Map.of(SENT, 2));
        assertThat(ids(takeAll(next()))).containsExactly("a");
    }

    // ---- damage -----------------------------------------------------------------------------------------------------

    @Test
    void a_file_that_was_cut_anywhere_gives_what_is_whole_and_is_put_aside() throws IOException {
        // Given
        next().write(BROKER, UID, List.of(waiting("a", PAID), waiting("b", PAID)), List.of());
        byte[] whole = Files.readAllBytes(only(".spool"));

        for (int length = 0; length < whole.length; length++) {
            // When
            Path file = folder.resolve("%013d-cut.spool".formatted(length));
            clear();
            Files.write(file, java.util.Arrays.copyOf(whole, length));
            Spool spool = next();
            Recovered recovered = takeAll(spool);

            // Then
            assertThat(List.of(List.of(), List.of("a"), List.of("a", "b"))).contains(ids(recovered));
            assertThat(files()).contains(file.getFileName() + ".unreadable");
            assertThat(Files.readAllBytes(folder.resolve(file.getFileName() + ".unreadable")))
                    .hasSize(length);
            assertThat(ids(takeAll(next()))).isEqualTo(ids(recovered));
            spool.close();
        }
    }

    private void clear() throws IOException {
        for (String name : files()) {
            Files.delete(folder.resolve(name));
        }
    }

    @Test
    void a_bit_that_was_turned_anywhere_is_found_and_costs_no_other_event() throws IOException {
        // Given
        long seed = 20_261_121;
        var random = new Random(seed);
        List<Waiting> events = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            events.add(waiting("e" + i, PAID));
        }
        next().write(BROKER, UID, events, List.of());
        byte[] whole = Files.readAllBytes(only(".spool"));

        for (int round = 0; round < 500; round++) {
            // When
            clear();
            byte[] turned = whole.clone();
            int bit = random.nextInt(whole.length * 8);
            turned[bit / 8] ^= (byte) (1 << bit % 8);
            Files.write(folder.resolve("0000000000001-x.spool"), turned);
            Spool spool = next();
            List<String> read = ids(takeAll(spool));

            // Then: what is read is right, and nothing is thrown away
            assertThat(List.of("e0", "e1", "e2", "e3", "e4", "e5", "e6", "e7", "e8", "e9"))
                    .as("seed %d, bit %d", seed, bit)
                    .containsAll(read);
            assertThat(files()).as("seed %d, bit %d", seed, bit).contains("0000000000001-x.spool.unreadable");
            spool.close();
        }
    }

    @Test
    void a_foreign_file_is_put_aside_and_keeps_nothing_else_from_being_read() throws IOException {
        // Given
        next().write(BROKER, UID, List.of(waiting("a", PAID)), List.of());
        Files.writeString(folder.resolve("0000000000000-notes.spool"), "do not forget the milk");
        Files.writeString(folder.resolve("notes.txt"), "nor the bread");

        // When
        List<String> read = ids(takeAll(next()));

        // Then
        assertThat(read).containsExactly("a");
        assertThat(files()).contains("0000000000000-notes.spool.unreadable", "notes.txt");
    }

    @Test
    void a_stop_that_was_cut_off_leaves_what_was_there_before() throws IOException {
        // Given
        next().write(BROKER, UID, List.of(waiting("a", PAID)), List.of());
        Files.writeString(folder.resolve("9999999999999-x.spool.tmp"), "half a file");

        // When
        List<String> read = ids(takeAll(next()));

        // Then
        assertThat(read).containsExactly("a");
        assertThat(files()).noneMatch(name -> name.endsWith(".tmp"));
    }

    @Test
    void a_journal_that_was_cut_or_belongs_to_another_file_hides_nothing() throws IOException {
        // Given
        next().write(BROKER, UID, List.of(waiting("a", PAID), waiting("b", PAID)), List.of());
        Spool killed = next();
        takeAll(killed).waiting().get(0).places().get(0).whenEnded().run();
        killed.close();
        Path journal = only(".ended");
        byte[] entries = Files.readAllBytes(journal);

        // When
        Files.write(journal, new byte[] {0, 0, 0}, StandardOpenOption.APPEND);
        List<String> withHalfAnEntry = ids(takeAll(next()));
        entries[0] ^= 1;
        Files.write(journal, entries);
        List<String> withAnothers = ids(takeAll(next()));

        // Then
        assertThat(withHalfAnEntry).containsExactly("b");
        assertThat(withAnothers).containsExactly("a", "b");
    }

    @Test
    void says_whether_something_is_left_while_files_are_being_read() throws Exception {
        // Given
        next().write(BROKER, UID, List.of(waiting("1", PAID)), List.of());
        Spool spool = next();
        CountDownLatch reading = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        CompletableFuture<Recovered> taken = CompletableFuture.supplyAsync(() -> {
            try {
                return spool.take(UID, uid -> {
                    reading.countDown();
                    awaitLatch(goOn);
                    return Decision.TAKE;
                });
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        awaitLatch(reading);

        // When
        CompletableFuture<Boolean> left = CompletableFuture.supplyAsync(() -> spool.hasLeft(UID));

        // Then
        try {
            assertThat(left.get(20, TimeUnit.SECONDS)).isTrue();
        } finally {
            goOn.countDown();
        }
        assertThat(taken.get(20, TimeUnit.SECONDS).waiting()).hasSize(1);
        assertThat(spool.hasLeft(UID)).isFalse();
    }

    private static void awaitLatch(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void what_a_journal_could_not_write_it_writes_with_the_next_end() throws IOException {
        // Given: a folder in the place of the journal, which can't be opened.
        next().write(BROKER, UID, List.of(waiting("1", PAID), waiting("2", PAID), waiting("3", PAID)), List.of());
        Spool spool = next();
        Recovered recovered = spool.take(UID, uid -> Decision.TAKE);
        Path journal = journalOf(onlyFile());
        Files.createDirectory(journal);
        recovered.waiting().get(0).places().get(0).whenEnded().run();
        spool.awaitWritten();

        // When
        Files.delete(journal);
        recovered.waiting().get(1).places().get(0).whenEnded().run();
        spool.awaitWritten();

        // Then
        assertThat(next().take(UID, uid -> Decision.TAKE).waiting())
                .extracting(event -> event.event().getId())
                .containsExactly("3");
    }

    @Test
    void what_a_journal_could_not_write_it_writes_at_the_latest_when_it_is_closed() throws IOException {
        // Given
        next().write(BROKER, UID, List.of(waiting("1", PAID), waiting("2", PAID)), List.of());
        Spool spool = next();
        Recovered recovered = spool.take(UID, uid -> Decision.TAKE);
        Path journal = journalOf(onlyFile());
        Files.createDirectory(journal);
        recovered.waiting().get(0).places().get(0).whenEnded().run();
        spool.awaitWritten();

        // When
        Files.delete(journal);
        spool.close();

        // Then
        assertThat(next().take(UID, uid -> Decision.TAKE).waiting())
                .extracting(event -> event.event().getId())
                .containsExactly("2");
    }

    @Test
    void a_journal_whose_first_write_was_cut_short_begins_anew() throws IOException {
        // Given
        next().write(BROKER, UID, List.of(waiting("1", PAID), waiting("2", PAID), waiting("3", PAID)), List.of());
        Spool spool = next();
        Recovered recovered = spool.take(UID, uid -> Decision.TAKE);
        recovered.waiting().get(0).places().get(0).whenEnded().run();
        spool.awaitWritten();
        Path journal = journalOf(onlyFile());
        try (FileChannel file = FileChannel.open(journal, StandardOpenOption.WRITE)) {
            file.truncate(3);
        }

        // When
        recovered.waiting().get(1).places().get(0).whenEnded().run();
        spool.awaitWritten();

        // Then: the end that was cut off happens again, the other does not.
        assertThat(next().take(UID, uid -> Decision.TAKE).waiting())
                .extracting(event -> event.event().getId())
                .containsExactly("1", "3");
    }

    @Test
    void a_damaged_file_that_can_not_be_put_aside_is_read_later_and_not_twice() throws IOException {
        // Given: a name that is taken by a folder with something in it can't be moved to.
        next().write(BROKER, UID, List.of(waiting("1", PAID), waiting("2", PAID)), List.of());
        Path damaged = onlyFile();
        byte[] bytes = Files.readAllBytes(damaged);
        Files.write(damaged, Arrays.copyOf(bytes, bytes.length - 3));
        Path aside = damaged.resolveSibling(damaged.getFileName() + ".unreadable");
        Path obstacle = Files.createDirectories(aside.resolve("taken"));
        Spool spool = next();
        assertThatThrownBy(() -> taken(spool)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> taken(next())).isInstanceOf(IOException.class);

        // When
        Files.delete(obstacle);
        Files.delete(aside);

        // Then
        assertThat(taken(spool)).containsExactly("1", "2");
        assertThat(taken(next())).containsExactly("1", "2");
    }

    private static List<String> taken(Spool spool) throws IOException {
        return ids(spool.take(UID, uid -> Decision.TAKE));
    }

    private Path onlyFile() throws IOException {
        return only(SpoolFile.SUFFIX);
    }

    private static Path journalOf(Path file) {
        return file.resolveSibling(file.getFileName() + Journal.SUFFIX);
    }
}
