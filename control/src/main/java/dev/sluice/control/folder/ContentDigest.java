/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.folder;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Set;
import java.util.TreeMap;

/** Digests of trees in which neither the order of fields nor a null counts. */
final class ContentDigest {

    /** Digested in another way, or not at all. */
    private static final Set<String> NOT_CONTENT = Set.of("spec", "metadata", "status");

    private final MessageDigest digest;

    private ContentDigest() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** Of the bytes of a file. */
    static String of(byte[] bytes) {
        ContentDigest content = new ContentDigest();
        content.digest.update(bytes);
        return content.hex();
    }

    static String of(JsonNode tree) {
        ContentDigest content = new ContentDigest();
        content.add(tree);
        return content.hex();
    }

    /**
     * Of everything but what the one who exported the resource put into it.
     *
     * @param specDigest that of its spec
     */
    static String ofResource(JsonNode tree, String specDigest) {
        ContentDigest content = new ContentDigest();
        content.add(specDigest);
        tree.properties().forEach(entry -> {
            if (!NOT_CONTENT.contains(entry.getKey())) {
                content.add(entry.getKey());
                content.add(entry.getValue());
            }
        });
        content.add(tree.path("metadata").path("labels"));
        content.add(tree.path("metadata").path("annotations"));
        return content.hex();
    }

    private String hex() {
        return HexFormat.of().formatHex(digest.digest(), 0, 16);
    }

    private void add(JsonNode node) {
        if (node.isObject()) {
            TreeMap<String, JsonNode> sorted = new TreeMap<>();
            node.properties().forEach(entry -> {
                if (!entry.getValue().isNull()) {
                    sorted.put(entry.getKey(), entry.getValue());
                }
            });
            add("{" + sorted.size());
            sorted.forEach((name, value) -> {
                add(name);
                add(value);
            });
        } else if (node.isArray()) {
            add("[" + node.size());
            node.forEach(this::add);
        } else {
            add(node.getNodeType() + ":" + node.asText());
        }
    }

    private void add(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        digest.update(new byte[] {
            (byte) (bytes.length >>> 24), (byte) (bytes.length >>> 16), (byte) (bytes.length >>> 8), (byte) bytes.length
        });
        digest.update(bytes);
    }
}
