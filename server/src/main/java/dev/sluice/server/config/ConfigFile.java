/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.config;

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

/**
 * The YAML of {@code --config}: a mapping of option names to a value or a list of values.
 *
 * @param entries what it says, by key
 * @param problems what is wrong with its form
 */
record ConfigFile(Map<String, Entry> entries, List<String> problems) {

    /** Far more than all options take; keeps a wrong path from being read into memory. */
    private static final long MAX_BYTES = 1024 * 1024;

    /**
     * @param place file and line, for messages
     * @param texts one, or the items of a list
     */
    record Entry(String place, List<String> texts) {}

    static final ConfigFile NONE = new ConfigFile(Map.of(), List.of());

    static ConfigFile read(Path file) {
        List<String> problems = new ArrayList<>();
        Map<String, Entry> entries = new LinkedHashMap<>();
        try {
            if (Files.isRegularFile(file) && Files.size(file) > MAX_BYTES) {
                throw new IOException("it is larger than 1 MiB, which is no configuration");
            }
            Node root = new Yaml(new LoaderOptions()).compose(new StringReader(Files.readString(file)));
            // An empty file, or one of comments only.
            if (root != null) {
                collect(file, root, entries, problems);
            }
        } catch (MarkedYAMLException e) {
            problems.add(place(file, e.getProblemMark()) + ": not valid YAML: " + e.getProblem());
        } catch (YAMLException e) {
            problems.add(file + ": not valid YAML: " + firstLine(e));
        } catch (NoSuchFileException e) {
            problems.add("--config " + file + ": there is no such file");
        } catch (AccessDeniedException e) {
            problems.add("--config " + file + ": no permission to read it");
        } catch (CharacterCodingException e) {
            problems.add("--config " + file + ": it is not UTF-8 text");
        } catch (IOException e) {
            problems.add("--config " + file + ": can't be read: " + e.getMessage());
        }
        return new ConfigFile(entries, problems);
    }

    private static void collect(Path file, Node root, Map<String, Entry> entries, List<String> problems) {
        if (!(root instanceof MappingNode mapping)) {
            problems.add(place(file, root.getStartMark())
                    + ": is not a mapping; write one option a line, such as \"ingress-port: 8080\"");
            return;
        }
        for (NodeTuple tuple : mapping.getValue()) {
            String place = place(file, tuple.getKeyNode().getStartMark());
            if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
                problems.add(place + ": a key must be the name of an option");
                continue;
            }
            List<String> texts = new ArrayList<>();
            if (!texts(tuple.getValueNode(), texts)) {
                problems.add(place + ": " + key.getValue() + " must have a value, or a list of values");
            } else if (entries.putIfAbsent(key.getValue(), new Entry(place, texts)) != null) {
                problems.add(place + ": " + key.getValue() + " stands twice; keep one");
            }
        }
    }

    private static boolean texts(Node value, List<String> texts) {
        if (value instanceof ScalarNode scalar) {
            // An empty value ("ingress-port:") is an oversight, not a way to say "default".
            return texts.add(scalar.getValue()) && !scalar.getValue().isEmpty();
        }
        if (!(value instanceof SequenceNode list)) {
            return false;
        }
        for (Node item : list.getValue()) {
            if (!(item instanceof ScalarNode scalar)) {
                return false;
            }
            texts.add(scalar.getValue());
        }
        return true;
    }

    private static String place(Path file, Mark mark) {
        return mark == null ? file.toString() : file + ":" + (mark.getLine() + 1);
    }

    private static String firstLine(Exception e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }
}
