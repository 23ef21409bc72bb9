/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The data directory of this process, which no other process uses at the same time: two would write over each other's
 * identities and deliver each other's spool. The operating system gives the lock back when the process ends, however it
 * ends.
 */
public final class DataDirectory implements AutoCloseable {

    private static final String LOCK = "lock";
    private static final String INSTANCE_ID = "instance-id";
    private static final Pattern INSTANCE_ID_SHAPE = Pattern.compile("[A-Za-z0-9._-]{1,200}");
    private static final int LONGEST_PID = 20;

    private final Path folder;
    private final FileChannel channel;
    private final FileLock lock;

    private DataDirectory(Path folder, FileChannel channel, FileLock lock) {
        this.folder = folder;
        this.channel = channel;
        this.lock = lock;
    }

    /**
     * Takes the directory, and makes it if it is not there.
     *
     * @throws IOException if it can't be made or written, or another process has it; the message is for people
     */
    public static DataDirectory open(Path folder) throws IOException {
        FileChannel channel = null;
        try {
            if (!Files.isDirectory(folder)) { // Where it is a link to one, creating it would fail.
                Files.createDirectories(folder);
            }
            channel = FileChannel.open(
                    folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            FileLock lock = lock(channel);
            if (lock == null) {
                throw new IOException(folder + " is used by another process" + owner(channel)
                        + "; stop that one, or give this one a --data-dir of its own");
            }
            write(channel, Long.toString(ProcessHandle.current().pid()));
            return new DataDirectory(folder, channel, lock);
        } catch (AccessDeniedException e) {
            throw new IOException(folder + " can't be written; make it writable, or name another --data-dir", e);
        } catch (FileAlreadyExistsException e) {
            throw new IOException(folder + " is not a folder; name one, or a place where one can be made", e);
        } catch (IOException | RuntimeException e) {
            if (channel != null) {
                channel.close();
            }
            throw e;
        }
    }

    private static @Nullable FileLock lock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            // By another part of this very process, such as a test.
            return null;
        }
    }

    /** For the message alone: what is written there may be of a process that is gone. */
    private static String owner(FileChannel channel) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(LONGEST_PID);
        channel.read(bytes, 0);
        String pid = new String(bytes.array(), 0, bytes.position(), StandardCharsets.US_ASCII).strip();
        return pid.isEmpty() ? "" : " (process id " + pid + ")";
    }

    private static void write(FileChannel channel, String text) throws IOException {
        channel.truncate(0);
        ByteBuffer bytes = ByteBuffer.wrap((text + "\n").getBytes(StandardCharsets.US_ASCII));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    public Path folder() {
        return folder;
    }

    /**
     * A name for the process that has the directory, and for no other: made when it is asked for first, and kept, so that the
     * process which starts with the directory next has it too.
     *
     * @throws IOException if it can't be kept; the message is for people
     */
    public String instanceId() throws IOException {
        Path file = folder.resolve(INSTANCE_ID);
        if (Files.exists(file)) {
            String kept = Files.readString(file).strip();
            if (INSTANCE_ID_SHAPE.matcher(kept).matches()) {
                return kept;
            }
        }
        String made = UUID.randomUUID().toString();
        Path whole = folder.resolve(INSTANCE_ID + ".new");
        Files.writeString(whole, made + "\n");
        // At once or not at all: half an id would be another one after the next start.
        Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return made;
    }

    /** Where a stop writes what it could not deliver. */
    public Path spool() {
        return folder.resolve("spool");
    }

    /** The file in which a process keeps which Brokers it reads from Kafka, for the next one to join their groups at once. */
    public Path kafkaBrokers() {
        return folder.resolve("kafka-brokers");
    }

    /** The file in which sources keep what the next process is to know. */
    public Path sources() {
        return folder.resolve("sources.json");
    }

    /** Gives the directory to others. The file stays: deleting it could delete the lock of somebody who came in between. */
    @Override
    public void close() throws IOException {
        lock.release();
        channel.close();
    }
}
