/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * The file in which a process keeps which Brokers it reads, for the next one to know before it has read its resources. Nothing
 * depends on it: what is missing there is joined later, what is too much is left again. One line for each:
 *
 * <pre>
 *   1 BROKER-UID TOPIC GROUP
 * </pre>
 */
final class ReadBrokers {

    private static final String VERSION = "1";
    private static final int FIELDS = 4;

    /** No name in it has a blank. */
    record Broker(String uid, String topic, String group) {}

    private final Path file;

    ReadBrokers(Path file) {
        this.file = file;
    }

    /** Blocks. What a line of a later version says is left out. */
    List<Broker> load() throws IOException {
        List<Broker> brokers = new ArrayList<>();
        try {
            for (String line : Files.readAllLines(file)) {
                String[] fields = line.split(" ", -1);
                if (fields.length == FIELDS && fields[0].equals(VERSION)) {
                    brokers.add(new Broker(fields[1], fields[2], fields[3]));
                }
            }
        } catch (NoSuchFileException e) {
            // The first start.
        }
        return brokers;
    }

    /** Blocks. Replaces what is kept, at once or not at all. */
    void save(Collection<Broker> brokers) throws IOException {
        StringBuilder text = new StringBuilder();
        for (Broker broker : brokers) {
            text.append(VERSION)
                    .append(' ')
                    .append(broker.uid())
                    .append(' ')
                    .append(broker.topic())
                    .append(' ')
                    .append(broker.group())
                    .append('\n');
        }
        Path whole = file.resolveSibling(file.getFileName() + ".new");
        Files.writeString(whole, text);
        Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
