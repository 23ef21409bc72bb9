/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.folder;

import dev.sluice.control.validation.Problem;
import dev.sluice.control.validation.Severity;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One look at all files of the roots.
 *
 * @param files every file of resources, by absolute path
 * @param unseen roots and folders that could not be listed; what is below them is unknown, not gone
 * @param problems with what could not be listed
 */
record FolderScan(SortedMap<Path, FileSignature> files, List<Path> unseen, List<Problem> problems) {

    /** More would be somebody's home directory, not a folder of resources. */
    static final int MOST_FILES = 20_000;

    private static final int DEEPEST = 32;

    /**
     * @param roots absolute files and folders
     * @param except a folder that is not looked into; null if all are
     */
    static FolderScan of(List<Path> roots, @Nullable Path except) {
        FolderScan scan = new FolderScan(new TreeMap<>(), new ArrayList<>(), new ArrayList<>());
        for (Path root : roots) {
            scan.look(root, except);
        }
        return scan;
    }

    private void look(Path root, @Nullable Path except) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(root, BasicFileAttributes.class);
            if (!attributes.isDirectory()) {
                // A file that is named on the command line is read whatever its name ends in.
                files.put(root, FileSignature.of(attributes));
                return;
            }
            Files.walkFileTree(root, EnumSet.of(FileVisitOption.FOLLOW_LINKS), DEEPEST, new Visitor(root, except));
        } catch (IOException e) {
            unseen(root, e);
        }
    }

    private void unseen(Path path, IOException cause) {
        unseen.add(path);
        String rule = cause instanceof NoSuchFileException ? "does not exist" : "can't be read: " + reason(cause);
        problems.add(Problem.ofFile(
                path.toString(), rule, "what it held before stays in force until it is back", Severity.ERROR));
    }

    static String reason(IOException e) {
        if (e instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (e instanceof FileSystemException system && system.getReason() != null) {
            return system.getReason();
        }
        return e.getClass().getSimpleName();
    }

    /** Not hidden, not an editor's own, and of a kind that holds resources. */
    static boolean isResourceFile(String name) {
        if (isHidden(name)) {
            return false;
        }
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.endsWith(".yaml") || lower.endsWith(".yml") || lower.endsWith(".json");
    }

    private static boolean isHidden(String name) {
        return name.isEmpty() || name.charAt(0) == '.' || name.charAt(0) == '#' || name.charAt(0) == '~';
    }

    private final class Visitor extends SimpleFileVisitor<Path> {

        private final Path root;
        private final @Nullable Path except;

        Visitor(Path root, @Nullable Path except) {
            this.root = root;
            this.except = except;
        }

        @Override
        public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            boolean skipped = folder.equals(except) || (!folder.equals(root) && isHidden(nameOf(folder)));
            return skipped ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
            if (!isResourceFile(nameOf(file))) {
                return FileVisitResult.CONTINUE;
            }
            if (files.size() >= MOST_FILES) {
                throw new FileSystemException(root.toString(), null, "more than " + MOST_FILES + " files");
            }
            if (attributes.isSymbolicLink()) {
                files.put(file, FileSignature.DANGLING);
            } else if (attributes.isRegularFile()) {
                files.put(file, FileSignature.of(attributes));
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path path, IOException cause) {
            if (cause instanceof FileSystemLoopException) {
                problems.add(Problem.ofFile(
                        path.toString(), "leads back to a folder around it", "remove the link", Severity.WARNING));
            } else if (path.equals(root) || !isHidden(nameOf(path))) {
                unseen(path, cause);
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException cause) {
            if (cause != null) {
                unseen(folder, cause);
            }
            return FileVisitResult.CONTINUE;
        }

        private String nameOf(Path path) {
            Path name = path.getFileName();
            return name == null ? "" : name.toString();
        }
    }
}
