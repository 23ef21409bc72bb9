/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.document;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.control.text.Quoted;
import java.math.BigInteger;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Locale;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * From snakeyaml's nodes to a JSON tree, with the meaning that YAML 1.1 has for Kubernetes: keys are strings, dates are
 * strings, merge keys are merged, a key that stands twice is an error.
 */
final class YamlTree {

    /** What the document may not hold. The line counts from 0, from the start of the document's text. */
    static final class Refused extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private final int line;
        private final String rule;
        private final String remedy;

        Refused(Node node, String rule, String remedy) {
            this(node.getStartMark(), rule, remedy);
        }

        Refused(Mark mark, String rule, String remedy) {
            super(rule, null, false, false);
            line = mark.getLine();
            this.rule = rule;
            this.remedy = remedy;
        }

        int line() {
            return line;
        }

        String rule() {
            return rule;
        }

        String remedy() {
            return remedy;
        }
    }

    private static final int DEEPEST = 100;
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final Set<Node> open = Collections.newSetFromMap(new IdentityHashMap<>());
    private final BooleanSupplier hidesTags;
    private int budget;

    /**
     * @param budget how many nodes the tree may have; aliases can make it exponentially larger than its text
     * @param hidesTags whether a tag may be the value of a Secret, which must not show
     */
    YamlTree(int budget, BooleanSupplier hidesTags) {
        this.budget = budget;
        this.hidesTags = hidesTags;
    }

    JsonNode convert(@Nullable Node node) {
        if (node == null) {
            return NODES.nullNode();
        }
        if (--budget < 0 || open.size() > DEEPEST) {
            throw new Refused(node, "expands its aliases to too much", "use fewer aliases");
        }
        if (node instanceof ScalarNode scalar) {
            return scalar(scalar);
        }
        if (!open.add(node)) {
            throw new Refused(node, "holds itself, by an alias", "remove the alias");
        }
        JsonNode converted = node instanceof MappingNode mapping ? mapping(mapping) : sequence((SequenceNode) node);
        open.remove(node);
        return converted;
    }

    private ArrayNode sequence(SequenceNode node) {
        if (!node.getTag().equals(Tag.SEQ)) {
            throw unsupportedTag(node);
        }
        ArrayNode array = NODES.arrayNode(node.getValue().size());
        for (Node element : node.getValue()) {
            array.add(convert(element));
        }
        return array;
    }

    private ObjectNode mapping(MappingNode node) {
        if (!node.getTag().equals(Tag.MAP)) {
            throw unsupportedTag(node);
        }
        ObjectNode object = NODES.objectNode();
        for (NodeTuple tuple : node.getValue()) {
            if (isMerge(tuple)) {
                continue;
            }
            String key = key(tuple.getKeyNode());
            if (object.has(key)) {
                throw new Refused(
                        tuple.getKeyNode(), "has the key " + Quoted.of(key) + " twice", "remove one of the two");
            }
            object.set(key, convert(tuple.getValueNode()));
        }
        for (NodeTuple tuple : node.getValue()) {
            if (isMerge(tuple)) {
                merge(tuple.getValueNode(), object);
            }
        }
        return object;
    }

    /** What stands in the mapping itself wins, then the earlier of several merged ones. */
    private void merge(Node from, ObjectNode into) {
        JsonNode merged = convert(from);
        if (merged.isArray()) {
            for (JsonNode element : merged) {
                mergeOne(from, element, into);
            }
        } else {
            mergeOne(from, merged, into);
        }
    }

    private static void mergeOne(Node at, JsonNode from, ObjectNode into) {
        if (!from.isObject()) {
            throw new Refused(at, "merges (<<) what is no mapping", "write an alias of a mapping after <<");
        }
        from.properties().forEach(entry -> {
            if (!into.has(entry.getKey())) {
                into.set(entry.getKey(), entry.getValue());
            }
        });
    }

    private static boolean isMerge(NodeTuple tuple) {
        return tuple.getKeyNode().getTag().equals(Tag.MERGE);
    }

    private static String key(Node node) {
        if (node instanceof ScalarNode scalar && !scalar.getTag().equals(Tag.NULL)) {
            // The same few names in every document, of which maps of attributes keep some.
            return scalar.getValue().intern();
        }
        throw new Refused(node, "has a key that is no string", "write a name before the colon");
    }

    private JsonNode scalar(ScalarNode node) {
        Tag tag = node.getTag();
        String value = node.getValue();
        if (tag.equals(Tag.STR) || tag.equals(Tag.TIMESTAMP) || tag.equals(Tag.BINARY) || tag.equals(Tag.MERGE)) {
            return NODES.textNode(value);
        }
        if (tag.equals(Tag.NULL)) {
            return NODES.nullNode();
        }
        if (tag.equals(Tag.BOOL)) {
            return NODES.booleanNode(
                    switch (value.toLowerCase(Locale.ROOT)) {
                        case "true", "yes", "on" -> true;
                        default -> false;
                    });
        }
        if (tag.equals(Tag.INT)) {
            return integer(value);
        }
        if (tag.equals(Tag.FLOAT)) {
            return floatingPoint(value);
        }
        throw unsupportedTag(node);
    }

    /** With YAML 1.1's underscores, signs and radixes; base 60, which Kubernetes does not know, stays a string. */
    private static JsonNode integer(String value) {
        String digits = value.replace("_", "");
        boolean negative = digits.startsWith("-");
        if (negative || digits.startsWith("+")) {
            digits = digits.substring(1);
        }
        int radix = 10;
        if (digits.startsWith("0b")) {
            radix = 2;
            digits = digits.substring(2);
        } else if (digits.startsWith("0x")) {
            radix = 16;
            digits = digits.substring(2);
        } else if (digits.startsWith("0") && digits.length() > 1) {
            radix = 8;
            digits = digits.substring(1);
        }
        try {
            // A number of a megabyte of digits costs the square of that to read, and could be nothing we want.
            if (digits.length() > 100) {
                return NODES.textNode(value);
            }
            BigInteger number = new BigInteger(negative ? "-" + digits : digits, radix);
            return number.bitLength() < 64 ? NODES.numberNode(number.longValue()) : NODES.numberNode(number);
        } catch (NumberFormatException e) {
            return NODES.textNode(value);
        }
    }

    private static JsonNode floatingPoint(String value) {
        try {
            return NODES.numberNode(Double.parseDouble(value.replace("_", "")));
        } catch (NumberFormatException e) {
            // .inf, .nan and base 60: no field of ours takes any of them, and the error shows them as written.
            return NODES.textNode(value);
        }
    }

    private Refused unsupportedTag(Node node) {
        String rule = hidesTags.getAsBoolean()
                ? "has a tag (a value that begins with !)"
                : "has the tag " + Quoted.of(node.getTag().getValue());
        return new Refused(node, rule, "remove the tag; plain values are enough");
    }

    /** The line, from 0, of the field that the pointer names, or of the nearest one around it. */
    static int lineOf(Node root, String pointer) {
        int line = root.getStartMark().getLine();
        Node node = root;
        int start = 1;
        while (node != null && start <= pointer.length()) {
            int slash = pointer.indexOf('/', start);
            int end = slash < 0 ? pointer.length() : slash;
            String token = pointer.substring(start, end).replace("~1", "/").replace("~0", "~");
            start = end + 1;
            if (node instanceof MappingNode mapping) {
                NodeTuple tuple = find(mapping, token);
                node = tuple == null ? null : tuple.getValueNode();
                line = tuple == null ? line : tuple.getKeyNode().getStartMark().getLine();
            } else if (node instanceof SequenceNode sequence) {
                int index = Integer.parseInt(token);
                node = index < sequence.getValue().size() ? sequence.getValue().get(index) : null;
                line = node == null ? line : node.getStartMark().getLine();
            } else {
                node = null;
            }
        }
        return line;
    }

    private static @Nullable NodeTuple find(MappingNode mapping, String key) {
        for (NodeTuple tuple : mapping.getValue()) {
            if (tuple.getKeyNode() instanceof ScalarNode scalar
                    && scalar.getValue().equals(key)) {
                return tuple;
            }
        }
        return null;
    }
}
