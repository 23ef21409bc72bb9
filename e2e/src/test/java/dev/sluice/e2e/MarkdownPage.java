/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A page of the docs, as far as its truth can be tested: fenced blocks, links and headings. */
record MarkdownPage(String name, List<Block> blocks, List<Link> links, List<String> anchors) {

    private static final Pattern FENCE = Pattern.compile("( {0,6})(`{3,})(.*)");
    private static final Pattern LINK = Pattern.compile("\\[[^\\]]*\\]\\(([^)\\s]+)\\)");

    /**
     * @param kind what stands after the fence, such as {@code yaml invalid}; without a reason to skip
     * @param skipped why the block is not run, if it is not
     * @param line of the opening fence, from 1
     */
    record Block(String kind, Optional<String> skipped, int line, List<String> lines) {
        String text() {
            return String.join("\n", lines) + "\n";
        }
    }

    record Link(String target, int line) {}

    /** The README, CONTRIBUTING and everything below {@code docs}. */
    static List<MarkdownPage> all() {
        return Stream.concat(
                        Stream.of(Repository.path("README.md"), Repository.path("CONTRIBUTING.md")),
                        Repository.files(Repository.path("docs"), ".md").stream())
                .map(MarkdownPage::read)
                .toList();
    }

    Path file() {
        return Repository.path(name);
    }

    private static MarkdownPage read(Path file) {
        var blocks = new ArrayList<Block>();
        var links = new ArrayList<Link>();
        var anchors = new ArrayList<String>();
        List<String> lines = Repository.read(file).lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            Matcher fence = FENCE.matcher(line);
            if (fence.matches()) {
                int opened = i + 1;
                String indent = fence.group(1);
                var inside = new ArrayList<String>();
                for (i++; i < lines.size() && !lines.get(i).strip().equals(fence.group(2)); i++) {
                    String inner = lines.get(i);
                    inside.add(inner.startsWith(indent) ? inner.substring(indent.length()) : inner);
                }
                if (i == lines.size()) {
                    throw new AssertionError(file + ":" + opened + ": the block is never closed");
                }
                String info = fence.group(3).strip();
                int skip = info.indexOf("skip:");
                blocks.add(new Block(
                        (skip < 0 ? info : info.substring(0, skip)).strip(),
                        skip < 0
                                ? Optional.empty()
                                : Optional.of(
                                        info.substring(skip + "skip:".length()).strip()),
                        opened,
                        List.copyOf(inside)));
            } else {
                if (line.startsWith("#")) {
                    anchors.add(anchor(line));
                }
                Matcher link = LINK.matcher(line.replaceAll("`[^`]*`", ""));
                while (link.find()) {
                    links.add(new Link(link.group(1), i + 1));
                }
            }
        }
        return new MarkdownPage(
                Repository.root().relativize(file).toString(),
                List.copyOf(blocks),
                List.copyOf(links),
                List.copyOf(anchors));
    }

    /** The name under which a heading can be linked to, as GitHub makes it. */
    private static String anchor(String heading) {
        return heading.replaceFirst("^#+", "")
                .strip()
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^\\p{L}\\p{N} _-]", "")
                .replace(' ', '-');
    }
}
