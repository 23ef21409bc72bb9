/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.folder;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.control.document.Document;
import dev.sluice.control.document.DocumentReader;
import dev.sluice.control.store.ResourceKey;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Keeps identities in {@code uids.json} of the data directory. A crash leaves either the old file or the new one. */
final class IdentityFile {

    private static final String VERSION = "1";

    private final Path folder;
    private final Path file;

    IdentityFile(Path dataDir) {
        folder = dataDir;
        file = dataDir.resolve("uids.json");
    }

    Path path() {
        return file;
    }

    /** @throws IOException if the file is there and can't be understood; going on would make every trigger a new one */
    Map<ResourceKey, Identity> load() throws IOException {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            return Map.of();
        }
        List<Document> documents = DocumentReader.read(bytes, true);
        if (documents.size() != 1
                || !(documents.get(0) instanceof Document.Parsed readable)
                || !readable.tree().path("version").asText().equals(VERSION)) {
            throw new IOException(file + " is not what Sluice wrote; restore it, or remove it, which makes every"
                    + " Broker and Trigger a new one");
        }
        Map<ResourceKey, Identity> identities = new TreeMap<>();
        for (JsonNode entry : readable.tree().path("resources")) {
            identities.put(
                    new ResourceKey(
                            entry.path("kind").asText(),
                            new ResourceName(
                                    entry.path("namespace").asText(),
                                    entry.path("name").asText())),
                    new Identity(
                            entry.path("uid").asText(),
                            entry.path("generation").asLong(),
                            entry.path("creationTimestamp").asText(),
                            entry.path("specDigest").asText()));
        }
        return identities;
    }

    void save(Map<ResourceKey, Identity> identities) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = new JsonFactory().createGenerator(bytes)) {
            json.writeStartObject();
            json.writeStringField("version", VERSION);
            json.writeArrayFieldStart("resources");
            for (Map.Entry<ResourceKey, Identity> entry : new TreeMap<>(identities).entrySet()) {
                json.writeRaw('\n');
                json.writeStartObject();
                json.writeStringField("kind", entry.getKey().kind());
                json.writeStringField("namespace", entry.getKey().name().namespace());
                json.writeStringField("name", entry.getKey().name().name());
                json.writeStringField("uid", entry.getValue().uid());
                json.writeNumberField("generation", entry.getValue().generation());
                json.writeStringField("creationTimestamp", entry.getValue().created());
                json.writeStringField("specDigest", entry.getValue().specDigest());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
            json.writeRaw('\n');
        }
        if (!Files.isDirectory(folder)) { // Where it is a link to one, creating it would fail.
            Files.createDirectories(folder);
        }
        Path next = file.resolveSibling("uids.json.next");
        try (FileChannel channel = FileChannel.open(
                next, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            ByteBuffer buffer = ByteBuffer.wrap(bytes.toByteArray());
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            channel.force(true);
        }
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
