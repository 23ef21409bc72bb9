/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.folder;

import dev.sluice.control.document.DocumentReader;
import dev.sluice.control.store.ResourceKey;
import dev.sluice.control.store.ResourceStore;
import dev.sluice.control.store.Resources;
import dev.sluice.control.validation.Problem;
import dev.sluice.control.validation.Severity;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Resources from files and folders, watched by looking at them several times a second.
 *
 * <p>A change is taken when two looks in a row see the same, so that neither a half-written file nor an editor that
 * deletes before it renames does harm; all files that changed together are taken together. What can't be read, or has
 * become invalid, keeps its last good version, and each of its problems is logged once.
 *
 * <p>Everything, the listener's calls included, happens on one thread of the store's own.
 */
public final class FolderStore implements ResourceStore {

    private static final Logger LOG = LoggerFactory.getLogger(FolderStore.class);

    /** Two looks and two held back ones fit into the second within which a change has to take effect. */
    private static final Duration INTERVAL = Duration.ofMillis(150);

    /** Before the first snapshot nothing is in force that could be harmed, and everybody waits for it. */
    private static final Duration FIRST_INTERVAL = Duration.ofMillis(20);

    private static final Duration LONGEST_INTERVAL = Duration.ofSeconds(5);

    /** Scanning takes at most one part in this many of a core. */
    private static final int SHARE_OF_CORE = 10;

    /** How many scans a settled change waits for others that are still being written, to be taken as one. */
    private static final int LONGEST_HOLD = 2;

    /** The same before the first snapshot, which is better late than half. */
    private static final int LONGEST_FIRST_HOLD = 50;

    /**
     * A file written this short a time ago is read once more: where a file system tells times by the second, a later
     * write of the same length would look the same.
     */
    private static final Duration YOUNG = Duration.ofSeconds(3);

    private final List<Path> roots;
    private final RootNames names;
    private final Path dataDir;
    private final Clock clock;
    private final IdentityFile identityFile;
    private final ScheduledExecutorService thread;

    private @Nullable Consumer<Resources> listener;
    private Map<ResourceKey, Identity> known = Map.of();
    private Map<ResourceKey, Identity> saved = Map.of();
    private boolean saveFailed;
    private SortedMap<Path, FileSignature> seen = new TreeMap<>();
    private final SortedMap<Path, ResourceFile> files = new TreeMap<>();
    private final Map<Path, FileSignature> taken = new HashMap<>();
    private final Map<Path, Problem> unread = new HashMap<>();
    private final Map<Path, Instant> readAgainAt = new HashMap<>();
    private Catalogue catalogue = Catalogue.EMPTY;
    private Set<Problem> reported = Set.of();
    private boolean synced;
    private int held;
    private long lastScanNanos;
    private long scanNanos;

    /**
     * @param filesOrFolders at least one; files are read whatever their names, folders with all below them
     * @param dataDir where identities are kept; created if it is not there
     */
    public FolderStore(List<Path> filesOrFolders, Path dataDir, Clock clock) {
        names = new RootNames(filesOrFolders);
        roots = names.roots();
        this.dataDir = dataDir.toAbsolutePath().normalize();
        this.clock = clock;
        identityFile = new IdentityFile(dataDir);
        thread = Executors.newSingleThreadScheduledExecutor(runnable -> {
            Thread created = new Thread(runnable, "sluice-folder");
            created.setDaemon(true);
            return created;
        });
    }

    /** The roots that can't be read now: a mistake on a command line, if it is found before the start. */
    public static List<Problem> checkRoots(List<Path> filesOrFolders) {
        List<Problem> problems = new ArrayList<>();
        for (Path root : filesOrFolders) {
            if (!Files.exists(root)) {
                problems.add(
                        Problem.ofFile(root.toString(), "does not exist", "name a file or folder", Severity.ERROR));
            } else if (!Files.isReadable(root)) {
                problems.add(Problem.ofFile(
                        root.toString(), "can't be read: permission denied", "make it readable", Severity.ERROR));
            }
        }
        return problems;
    }

    /**
     * @throws UncheckedIOException if the identities of the data directory can't be read; the message says what to do
     */
    @Override
    public void start(Consumer<Resources> listener) {
        if (this.listener != null) {
            throw new IllegalStateException("the store has been started");
        }
        this.listener = listener;
        try {
            known = identityFile.load();
            saved = known;
        } catch (IOException e) {
            throw new UncheckedIOException(identityFile.path() + " can't be read: " + e.getMessage(), e);
        }
        thread.execute(this::lookAndGoOn);
    }

    @Override
    public void close() {
        thread.shutdown();
        try {
            if (!thread.awaitTermination(5, TimeUnit.SECONDS)) {
                LOG.atWarn().log("a file system does not answer; the folder is left as it is");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void lookAndGoOn() {
        try {
            look();
        } catch (RuntimeException e) {
            // The next look may go better; giving up would freeze the resources for good.
            LOG.atError().setCause(e).log("looking at the resource files failed");
        }
        Duration interval = synced ? INTERVAL : FIRST_INTERVAL;
        long wait = Math.min(LONGEST_INTERVAL.toNanos(), Math.max(interval.toNanos(), scanNanos * SHARE_OF_CORE));
        if (!thread.isShutdown()) {
            var unused = thread.schedule(this::lookAndGoOn, wait, TimeUnit.NANOSECONDS);
        }
    }

    private void look() {
        FolderScan scan = timedScan();
        Set<Path> settled = new HashSet<>();
        int unsettled = 0;
        for (Map.Entry<Path, FileSignature> file : scan.files().entrySet()) {
            if (!file.getValue().equals(taken.get(file.getKey()))) {
                if (file.getValue().equals(seen.get(file.getKey()))) {
                    settled.add(file.getKey());
                } else {
                    unsettled++;
                }
            }
        }
        for (Path file : files.keySet()) {
            if (!scan.files().containsKey(file) && !isUnseen(scan, file)) {
                if (seen.containsKey(file)) {
                    unsettled++;
                } else {
                    settled.add(file);
                }
            }
        }
        seen = scan.files();
        settled.addAll(dueForReadingAgain(scan));
        boolean hold = unsettled > 0 && held < (synced ? LONGEST_HOLD : LONGEST_FIRST_HOLD);
        if (hold) {
            held += synced && settled.isEmpty() ? 0 : 1;
        } else {
            held = 0;
            for (Path file : settled) {
                take(file, scan.files().get(file));
            }
        }
        publish(scan, !hold && unseenRoots(scan) == 0, !hold && !settled.isEmpty());
    }

    /** The shorter of two scans in a row counts: one that had to wait for a disk says nothing about the next. */
    private FolderScan timedScan() {
        long start = System.nanoTime();
        FolderScan scan = FolderScan.of(roots, dataDir);
        long took = System.nanoTime() - start;
        scanNanos = Math.min(took, lastScanNanos);
        lastScanNanos = took;
        return scan;
    }

    private List<Path> dueForReadingAgain(FolderScan scan) {
        if (readAgainAt.isEmpty()) {
            return List.of();
        }
        Instant now = clock.instant();
        List<Path> due = new ArrayList<>();
        readAgainAt.forEach((file, at) -> {
            FileSignature signature = scan.files().get(file);
            if (!now.isBefore(at) && signature != null && signature.equals(taken.get(file))) {
                due.add(file);
            }
        });
        return due;
    }

    private static boolean isUnseen(FolderScan scan, Path file) {
        for (Path unseen : scan.unseen()) {
            if (file.startsWith(unseen)) {
                return true;
            }
        }
        return false;
    }

    private int unseenRoots(FolderScan scan) {
        int count = 0;
        for (Path unseen : scan.unseen()) {
            if (roots.contains(unseen)) {
                count++;
            }
        }
        return count;
    }

    /** @param signature what the scan saw; null if the file is gone */
    private void take(Path file, @Nullable FileSignature signature) {
        if (signature == null) {
            files.remove(file);
            taken.remove(file);
            unread.remove(file);
            readAgainAt.remove(file);
            return;
        }
        String name = names.of(file);
        ResourceFile before = files.getOrDefault(file, ResourceFile.EMPTY);
        try {
            ResourceFile now;
            if (signature.size() > DocumentReader.LARGEST) {
                now = ResourceFile.tooLarge(name, signature.size());
            } else {
                byte[] bytes = read(file);
                if (!FileSignature.of(Files.readAttributes(file, BasicFileAttributes.class))
                        .equals(signature)) {
                    return; // It is being written just now; a later look takes it.
                }
                now = ResourceFile.parse(name, bytes);
            }
            files.put(file, now.keeping(before));
            boolean second = signature.equals(taken.put(file, signature));
            Instant old = Instant.EPOCH.plusNanos(signature.modified()).plus(YOUNG);
            if (second || !clock.instant().isBefore(old)) {
                readAgainAt.remove(file);
            } else {
                readAgainAt.put(file, clock.instant().plus(YOUNG));
            }
            unread.remove(file);
        } catch (IOException e) {
            // Not marked as taken, so that every look tries again: a permission comes back without a new signature.
            taken.remove(file);
            files.putIfAbsent(file, ResourceFile.EMPTY);
            String reason =
                    signature.equals(FileSignature.DANGLING) ? "a link that leads nowhere" : FolderScan.reason(e);
            unread.put(
                    file,
                    Problem.ofFile(
                            name,
                            "can't be read: " + reason,
                            "what it held before stays in force until it can",
                            Severity.ERROR));
        }
    }

    private static byte[] read(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            // It may have grown since it was looked at; the comparison afterwards finds that out.
            return in.readNBytes((int) DocumentReader.LARGEST + 1);
        }
    }

    private void publish(FolderScan scan, boolean complete, boolean taken) {
        Catalogue before = catalogue;
        Catalogue next =
                taken ? before.next(files, known, () -> UUID.randomUUID().toString(), clock.instant()) : before;
        List<Problem> withFiles = new ArrayList<>(unread.values());
        scan.problems().forEach(problem -> withFiles.add(problem.in(names.of(Path.of(problem.file())))));
        Set<Problem> problems = new HashSet<>(next.problems());
        problems.addAll(withFiles);
        boolean problemsChanged = !problems.equals(reported);
        if (problemsChanged) {
            report(next, problems);
            reported = problems;
        }
        catalogue = next;
        if (!synced && !complete) {
            return;
        }
        boolean first = !synced;
        boolean changed = !next.sameResources(before);
        synced = true;
        known = Map.of();
        save(next);
        if (changed && !first) {
            logChange(before, next);
        }
        if (first || changed || problemsChanged) {
            Objects.requireNonNull(listener, "listener").accept(next.resources(withFiles));
        }
    }

    /** Before anything of a new resource is in force its identity is on disk, so that it survives whatever comes. */
    private void save(Catalogue next) {
        Map<ResourceKey, Identity> identities = next.identities();
        if (identities.equals(saved)) {
            return;
        }
        try {
            identityFile.save(identities);
            saved = identities;
            saveFailed = false;
        } catch (IOException e) {
            if (!saveFailed) {
                LOG.atError()
                        .addKeyValue("file", identityFile.path())
                        .addKeyValue("error", FolderScan.reason(e))
                        .log(
                                "identities can't be saved, and after a restart new resources would be others; trying again");
            }
            saveFailed = true;
        }
    }

    private void report(Catalogue next, Set<Problem> problems) {
        List<Problem> fresh = new ArrayList<>();
        for (Problem problem : problems) {
            if (!reported.contains(problem)) {
                fresh.add(problem);
            }
        }
        fresh.sort(Comparator.comparing(Problem::file).thenComparingInt(Problem::line));
        Map<String, String> inForce = new HashMap<>();
        next.accepted()
                .forEach((key, value) ->
                        inForce.put(key.toString(), value.offer().file()));
        for (Problem problem : fresh) {
            boolean kept =
                    problem.severity() == Severity.ERROR && problem.file().equals(inForce.get(problem.resource()));
            LOG.atLevel(problem.severity() == Severity.WARNING ? Level.WARN : Level.ERROR)
                    .log(kept ? problem + "; the last good version stays in force" : problem.toString());
        }
        for (Problem problem : reported) {
            if (!problems.contains(problem)) {
                LOG.atDebug().addKeyValue("problem", problem).log("a problem is gone");
            }
        }
    }

    private static void logChange(Catalogue before, Catalogue next) {
        int added = 0;
        int changed = 0;
        for (Map.Entry<ResourceKey, Catalogue.Accepted> entry : next.accepted().entrySet()) {
            Catalogue.Accepted old = before.accepted().get(entry.getKey());
            if (old == null) {
                added++;
            } else if (old.resource() != entry.getValue().resource()) {
                changed++;
            }
        }
        LOG.atInfo()
                .addKeyValue("added", added)
                .addKeyValue("changed", changed)
                .addKeyValue(
                        "removed",
                        before.accepted().size() + added - next.accepted().size())
                .log("resource files changed");
    }
}
