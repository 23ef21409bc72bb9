/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.folder;

import dev.sluice.control.store.ResourceKey;
import dev.sluice.control.store.ResourceStore;
import dev.sluice.control.store.Resources;
import dev.sluice.control.validation.Problem;
import dev.sluice.control.validation.Severity;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
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

    private final FolderContents contents;
    private final Clock clock;
    private final Identities identities;
    private final IdentityFile identityFile;
    private final ScheduledThreadPoolExecutor thread;

    private @Nullable Consumer<Resources> listener;
    private Map<ResourceKey, Identity> known = Map.of();
    /** Of what is in force, and those known that are not. */
    private final Map<ResourceKey, Identity> current = new HashMap<>();
    /** Whether the file is without something of these. */
    private boolean unsaved;
    /** Whether that is more than that the specs of some are others. */
    private boolean saveFirst;

    private boolean saveFailed;
    private boolean lookFailed;
    private Catalogue catalogue = Catalogue.EMPTY;
    private List<Problem> problems = List.of();
    private List<Problem> lastUnread = List.of();
    private Set<Problem> reported = Set.of();
    private boolean synced;

    /**
     * @param filesOrFolders files are read whatever their names, folders with all below them
     * @param dataDir where identities are kept; created if it is not there, and never looked into for resources
     */
    public FolderStore(List<Path> filesOrFolders, Path dataDir, Clock clock) {
        this(filesOrFolders, dataDir, Identities.MINTED, clock);
    }

    /**
     * @param filesOrFolders files are read whatever their names, folders with all below them
     * @param dataDir where identities are kept; created if it is not there, and never looked into for resources
     */
    public FolderStore(List<Path> filesOrFolders, Path dataDir, Identities identities, Clock clock) {
        this.identities = identities;
        contents = new FolderContents(
                new RootNames(filesOrFolders), dataDir.toAbsolutePath().normalize(), clock);
        this.clock = clock;
        identityFile = new IdentityFile(dataDir);
        thread = new ScheduledThreadPoolExecutor(1, runnable -> {
            Thread created = new Thread(runnable, "sluice-folder");
            created.setDaemon(true);
            return created;
        });
        // Otherwise a stop would wait for the next look, and take what it finds.
        thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
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
            Map<ResourceKey, Identity> stored = identityFile.load();
            known = identities.known(stored);
            unsaved = !known.equals(stored);
            current.putAll(known);
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
            publish(contents.look());
            lookFailed = false;
        } catch (RuntimeException | Error e) {
            // Even after an OutOfMemoryError: giving up would freeze the resources for good.
            LOG.atLevel(lookFailed ? Level.DEBUG : Level.ERROR)
                    .setCause(e)
                    .log("looking at the resource files failed; trying again");
            lookFailed = true;
        }
        if (!thread.isShutdown()) {
            var unused = thread.schedule(this::lookAndGoOn, untilNextLook().toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    private Duration untilNextLook() {
        Duration least = synced ? INTERVAL : FIRST_INTERVAL;
        Duration fair = contents.scanTook().multipliedBy(SHARE_OF_CORE);
        if (fair.compareTo(least) < 0) {
            return least;
        }
        return fair.compareTo(LONGEST_INTERVAL) > 0 ? LONGEST_INTERVAL : fair;
    }

    private void publish(boolean read) {
        Catalogue before = catalogue;
        Set<ResourceKey> touched = contents.touched();
        boolean decide = read || !touched.isEmpty();
        Catalogue next = decide ? before.next(contents.files(), touched, known, identities, clock.instant()) : before;
        List<Problem> unread = contents.problems();
        boolean problemsChanged = false;
        if (decide || !unread.equals(lastUnread)) {
            problems = problems(next, unread);
            Set<Problem> all = new HashSet<>(problems);
            problemsChanged = !all.equals(reported);
            if (problemsChanged) {
                report(next, all);
                reported = all;
            }
        }
        lastUnread = unread;
        catalogue = next;
        identify(touched, next);
        contents.forgetTouched();
        if (!contents.isComplete()) {
            return;
        }
        boolean first = !synced;
        boolean changed = decide && !next.sameResources(before);
        synced = true;
        if (first || read || problemsChanged) {
            forget(next);
        }
        if (saveFirst) {
            save();
        }
        if (changed && !first) {
            logChange(before, next);
        }
        if (first || changed || problemsChanged) {
            Objects.requireNonNull(listener, "listener").accept(next.resources(problems, awaited()));
        }
        if (unsaved && !saveFirst) {
            save();
        }
    }

    /** What has become of the identities of these resources. */
    private void identify(Set<ResourceKey> touched, Catalogue next) {
        for (ResourceKey key : touched) {
            Catalogue.Accepted accepted = next.accepted().get(key);
            Identity now = accepted == null ? known.get(key) : accepted.identity();
            Identity before = now == null ? current.remove(key) : current.put(key, now);
            if (!Objects.equals(now, before)) {
                unsaved = true;
                saveFirst |= now == null || before == null || !before.uid().equals(now.uid());
            }
        }
    }

    private List<Problem> problems(Catalogue of, List<Problem> unread) {
        List<Problem> all = new ArrayList<>();
        contents.files().values().forEach(file -> all.addAll(file.problems()));
        new TreeMap<>(of.conflicts()).values().forEach(all::addAll);
        all.addAll(unread);
        return all;
    }

    /**
     * Forgets identities from before this process that belong to nothing any more. What was broken or could not be read at
     * the start comes back as the resource that it was.
     */
    private void forget(Catalogue next) {
        if (known.isEmpty()) {
            return;
        }
        Map<ResourceKey, Identity> waiting = new HashMap<>(known);
        waiting.keySet().removeIf(key -> next.accepted().containsKey(key) || !contents.mayYetOffer(key));
        for (ResourceKey key : known.keySet()) {
            if (!waiting.containsKey(key) && !next.accepted().containsKey(key)) {
                current.remove(key);
                unsaved = true;
            }
        }
        known = Map.copyOf(waiting);
    }

    private Set<String> awaited() {
        Set<String> uids = new HashSet<>();
        known.forEach((key, identity) -> {
            if (!catalogue.accepted().containsKey(key)) {
                uids.add(identity.uid());
            }
        });
        return uids;
    }

    /**
     * Before anything of a new resource is in force its identity is on disk, so that it survives whatever comes. An edit
     * does not wait for that: what a crash forgets of it is found out again by the digest of the spec.
     */
    private void save() {
        try {
            identityFile.save(current);
            unsaved = false;
            saveFirst = false;
            saveFailed = false;
        } catch (IOException e) {
            if (!saveFailed) {
                LOG.atError()
                        .addKeyValue("file", identityFile.path())
                        .addKeyValue("error", FolderScan.reason(e))
                        .log("identities can't be saved, and after a restart new resources are others; trying again");
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
        if (fresh.isEmpty()) {
            return;
        }
        fresh.sort(Comparator.comparing(Problem::file).thenComparingInt(Problem::line));
        Map<String, String> filesInForce = new HashMap<>();
        next.accepted()
                .forEach((key, value) ->
                        filesInForce.put(key.toString(), value.offer().file()));
        for (Problem problem : fresh) {
            // A document that does not say what it is about may be about anything that the file held.
            boolean kept = problem.severity() == Severity.ERROR
                    && (problem.resource().isEmpty()
                            ? filesInForce.containsValue(problem.file())
                            : problem.file().equals(filesInForce.get(problem.resource())));
            LOG.atLevel(problem.severity() == Severity.WARNING ? Level.WARN : Level.ERROR)
                    .log(kept ? problem + "; the last good version stays in force" : problem.toString());
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
        int removed = before.accepted().size() + added - next.accepted().size();
        LOG.atInfo()
                .addKeyValue("added", added)
                .addKeyValue("changed", changed)
                .addKeyValue("removed", removed)
                .log("resource files changed");
    }
}
