/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Short texts that adapters keep beyond the process, by the UID of their resource, in one file. That is written as a whole,
 * at most every {@value #WRITE_SECONDS} seconds, and never on an event loop. A file that can't be read or written is said once
 * and done without: what is kept is for information. Safe for any thread.
 */
final class SourceMemory {

    private static final Logger LOG = LoggerFactory.getLogger(SourceMemory.class);

    static final int WRITE_SECONDS = 5;

    private static final int LONGEST = 1_000;

    /** Of sources that went while no process ran, nobody tells us. */
    private static final int MOST = 10_000;

    private final Vertx vertx;
    private final Optional<Path> file;

    // Guarded by this.
    private final Map<String, String> texts = new TreeMap<>();
    private @Nullable Future<Void> opening;
    private boolean dirty;
    private boolean scheduled;
    private boolean closed;
    private boolean failed;
    /** One write at a time. */
    private Future<Void> writing = Future.succeededFuture();

    /** @param file empty if nothing is to be kept */
    SourceMemory(Vertx vertx, Optional<Path> file) {
        this.vertx = vertx;
        this.file = file;
    }

    /** Reads what is there, at the first call. Never fails. */
    synchronized Future<Void> open() {
        Future<Void> begun = opening;
        if (begun == null) {
            begun = file.isEmpty()
                    ? Future.succeededFuture()
                    : vertx.<Void>executeBlocking(() -> {
                        read(file.get());
                        return null;
                    });
            opening = begun;
        }
        return begun;
    }

    private void read(Path from) {
        try {
            JsonObject json = new JsonObject(Files.readString(from));
            synchronized (this) {
                json.forEach(entry -> {
                    if (entry.getValue() instanceof String text && texts.size() < MOST) {
                        texts.put(entry.getKey(), text);
                    }
                });
            }
        } catch (NoSuchFileException first) {
            LOG.atDebug().addKeyValue("file", from).log("nothing is kept of sources yet");
        } catch (IOException | DecodeException e) {
            LOG.atWarn()
                    .addKeyValue("file", from)
                    .addKeyValue("error", e.getMessage())
                    .log("what was kept of sources can't be read and is forgotten");
        }
    }

    synchronized Optional<String> of(String uid) {
        return Optional.ofNullable(texts.get(uid));
    }

    synchronized void keep(String uid, String text) {
        if (text.length() > LONGEST) {
            throw new IllegalArgumentException(
                    "a text of " + text.length() + " characters is too long to be kept; at most " + LONGEST);
        }
        if (file.isEmpty() || (texts.size() >= MOST && !texts.containsKey(uid))) {
            return;
        }
        if (!text.equals(texts.put(uid, text))) {
            changed();
        }
    }

    synchronized void forget(String uid) {
        if (texts.remove(uid) != null) {
            changed();
        }
    }

    private synchronized void changed() {
        dirty = true;
        if (!scheduled && !closed) {
            scheduled = true;
            vertx.setTimer(TimeUnit.SECONDS.toMillis(WRITE_SECONDS), rang -> {
                synchronized (this) {
                    scheduled = false;
                    writing = writing.compose(before -> write());
                }
            });
        }
    }

    private synchronized Future<Void> write() {
        if (!dirty || file.isEmpty()) {
            return Future.succeededFuture();
        }
        dirty = false;
        JsonObject json = new JsonObject();
        texts.forEach(json::put);
        return vertx.<Void>executeBlocking(() -> {
            write(file.get(), json.encodePrettily());
            return null;
        });
    }

    private void write(Path to, String text) {
        try {
            // At once or not at all: half a file would forget everything.
            Path whole = to.resolveSibling(to.getFileName() + ".new");
            Files.writeString(whole, text + "\n");
            Files.move(whole, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            boolean first;
            synchronized (this) {
                first = !failed;
                failed = true;
            }
            if (first) {
                LOG.atWarn()
                        .addKeyValue("file", to)
                        .addKeyValue("error", e.toString())
                        .log("what sources want to keep can't be written");
            }
        }
    }

    /** Writes what is not yet written. */
    synchronized Future<Void> close() {
        closed = true;
        writing = writing.compose(before -> write());
        return writing;
    }
}
