/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.spool;

import dev.sluice.api.routing.ResourceName;
import dev.sluice.dispatcher.parking.ParkedEvent;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * One file of what one broker had left when a process stopped, written whole or not at all.
 *
 * <pre>
 *   magic │ frame: header │ frame: event │ frame: event │ … │ frame: end
 *            length │ CRC-32C │ kind and content
 * </pre>
 *
 * A frame that was damaged is found by its checksum, a file that was cut by the missing end. Every parked event, and every
 * place of every waiting one, has a number by the order in the file, from 0: the journal beside the file knows by these
 * what has ended since.
 */
final class SpoolFile {

    static final String SUFFIX = ".spool";

    private static final byte[] MAGIC = "SLUICESPOOL\n".getBytes(StandardCharsets.US_ASCII);
    private static final int VERSION = 1;
    private static final byte HEADER = 'h';
    private static final byte WAITING = 'w';
    private static final byte PARKED = 'p';
    private static final byte END = 'e';

    /** Larger than any event with all its places: an event is 64 MiB at most, and so is a reply. */
    private static final int LARGEST_FRAME = 1 << 30;

    private SpoolFile() {}

    /**
     * What the file says about itself.
     *
     * @param id random, so that a journal can't be taken for that of another file
     * @param waiting places of waiting events, when it was written
     * @param parked events, when it was written
     */
    record Header(long id, ResourceName broker, String brokerUid, int waiting, int parked) {
        int numbers() {
            return waiting + parked;
        }
    }

    /** Takes what is in a file, in the order in which it was written. */
    interface Visitor {
        /** @param firstNumber of its first place; the others follow */
        void waiting(Waiting waiting, int firstNumber);

        void parked(ParkedEvent parked, int number);
    }

    /** A file that is not one of ours, or was written by a later version, or whose header is damaged. */
    static final class Unreadable extends IOException {
        private static final long serialVersionUID = 1L;
        private final boolean later;

        private Unreadable(String message, boolean later) {
            super(message);
            this.later = later;
        }

        /** Whether a later version of Sluice could read it. */
        boolean later() {
            return later;
        }
    }

    // ---- writing ----------------------------------------------------------------------------------------------------

    /** Writes the file beside its place, has the disk take it, and puts it there. */
    static void write(Path file, Header header, List<Waiting> waiting, List<ParkedEvent> parked) throws IOException {
        Path next = file.resolveSibling(file.getFileName() + ".tmp");
        try (FileChannel channel = FileChannel.open(next, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                DataOutputStream out =
                        new DataOutputStream(new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16))) {
            out.write(MAGIC);
            var frame = new Frame();
            frame.begin(HEADER);
            frame.content.writeInt(VERSION);
            frame.content.writeLong(header.id());
            EventCodec.writeName(frame.content, header.broker());
            EventCodec.writeText(frame.content, header.brokerUid());
            frame.content.writeInt(header.waiting());
            frame.content.writeInt(header.parked());
            frame.writeTo(out);
            for (Waiting each : waiting) {
                frame.begin(WAITING);
                EventCodec.write(frame.content, each);
                frame.writeTo(out);
            }
            for (ParkedEvent each : parked) {
                frame.begin(PARKED);
                EventCodec.write(frame.content, each);
                frame.writeTo(out);
            }
            frame.begin(END);
            frame.writeTo(out);
            out.flush();
            channel.force(true);
        } catch (IOException | RuntimeException e) {
            Files.deleteIfExists(next);
            throw e;
        }
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
        forceFolder(file);
    }

    /** Without it a loss of power could take the new name back, on file systems that have it so. */
    private static void forceFolder(Path file) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder != null) {
            try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }

    /** The content of one frame, put together in memory so that its length and checksum are known. */
    private static final class Frame {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        final DataOutputStream content = new DataOutputStream(bytes);

        void begin(byte kind) throws IOException {
            bytes.reset();
            content.writeByte(kind);
        }

        void writeTo(DataOutputStream out) throws IOException {
            byte[] content = bytes.toByteArray();
            out.writeInt(content.length);
            out.writeInt(checksum(content));
            out.write(content);
        }
    }

    private static int checksum(byte[] content) {
        var checksum = new CRC32C();
        checksum.update(content);
        return (int) checksum.getValue();
    }

    // ---- reading ----------------------------------------------------------------------------------------------------

    /** @throws Unreadable if it is not to be read; another {@link IOException} if it can't be read now */
    static Header header(Path file) throws IOException {
        try (DataInputStream in = open(file)) {
            return header(in, file);
        }
    }

    /**
     * Reads the whole file.
     *
     * @return what is damaged, for people to read; empty if nothing is
     */
    static String read(Path file, Visitor visitor) throws IOException {
        try (DataInputStream in = open(file)) {
            Header header = header(in, file);
            long left = Files.size(file);
            int number = 0;
            int damaged = 0;
            while (true) {
                byte[] content;
                try {
                    int length = in.readInt();
                    int checksum = in.readInt();
                    if (length < 1 || length > LARGEST_FRAME || length > left) {
                        return "a frame says that it has " + length + " bytes; what follows can't be read";
                    }
                    content = in.readNBytes(length);
                    if (content.length < length) {
                        return "it ends in the middle of an event";
                    }
                    if (checksum != checksum(content)) {
                        damaged++;
                        continue;
                    }
                } catch (EOFException e) {
                    return "its end is missing";
                }
                var frame = new DataInputStream(new ByteArrayInputStream(content));
                byte kind = frame.readByte();
                if (kind == END) {
                    return damaged == 0 ? "" : damaged + " events have a wrong checksum";
                }
                try {
                    if (kind == WAITING) {
                        Waiting waiting = EventCodec.readWaiting(frame);
                        visitor.waiting(waiting, number);
                        number += waiting.places().size();
                    } else if (kind == PARKED) {
                        visitor.parked(EventCodec.readParked(frame, header.broker(), header.brokerUid()), number);
                        number++;
                    } else {
                        damaged++;
                    }
                } catch (IOException | IllegalArgumentException | java.time.DateTimeException e) {
                    // The checksum is right and the content is not: a version in between wrote what this one can't
                    // read.
                    damaged++;
                }
            }
        }
    }

    private static DataInputStream open(Path file) throws IOException {
        InputStream in = Files.newInputStream(file);
        return new DataInputStream(new BufferedInputStream(in, 1 << 16));
    }

    private static Header header(DataInputStream in, Path file) throws IOException {
        try {
            if (!Arrays.equals(MAGIC, in.readNBytes(MAGIC.length))) {
                throw new Unreadable(file + " is no file of Sluice", false);
            }
            int length = in.readInt();
            int checksum = in.readInt();
            byte[] content = length < 1 || length > 1 << 20 ? new byte[0] : in.readNBytes(length);
            if (content.length < 1 || checksum != checksum(content)) {
                throw new Unreadable(file + " has a damaged header", false);
            }
            var frame = new DataInputStream(new ByteArrayInputStream(content));
            byte kind = frame.readByte();
            int version = frame.readInt();
            if (kind != HEADER || version != VERSION) {
                throw new Unreadable(
                        file + " has version " + version + " of the format, and this Sluice knows version " + VERSION,
                        version > VERSION);
            }
            return new Header(
                    frame.readLong(),
                    EventCodec.readName(frame),
                    EventCodec.readText(frame),
                    frame.readInt(),
                    frame.readInt());
        } catch (EOFException e) {
            throw new Unreadable(file + " ends within its header", false);
        }
    }
}
