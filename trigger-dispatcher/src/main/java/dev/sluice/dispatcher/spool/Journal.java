/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.spool;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which numbers of one spool file have ended since it was written, on disk: so that a process that is killed reads back
 * what was left, and not what it had delivered. Appended to and never forced: what a loss of power takes is delivered
 * again. When everything has ended, it and its spool file are deleted.
 *
 * <p>Any thread tells it; all I/O is done on the spool's thread.
 */
final class Journal {

    static final String SUFFIX = ".ended";

    private static final Logger LOG = LoggerFactory.getLogger(Journal.class);

    /** A number, and the number with every bit turned over, so that a half-written entry is not taken for one. */
    private static final int ENTRY = 8;

    private final Path spoolFile;
    private final Path file;
    private final long spoolId;
    private final int numbers;
    private final ExecutorService io;

    // Guarded by this.
    private final BitSet ended;
    private BitSet unwritten = new BitSet();
    private boolean scheduled;

    // Belongs to the spool's thread.
    private @Nullable FileChannel channel;
    private boolean failed;

    private Journal(Path spoolFile, SpoolFile.Header header, BitSet ended, ExecutorService io) {
        this.spoolFile = spoolFile;
        file = fileOf(spoolFile);
        spoolId = header.id();
        numbers = header.numbers();
        this.ended = ended;
        this.io = io;
    }

    private static Path fileOf(Path spoolFile) {
        return spoolFile.resolveSibling(spoolFile.getFileName() + SUFFIX);
    }

    /** Reads what there is; a journal of another file counts for nothing. */
    static Journal open(Path spoolFile, SpoolFile.Header header, ExecutorService io) throws IOException {
        BitSet ended = new BitSet();
        Path file = fileOf(spoolFile);
        if (Files.exists(file)) {
            try (DataInputStream in = new DataInputStream(Files.newInputStream(file))) {
                ByteBuffer bytes = ByteBuffer.wrap(in.readAllBytes());
                if (bytes.remaining() >= Long.BYTES && bytes.getLong() == header.id()) {
                    while (bytes.remaining() >= ENTRY) {
                        int number = bytes.getInt();
                        if (bytes.getInt() == ~number && number >= 0 && number < header.numbers()) {
                            ended.set(number);
                        }
                    }
                } else {
                    Files.delete(file);
                }
            }
        }
        return new Journal(spoolFile, header, ended, io);
    }

    synchronized boolean hasEnded(int number) {
        return ended.get(number);
    }

    /** Says that a number is never to be read back again. Any thread; does no I/O. */
    void ended(int number) {
        synchronized (this) {
            if (ended.get(number)) {
                return;
            }
            ended.set(number);
            unwritten.set(number);
            if (scheduled) {
                return;
            }
            scheduled = true;
        }
        try {
            io.execute(this::write);
        } catch (RejectedExecutionException e) {
            // The spool is closed. What ends now is delivered again after the next start.
            LOG.atDebug().addKeyValue("file", file).log("an end came too late to be written down");
        }
    }

    private void write() {
        BitSet batch;
        boolean all;
        synchronized (this) {
            batch = unwritten;
            unwritten = new BitSet();
            scheduled = false;
            all = ended.cardinality() == numbers;
        }
        try {
            if (all) {
                delete();
            } else {
                append(batch);
            }
            failed = false;
        } catch (IOException e) {
            if (!failed) {
                LOG.atWarn()
                        .addKeyValue("file", file)
                        .addKeyValue("error", e.toString())
                        .log("what ends can't be written down, and would be delivered again after a crash");
            }
            failed = true;
            synchronized (this) {
                // Goes with whatever ends next.
                unwritten.or(batch);
            }
            // Opened anew then: it may have been the open file that was at fault.
            closeBroken();
        }
    }

    private void append(BitSet batch) throws IOException {
        FileChannel to = channel;
        if (to == null) {
            to = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
            channel = to;
        }
        // Also one whose first write was cut short by a full disk.
        boolean fresh = to.size() < Long.BYTES;
        ByteBuffer bytes = ByteBuffer.allocate((fresh ? Long.BYTES : 0) + ENTRY * batch.cardinality());
        if (fresh) {
            to.truncate(0);
            bytes.putLong(spoolId);
        } else {
            // Whatever a crash cut off in the middle must not shift what comes behind it.
            align(to);
        }
        for (int number = batch.nextSetBit(0); number >= 0; number = batch.nextSetBit(number + 1)) {
            bytes.putInt(number).putInt(~number);
        }
        bytes.flip();
        while (bytes.hasRemaining()) {
            to.write(bytes);
        }
    }

    private void closeBroken() {
        try {
            close();
        } catch (IOException e) {
            LOG.atDebug()
                    .addKeyValue("file", file)
                    .addKeyValue("error", e.toString())
                    .log("a journal did not close well");
        }
    }

    private static void align(FileChannel to) throws IOException {
        long odd = to.size() % ENTRY;
        if (odd != 0) {
            to.truncate(to.size() - odd);
        }
    }

    /** Removes both files. On the spool's thread, or before anybody has the journal. */
    void delete() throws IOException {
        close();
        Files.deleteIfExists(spoolFile);
        Files.deleteIfExists(file);
    }

    /** Writes what could not be written before, if there is any. On the spool's thread, or when that has ended. */
    void writeRest() {
        synchronized (this) {
            if (unwritten.isEmpty()) {
                return;
            }
        }
        write();
    }

    /** On the spool's thread, or when that has ended. */
    void close() throws IOException {
        FileChannel open = channel;
        channel = null;
        if (open != null) {
            open.close();
        }
    }
}
