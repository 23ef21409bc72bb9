/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.folder;

import dev.sluice.control.document.DocumentReader;
import dev.sluice.control.store.ResourceKey;
import dev.sluice.control.validation.Problem;
import dev.sluice.control.validation.Severity;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the files hold, as of the last look at which they had settled. A file has settled when two looks in a row see the
 * same; what has settled waits a little for what has not, so that changes that belong together are taken together. Not
 * for several threads.
 */
final class FolderContents {

    private static final Logger LOG = LoggerFactory.getLogger(FolderContents.class);

    /** How many looks a settled change waits for others that are still being written. */
    private static final int LONGEST_HOLD = 2;

    /** The same before everything has been seen once: better late than half. */
    private static final int LONGEST_FIRST_HOLD = 50;

    /**
     * A file written this short a time ago is read once more: where a file system tells times by the second, a later
     * write of the same length would look the same.
     */
    private static final Duration YOUNG = Duration.ofSeconds(3);

    private final RootNames names;
    private final Path except;
    private final Clock clock;

    private final SortedMap<Path, ResourceFile> files = new TreeMap<>();
    private final Map<Path, FileSignature> taken = new HashMap<>();
    private final Map<Path, Problem> unread = new HashMap<>();
    private final Map<Path, Again> readAgain = new HashMap<>();
    private final Set<ResourceKey> touched = new HashSet<>();
    private SortedMap<Path, FileSignature> seen = new TreeMap<>();
    private List<Problem> unseen = List.of();
    private boolean allSeen;
    private boolean complete;
    private int held;
    private Duration scanTook = Duration.ZERO;
    private Duration lastScanTook = Duration.ZERO;

    /** When a file is to be read once more, and what it held when it was read. */
    private record Again(Instant at, String digest) {}

    /** @param isNews whether the file may hold something else than was known */
    private record Change(boolean isNews, Runnable take) {}

    /** @param except an absolute path that is not looked into */
    FolderContents(RootNames names, Path except, Clock clock) {
        this.names = names;
        this.except = except;
        this.clock = clock;
    }

    /** By path, in the order of the paths. */
    SortedMap<Path, ResourceFile> files() {
        return Collections.unmodifiableSortedMap(files);
    }

    /** What can't be seen or read now. */
    List<Problem> problems() {
        List<Problem> problems = new ArrayList<>(unread.values());
        problems.addAll(unseen);
        return problems;
    }

    /** Every resource of which a file says something else, or may do so, than when they were forgotten last. */
    Set<ResourceKey> touched() {
        return Collections.unmodifiableSet(touched);
    }

    /** To be called when what was touched has been dealt with, and not if that failed. */
    void forgetTouched() {
        touched.clear();
    }

    /** Whether there is something unread or broken that may turn out to be this resource. */
    boolean mayYetOffer(ResourceKey key) {
        if (!allSeen || !taken.keySet().containsAll(seen.keySet())) {
            return true;
        }
        return files.values().stream().anyMatch(file -> file.mayMean(key));
    }

    /** Whether everything has been seen at least once. */
    boolean isComplete() {
        return complete;
    }

    /** The shorter of the last two scans: one that had to wait for a disk says nothing about the next. */
    Duration scanTook() {
        return scanTook;
    }

    /** @return whether something was read that was not known, so that {@link #files} may be others */
    boolean look() {
        FolderScan scan = scan();
        Set<Path> settled = new HashSet<>();
        boolean unsettled = compare(scan, settled);
        seen = scan.files();
        allSeen = scan.unseen().isEmpty();
        settled.addAll(dueForReadingAgain(scan));
        if (unsettled && mayHold()) {
            held += complete && settled.isEmpty() ? 0 : 1;
            return false;
        }
        List<Change> changes = new ArrayList<>();
        for (Path file : settled) {
            Change change = read(file, scan.files().get(file));
            if (change == null && mayHold()) {
                held++;
                return false;
            }
            if (change != null) {
                changes.add(change);
            }
        }
        held = 0;
        boolean news = false;
        for (Change change : changes) {
            change.take().run();
            news |= change.isNews();
        }
        complete |= names.roots().stream().noneMatch(scan.unseen()::contains);
        return news;
    }

    private boolean mayHold() {
        return held < (complete ? LONGEST_HOLD : LONGEST_FIRST_HOLD);
    }

    private FolderScan scan() {
        long start = System.nanoTime();
        FolderScan scan = FolderScan.of(names.roots(), except);
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        scanTook = took.compareTo(lastScanTook) < 0 ? took : lastScanTook;
        lastScanTook = took;
        List<Problem> problems = new ArrayList<>();
        scan.problems().forEach(problem -> problems.add(problem.in(names.of(Path.of(problem.file())))));
        unseen = problems;
        return scan;
    }

    /** Finds what has changed and settled; answers whether something has changed and not settled. */
    private boolean compare(FolderScan scan, Set<Path> settled) {
        boolean unsettled = false;
        for (Map.Entry<Path, FileSignature> file : scan.files().entrySet()) {
            if (!file.getValue().equals(taken.get(file.getKey()))) {
                if (file.getValue().equals(seen.get(file.getKey()))) {
                    settled.add(file.getKey());
                } else {
                    unsettled = true;
                }
            }
        }
        for (Path file : files.keySet()) {
            if (!scan.files().containsKey(file) && !isUnseen(scan, file)) {
                if (seen.containsKey(file)) {
                    unsettled = true;
                } else {
                    settled.add(file);
                }
            }
        }
        return unsettled;
    }

    private static boolean isUnseen(FolderScan scan, Path file) {
        for (Path unseen : scan.unseen()) {
            if (file.startsWith(unseen)) {
                return true;
            }
        }
        return false;
    }

    private List<Path> dueForReadingAgain(FolderScan scan) {
        if (readAgain.isEmpty()) {
            return List.of();
        }
        Instant now = clock.instant();
        List<Path> due = new ArrayList<>();
        readAgain.forEach((file, again) -> {
            FileSignature signature = scan.files().get(file);
            if (!now.isBefore(again.at()) && signature != null && signature.equals(taken.get(file))) {
                due.add(file);
            }
        });
        return due;
    }

    /**
     * Reads a file, and changes nothing yet.
     *
     * @param signature what the scan saw; null if the file is gone
     * @return what there is to change; null if the file is changing just now, so that a later look has to take it
     */
    private @Nullable Change read(Path file, @Nullable FileSignature signature) {
        if (signature == null) {
            return new Change(true, () -> {
                ResourceFile gone = files.remove(file);
                if (gone != null) {
                    gone.addKeysTo(touched);
                }
                taken.remove(file);
                unread.remove(file);
                readAgain.remove(file);
            });
        }
        try {
            if (signature.size() > DocumentReader.LARGEST) {
                ResourceFile tooLarge = ResourceFile.tooLarge(names.of(file), signature.size());
                return new Change(true, () -> take(file, signature, "", tooLarge));
            }
            byte[] bytes;
            try (InputStream in = Files.newInputStream(file)) {
                // It may have grown since it was looked at; the comparison finds that out.
                bytes = in.readNBytes((int) DocumentReader.LARGEST + 1);
            }
            if (!FileSignature.of(Files.readAttributes(file, BasicFileAttributes.class))
                    .equals(signature)) {
                return null;
            }
            String digest = ContentDigest.of(bytes);
            Again again = readAgain.get(file);
            if (again != null && digest.equals(again.digest()) && signature.equals(taken.get(file))) {
                return new Change(false, () -> readAgain.remove(file));
            }
            ResourceFile read = parse(file, bytes);
            return new Change(true, () -> take(file, signature, digest, read));
        } catch (NoSuchFileException e) {
            return signature.equals(FileSignature.DANGLING)
                    ? new Change(true, () -> cannotRead(file, "a link that leads nowhere"))
                    : null;
        } catch (IOException e) {
            return new Change(true, () -> cannotRead(file, FolderScan.reason(e)));
        }
    }

    private ResourceFile parse(Path file, byte[] bytes) {
        try {
            return ResourceFile.parse(names.of(file), bytes);
        } catch (RuntimeException e) {
            // A defect of ours must not keep every other file from being read.
            LOG.atError().setCause(e).addKeyValue("file", file).log("a resource file could not be parsed");
            return ResourceFile.unreadable(Problem.ofFile(
                    names.of(file), "can't be parsed: " + e.getClass().getSimpleName(), "see the log", Severity.ERROR));
        }
    }

    private void take(Path file, FileSignature signature, String digest, ResourceFile read) {
        ResourceFile before = files.getOrDefault(file, ResourceFile.EMPTY);
        ResourceFile now = read.keeping(before);
        before.addKeysTo(touched);
        now.addKeysTo(touched);
        files.put(file, now);
        boolean again = signature.equals(taken.put(file, signature));
        Instant time = clock.instant();
        Instant old = Instant.EPOCH.plusNanos(signature.modified()).plus(YOUNG);
        if (again || !time.isBefore(old)) {
            readAgain.remove(file);
        } else {
            readAgain.put(file, new Again(time.plus(YOUNG), digest));
        }
        unread.remove(file);
    }

    /** Not marked as taken, so that every look tries again: a permission comes back without a new signature. */
    private void cannotRead(Path file, String reason) {
        taken.remove(file);
        files.putIfAbsent(file, ResourceFile.EMPTY);
        unread.put(
                file,
                Problem.ofFile(
                        names.of(file),
                        "can't be read: " + reason,
                        "what it held before stays in force until it can",
                        Severity.ERROR));
    }
}
