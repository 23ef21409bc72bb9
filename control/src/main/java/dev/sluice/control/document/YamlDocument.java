/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.document;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.composer.Composer;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.events.Event;
import org.yaml.snakeyaml.events.NodeEvent;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeId;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.parser.ParserImpl;
import org.yaml.snakeyaml.reader.ReaderException;
import org.yaml.snakeyaml.reader.StreamReader;
import org.yaml.snakeyaml.resolver.Resolver;

/** Reads one YAML document. */
final class YamlDocument {

    private static final int DEEPEST = 64;

    /**
     * In characters; the most that Kubernetes takes for one resource. The parser's cost grows with the square of the
     * longest word, so one word of megabytes would keep it busy for a minute.
     */
    private static final int LONGEST = 3 << 19;

    private static final String MEND = "mend the syntax";

    /** One for all: nothing changes it, and to make it costs as much as to read a short document. */
    private static final Resolver RESOLVER = new LettersFirst();

    private YamlDocument() {}

    /** @param firstLine the line of the file, from 1, in which the chunk begins */
    static Document read(int number, int firstLine, String chunk) {
        if (chunk.length() > LONGEST) {
            return new Document.Broken(
                    number,
                    firstLine,
                    "has " + chunk.length() + " characters, more than " + LONGEST,
                    "split it into several documents, with --- between them");
        }
        LoaderOptions options = new LoaderOptions();
        options.setNestingDepthLimit(DEEPEST);
        options.setMaxAliasesForCollections(1_000);
        options.setCodePointLimit(Integer.MAX_VALUE);
        try {
            Composer composer = new Composer(new BoundedParser(chunk, options), RESOLVER, options);
            Node root = composer.getSingleNode();
            YamlTree tree = new YamlTree(10_000 + chunk.length(), () -> mayHoldSecret(chunk));
            JsonNode converted = tree.convert(root);
            return new Document.Parsed(number, converted, pointer -> firstLine + YamlTree.lineOf(root, pointer));
        } catch (YamlTree.Refused e) {
            return new Document.Broken(number, firstLine + e.line(), e.rule(), e.remedy());
        } catch (MarkedYAMLException e) {
            Mark mark = e.getProblemMark() == null ? e.getContextMark() : e.getProblemMark();
            int line = mark == null ? firstLine : firstLine + mark.getLine();
            String column = mark == null ? "" : ", column " + (mark.getColumn() + 1);
            return new Document.Broken(
                    number, line, "is not YAML" + column + ": " + withoutValues(e.getProblem()), remedy(e));
        } catch (ReaderException e) {
            return new Document.Broken(
                    number,
                    firstLine + linesBefore(chunk, e.getPosition()),
                    "is not YAML: holds the control character U+" + Integer.toHexString(e.getCodePoint()),
                    "remove it, or write it as an escape in double quotes");
        } catch (YAMLException e) {
            // The limits above end here.
            return new Document.Broken(number, firstLine, "is refused: " + e.getMessage(), "write it flatter");
        }
    }

    /**
     * Spares most words the regular expressions: what begins with a letter is a string, but for the words of booleans and
     * of null, none of which is longer than {@code false}.
     */
    private static final class LettersFirst extends Resolver {

        private static final int LONGEST_WORD = 5;

        @Override
        public Tag resolve(NodeId kind, @Nullable String value, boolean implicit) {
            if (kind == NodeId.scalar && value != null && value.length() > LONGEST_WORD && isLetter(value.charAt(0))) {
                return Tag.STR;
            }
            return super.resolve(kind, value, implicit);
        }

        private static boolean isLetter(char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        }
    }

    /** Counts before the composer makes a node of each value, which takes a hundred times the room of the text. */
    private static final class BoundedParser extends ParserImpl {

        private int left = DocumentReader.MOST_VALUES;

        BoundedParser(String text, LoaderOptions options) {
            super(new StreamReader(text), options);
        }

        @Override
        public Event getEvent() {
            Event event = super.getEvent();
            if (event instanceof NodeEvent && --left < 0) {
                throw new YamlTree.Refused(event.getStartMark(), DocumentReader.TOO_MANY_VALUES, DocumentReader.SPLIT);
            }
            return event;
        }
    }

    /** The parser's words without what they quote: it could be part of a Secret. */
    private static String withoutValues(String problem) {
        if (problem.contains("undefined alias")) {
            return "found an undefined alias (a value that begins with *)";
        }
        return problem.contains("tag handle") ? "found an undefined tag (a value that begins with !)" : problem;
    }

    /** {@code password: !hunter2} reads as a tag; whether it is in a Secret is not known before the whole is read. */
    private static boolean mayHoldSecret(String chunk) {
        return chunk.toLowerCase(Locale.ROOT).contains("secret");
    }

    private static String remedy(MarkedYAMLException e) {
        String problem = e.getProblem();
        if (problem.contains("'\\t")) {
            return "indent with spaces, not with tabs";
        }
        if (problem.contains("undefined alias") || problem.contains("tag handle")) {
            return "write the value in quotes";
        }
        return MEND;
    }

    private static int linesBefore(String text, int position) {
        int lines = 0;
        for (int i = 0; i < Math.min(position, text.length()); i++) {
            if (text.charAt(i) == '\n') {
                lines++;
            }
        }
        return lines;
    }
}
