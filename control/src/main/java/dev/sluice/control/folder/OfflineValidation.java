/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.folder;

import dev.sluice.control.document.DocumentReader;
import dev.sluice.control.store.ResourceKey;
import dev.sluice.control.store.Resources;
import dev.sluice.control.validation.Problem;
import dev.sluice.control.validation.Severity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** Checks files and folders as the folder store would at its start, and touches nothing. */
public final class OfflineValidation {

    /**
     * @param problems everything that is wrong, by file and line
     * @param resources what would be taken, as far as it is right
     * @param count of these resources
     */
    public record Report(List<Problem> problems, Resources resources, int count) {

        public Report {
            problems = List.copyOf(problems);
        }

        /** Whether anything is wrong beyond a warning. */
        public boolean hasErrors() {
            return problems.stream().anyMatch(problem -> problem.severity() != Severity.WARNING);
        }
    }

    private OfflineValidation() {}

    /** Everything that is wrong, warnings included, by file and line. */
    public static List<Problem> validate(List<Path> filesOrFolders) {
        return report(filesOrFolders).problems();
    }

    /** The same with what is right. Reads files on the calling thread. */
    public static Report report(List<Path> filesOrFolders) {
        RootNames names = new RootNames(filesOrFolders);
        FolderScan scan = FolderScan.of(names.roots(), null);
        List<Problem> problems = new ArrayList<>();
        for (Problem problem : scan.problems()) {
            problems.add(new Problem(
                    names.of(Path.of(problem.file())), 0, 0, "", "", "", problem.rule(), "", problem.severity()));
        }
        SortedMap<Path, ResourceFile> files = new TreeMap<>();
        scan.files().forEach((path, signature) -> files.put(path, read(path, signature, names.of(path))));
        Set<ResourceKey> keys = new HashSet<>();
        files.values().forEach(file -> {
            problems.addAll(file.problems());
            file.addKeysTo(keys);
        });
        Catalogue catalogue = Catalogue.EMPTY.next(files, keys, Map.of(), Identities.MINTED, Instant.EPOCH);
        catalogue.conflicts().values().forEach(problems::addAll);
        problems.sort(Comparator.comparing(Problem::file).thenComparingInt(Problem::line));
        return new Report(
                problems,
                catalogue.resources(List.of(), Set.of()),
                catalogue.accepted().size());
    }

    private static ResourceFile read(Path path, FileSignature signature, String name) {
        if (signature.size() > DocumentReader.LARGEST) {
            return ResourceFile.tooLarge(name, signature.size());
        }
        try {
            return ResourceFile.parse(name, Files.readAllBytes(path));
        } catch (IOException e) {
            return ResourceFile.unreadable(
                    Problem.ofFile(name, "can't be read: " + FolderScan.reason(e), "make it readable", Severity.ERROR));
        }
    }
}
