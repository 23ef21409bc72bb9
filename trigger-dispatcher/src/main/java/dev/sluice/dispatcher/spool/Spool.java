/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.spool;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.routing.ResourceName;
import dev.sluice.dispatcher.parking.ParkedEvent;
import io.cloudevents.CloudEvent;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A folder with what could not be delivered before a stop: one file for each broker and stop, and beside it a journal of
 * what has ended since.
 *
 * <p>A file stays until everything in it has ended, or a later stop has written it into another. So a process that is
 * killed after it has read a file back reads the rest of it back when it is started again: at least once, and no more often
 * than must be. What can't be read is put aside under another name and reported, and never keeps the rest from being read.
 *
 * <p>The process that uses the folder must be the only one. Everything but {@link Taken#whenEnded} does I/O, so it is for
 * threads that may block; safe for several of them.
 */
public final class Spool {

    private static final Logger LOG = LoggerFactory.getLogger(Spool.class);

    /** What is to become of a place that is read. */
    public enum Decision {
        /** It is handed out. */
        TAKE,
        /** Its trigger may come yet; it stays on disk. */
        LEAVE,
        /** Its trigger is gone: it has ended. */
        DISCARD
    }

    /**
     * Something that was read, and how to say that it has ended.
     *
     * @param whenEnded to be run once, when it is not to be read back again; any thread, does no I/O
     */
    public record Taken<T>(T value, Runnable whenEnded) {}

    /**
     * What was read for one broker, in the order in which it had come.
     *
     * @param waiting events; each value holds the places that are taken, with one runnable for each in {@code places}
     * @param discarded places that were not taken because their trigger is gone, by trigger
     */
    public record Recovered(
            List<RecoveredEvent> waiting, List<Taken<ParkedEvent>> parked, Map<ResourceName, Integer> discarded) {}

    /** A waiting event with those of its places that are taken. */
    public record RecoveredEvent(CloudEvent event, List<Taken<Place>> places) {}

    /** A file that this process has not written, and what has been taken from it. */
    private static final class Open {
        final Path file;
        final SpoolFile.Header header;
        final Journal journal;
        final BitSet taken = new BitSet();

        Open(Path file, SpoolFile.Header header, Journal journal) {
            this.file = file;
            this.header = header;
            this.journal = journal;
        }

        /** Whether there is nothing in it that is neither handed out nor ended; then it may be gone already. */
        boolean isExhausted() {
            for (int number = 0; number < header.numbers(); number++) {
                if (!taken.get(number) && !journal.hasEnded(number)) {
                    return false;
                }
            }
            return true;
        }
    }

    private final Path folder;
    private final LongSupplier epochMillis;
    private final SecureRandom random = new SecureRandom();
    private final ExecutorService io;

    // Guarded by this.
    private final Map<String, List<Open>> filesByBrokerUid = new HashMap<>();
    private long lastMillis;

    /** Brokers of which something may not be taken yet; for any thread, since the lock is held while files are read. */
    private final Set<String> leftByBrokerUid = ConcurrentHashMap.newKeySet();

    /** @param folder made when there is something to write */
    public Spool(Path folder, LongSupplier epochMillis) {
        this.folder = requireNonNull(folder, "folder");
        this.epochMillis = requireNonNull(epochMillis, "epochMillis");
        // Its thread ends when there is nothing to do. Each journal has one task in the queue at a time.
        var executor = new ThreadPoolExecutor(1, 1, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
            var thread = new Thread(task, "sluice-spool");
            thread.setDaemon(true);
            return thread;
        });
        executor.allowCoreThreadTimeOut(true);
        io = executor;
    }

    /**
     * Looks what is there. Reads the heads of the files, not what is in them.
     *
     * @return for each broker by UID: its name, and how many events wait for it or are parked
     * @throws IOException if the folder can't be read; the message names it
     */
    public synchronized Map<String, Left> open() throws IOException {
        filesByBrokerUid.clear();
        leftByBrokerUid.clear();
        Map<String, Left> left = new TreeMap<>();
        if (!Files.isDirectory(folder)) {
            return left;
        }
        for (Path file : files()) {
            lastMillis = Math.max(lastMillis, millisOf(file));
            try {
                SpoolFile.Header header = SpoolFile.header(file);
                Journal journal = Journal.open(file, header, io);
                int events = stillThere(header, journal);
                if (events == 0) {
                    // A process that was killed before it could.
                    journal.delete();
                    continue;
                }
                filesByBrokerUid
                        .computeIfAbsent(header.brokerUid(), uid -> new ArrayList<>())
                        .add(new Open(file, header, journal));
                leftByBrokerUid.add(header.brokerUid());
                left.merge(
                        header.brokerUid(),
                        new Left(header.broker(), events),
                        (one, other) -> new Left(one.broker(), one.events() + other.events()));
            } catch (SpoolFile.Unreadable e) {
                if (e.later()) {
                    LOG.atError()
                            .addKeyValue("error", e.getMessage())
                            .log("a spool file stays where it is; a later version of Sluice can read it");
                } else {
                    putAside(file, String.valueOf(e.getMessage()));
                }
            }
        }
        return left;
    }

    /** The time that a file is named by; 0 for a name that is not of this class's making. */
    private static long millisOf(Path file) {
        try {
            return Long.parseLong(file.getFileName().toString(), 0, 13, 10);
        } catch (NumberFormatException | IndexOutOfBoundsException e) {
            return 0;
        }
    }

    /** What there is of one broker. */
    public record Left(ResourceName broker, int events) {}

    private static int stillThere(SpoolFile.Header header, Journal journal) {
        int there = 0;
        for (int number = 0; number < header.numbers(); number++) {
            there += journal.hasEnded(number) ? 0 : 1;
        }
        return there;
    }

    /** In the order in which they were written, which is that of their names. */
    private List<Path> files() throws IOException {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(folder)) {
            for (Path file : all) {
                String name = file.getFileName().toString();
                if (name.endsWith(SpoolFile.SUFFIX)) {
                    files.add(file);
                } else if (name.endsWith(".tmp")) {
                    // Of a stop that was cut off; it had not taken the place of anything.
                    Files.delete(file);
                }
            }
        }
        files.sort(Comparator.comparing(file -> file.getFileName().toString()));
        return files;
    }

    private void putAside(Path file, String why) throws IOException {
        Path aside = file.resolveSibling(file.getFileName() + ".unreadable");
        Files.move(file, aside);
        LOG.atError()
                .addKeyValue("file", aside)
                .addKeyValue("error", why)
                .log("a spool file can't be read; it was put aside");
    }

    /** Whether anything of this broker may not have been taken. Does not block. */
    public boolean hasLeft(String brokerUid) {
        return leftByBrokerUid.contains(brokerUid);
    }

    /**
     * Hands out what there is of one broker: parked events the first time, and the places that are decided to be taken.
     *
     * @param decision on a place by its trigger's UID
     * @throws IOException if a file can't be read now; what was not handed out can be asked for again
     */
    public synchronized Recovered take(String brokerUid, Function<String, Decision> decision) throws IOException {
        var recovered = new Recovered(new ArrayList<>(), new ArrayList<>(), new TreeMap<>());
        List<Open> files = filesByBrokerUid.getOrDefault(brokerUid, List.of());
        List<Reading> readings = new ArrayList<>(files.size());
        for (int i = 0; i < files.size(); i++) {
            if (files.get(i).isExhausted()) {
                continue;
            }
            var reading = new Reading(files.get(i), decision, recovered);
            String damage = SpoolFile.read(files.get(i).file, reading);
            if (!damage.isEmpty()) {
                // Before anything of it is handed out: that must be on disk in a file that can be read.
                files.set(i, salvage(files.get(i), damage));
                reading = new Reading(files.get(i), decision, recovered);
                SpoolFile.read(files.get(i).file, reading);
            }
            readings.add(reading);
        }
        // Only once every file could be read: what is handed out counts as taken.
        readings.forEach(Reading::handOut);
        if (files.stream().allMatch(Open::isExhausted)) {
            leftByBrokerUid.remove(brokerUid);
        }
        return recovered;
    }

    /** Collects what is taken from one file, and hands it out when the whole file could be read. */
    private static final class Reading implements SpoolFile.Visitor {
        private final Open file;
        private final Function<String, Decision> decision;
        private final Recovered into;
        private final List<RecoveredEvent> waiting = new ArrayList<>();
        private final List<Taken<ParkedEvent>> parked = new ArrayList<>();
        private final BitSet taken = new BitSet();
        private final Map<Integer, ResourceName> discarded = new TreeMap<>();

        Reading(Open file, Function<String, Decision> decision, Recovered into) {
            this.file = file;
            this.decision = decision;
            this.into = into;
        }

        @Override
        public void waiting(Waiting event, int firstNumber) {
            List<Taken<Place>> places = new ArrayList<>(event.places().size());
            int number = firstNumber;
            for (Place place : event.places()) {
                if (isThere(number)) {
                    switch (decision.apply(place.triggerUid())) {
                        case TAKE -> places.add(taken(place, number));
                        case DISCARD -> discarded.put(number, place.trigger());
                        case LEAVE -> {
                            // Read again when its trigger comes.
                        }
                    }
                }
                number++;
            }
            if (!places.isEmpty()) {
                waiting.add(new RecoveredEvent(event.event(), List.copyOf(places)));
            }
        }

        @Override
        public void parked(ParkedEvent event, int number) {
            if (isThere(number)) {
                parked.add(taken(event, number));
            }
        }

        private boolean isThere(int number) {
            return !file.taken.get(number) && !file.journal.hasEnded(number);
        }

        private <T> Taken<T> taken(T value, int number) {
            taken.set(number);
            return new Taken<>(value, () -> file.journal.ended(number));
        }

        void handOut() {
            into.waiting().addAll(waiting);
            into.parked().addAll(parked);
            file.taken.or(taken);
            discarded.forEach((number, trigger) -> {
                file.taken.set(number);
                file.journal.ended(number);
                into.discarded().merge(trigger, 1, Integer::sum);
            });
        }
    }

    /** Writes what can be read of a damaged file into another, and puts the damaged one aside. */
    private Open salvage(Open damaged, String damage) throws IOException {
        List<Waiting> waiting = new ArrayList<>();
        List<ParkedEvent> parked = new ArrayList<>();
        SpoolFile.read(damaged.file, new SpoolFile.Visitor() {
            @Override
            public void waiting(Waiting event, int firstNumber) {
                // Numbers behind a damaged event are not those that the journal means; better twice than never.
                waiting.add(event);
            }

            @Override
            public void parked(ParkedEvent event, int number) {
                parked.add(event);
            }
        });
        Open whole = writeFile(damaged.header.broker(), damaged.header.brokerUid(), waiting, parked);
        int lost = damaged.header.numbers() - whole.header.numbers();
        try {
            putAside(damaged.file, damage + "; of its " + damaged.header.numbers() + " events " + lost + " are lost");
        } catch (IOException | RuntimeException e) {
            // Both files have the events: the damaged one alone is to have them until it can be put aside.
            whole.journal.delete();
            throw e;
        }
        return whole;
    }

    private Open writeFile(ResourceName broker, String brokerUid, List<Waiting> waiting, List<ParkedEvent> parked)
            throws IOException {
        int places = 0;
        for (Waiting each : waiting) {
            places += each.places().size();
        }
        var header = new SpoolFile.Header(random.nextLong(), broker, brokerUid, places, parked.size());
        Files.createDirectories(folder);
        Path file = folder.resolve(nextName());
        SpoolFile.write(file, header, waiting, parked);
        return new Open(file, header, Journal.open(file, header, io));
    }

    private String nextName() {
        // Sorts by time, also when the clock stands still or went back.
        lastMillis = Math.max(lastMillis + 1, epochMillis.getAsLong());
        return "%013d-%s%s".formatted(lastMillis, HexFormat.of().toHexDigits(random.nextInt()), SpoolFile.SUFFIX);
    }

    /**
     * Writes what is left of one broker, which includes whatever was taken here and has not ended.
     *
     * @throws IOException if it could not be written; what was on disk before is as it was
     */
    public synchronized void write(
            ResourceName broker, String brokerUid, List<Waiting> waiting, List<ParkedEvent> parked) throws IOException {
        List<Open> before = filesByBrokerUid.getOrDefault(brokerUid, List.of());
        if (!waiting.isEmpty() || !parked.isEmpty()) {
            writeFile(broker, brokerUid, waiting, parked);
        }
        // From here on what was taken from the older files is in the new one. A crash in between has both, and delivers
        // twice.
        for (Open file : before) {
            for (int number = file.taken.nextSetBit(0); number >= 0; number = file.taken.nextSetBit(number + 1)) {
                file.journal.ended(number);
            }
        }
        // Or whoever stops the process at once has it delivered again, from the older file and from the new one.
        awaitWritten();
    }

    /** Waits until the disk was asked to take what has ended so far. */
    void awaitWritten() {
        try {
            io.submit(() -> {}).get(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException | RejectedExecutionException e) {
            LOG.atWarn()
                    .addKeyValue("folder", folder)
                    .addKeyValue("error", e.toString())
                    .log("the disk is slow; some events may be delivered again");
        }
    }

    /** Waits until what has ended is on disk, for a few seconds at most. Idempotent. */
    public void close() throws IOException {
        io.shutdown();
        try {
            if (!io.awaitTermination(5, TimeUnit.SECONDS)) {
                LOG.atWarn().addKeyValue("folder", folder).log("the disk is slow; some events may be delivered again");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        synchronized (this) {
            for (List<Open> files : filesByBrokerUid.values()) {
                for (Open file : files) {
                    file.journal.writeRest();
                    file.journal.close();
                }
            }
        }
    }
}
