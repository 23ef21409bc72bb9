/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.match;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds, among many texts, those that a given one starts with, or ends with, in one walk along its characters.
 *
 * <pre>
 *   "com." "com.acme.order" "com.acme.offer"
 *
 *        com. ──▶ com.acme.o ──▶ com.acme.order
 *         ●                 └──▶ com.acme.offer     ● has a bucket
 *                         ○              ●
 * </pre>
 *
 * A branch holds the whole text that leads to it, of which its parent's is a part. Branches without a bucket have two
 * children at least, but for the root, so that there are fewer than twice as many branches as texts.
 */
final class Trie {

    private static final Branch[] NO_CHILDREN = {};

    /** Up to here an array has a place for every character between the first and the last of a branch's children. */
    private static final int MAX_SPAN = 128;

    private static final int LABEL_LENGTH = Long.BYTES;

    private final boolean fromEnd;
    private final Branch root = new Branch("");

    /** @param fromEnd whether texts are read backwards: which of them does one end with */
    Trie(boolean fromEnd) {
        this.fromEnd = fromEnd;
    }

    private static final class Branch {

        /** What is added to the parent's text, a byte for each character; 0 where it is too long or none of Latin 1. */
        long label;

        final int length;
        /** The character by which the parent goes on to here. */
        char first;
        /** The character of the first of the children, unless {@link #characters} has those of all. */
        char lowest;

        @Nullable
        Bucket bucket;

        /** One for each character from {@link #lowest} on, null where there is none; or one for each of the characters. */
        @Nullable
        Branch[] children = NO_CHILDREN;

        /** The characters of the children, sorted, where these are too far apart. */
        char @Nullable [] characters;

        final String text;

        Branch(String text) {
            this.text = text;
            this.length = text.length();
        }

        @Nullable
        Branch child(char character) {
            int at = place(character);
            return at < 0 || at >= children.length ? null : children[at];
        }

        private int place(char character) {
            return characters == null ? character - lowest : Arrays.binarySearch(characters, character);
        }

        /** In the place of the one with the same first character, if there is one. */
        void put(Branch child) {
            int at = place(child.first);
            if (at >= 0 && at < children.length) {
                children[at] = child;
                return;
            }
            List<Branch> all = new ArrayList<>();
            for (Branch other : children) {
                if (other != null && other.first < child.first) {
                    all.add(other);
                }
            }
            all.add(child);
            for (Branch other : children) {
                if (other != null && other.first > child.first) {
                    all.add(other);
                }
            }
            setChildren(all);
        }

        void remove(Branch child) {
            List<Branch> left = new ArrayList<>();
            for (Branch other : children) {
                if (other != null && other != child) {
                    left.add(other);
                }
            }
            setChildren(left);
        }

        private void setChildren(List<Branch> sorted) {
            lowest = sorted.isEmpty() ? 0 : sorted.get(0).first;
            int span = sorted.isEmpty() ? 0 : sorted.get(sorted.size() - 1).first - lowest + 1;
            characters = span <= MAX_SPAN ? null : new char[sorted.size()];
            children = new Branch[characters == null ? span : sorted.size()];
            for (int i = 0; i < sorted.size(); i++) {
                Branch child = sorted.get(i);
                if (characters != null) {
                    characters[i] = child.first;
                }
                children[characters == null ? child.first - lowest : i] = child;
            }
        }
    }

    boolean isEmpty() {
        return root.bucket == null && root.children.length == 0;
    }

    void match(String text, Matching matching) {
        int end = text.length();
        int from = 0;
        // How much of the text is known to be equal. Of a branch on the way that has no label and no bucket one
        // character alone is compared, since more would cost a look at its text. Whatever goes on from a text that
        // differs, differs too.
        int known = 0;
        Branch branch = root;
        while (branch != null && branch.length <= end) {
            if (branch.label != 0) {
                if (!hasLabel(text, from, branch)) {
                    return;
                }
                known = known == from ? branch.length : known;
            }
            Bucket bucket = branch.bucket;
            if (bucket != null) {
                if (known < branch.length && !startsWith(text, branch.text, known)) {
                    return;
                }
                known = branch.length;
                bucket.match(matching);
            }
            from = branch.length;
            branch = from == end ? null : branch.child(character(text, from));
        }
    }

    private boolean hasLabel(String text, int from, Branch branch) {
        long label = branch.label;
        for (int i = from; i < branch.length; i++) {
            if (character(text, i) != (label & 0xFF)) {
                return false;
            }
            label >>>= Byte.SIZE;
        }
        return true;
    }

    @Nullable
    Bucket get(String text) {
        Branch branch = root;
        while (branch != null && branch.length < text.length()) {
            branch = next(branch, text);
        }
        return branch == null ? null : branch.bucket;
    }

    /** The child that {@code text} leads to from here, if it starts with all of that child's text. */
    private @Nullable Branch next(Branch branch, String text) {
        int from = branch.length;
        if (from >= text.length()) {
            return null;
        }
        Branch child = branch.child(character(text, from));
        return child != null && startsWith(text, child.text, from) ? child : null;
    }

    void put(String text, Bucket bucket) {
        Branch branch = root;
        while (branch.length < text.length()) {
            int from = branch.length;
            Branch child = branch.child(character(text, from));
            if (child == null) {
                child = new Branch(text);
                link(branch, child);
            } else if (!startsWith(text, child.text, from)) {
                Branch fork = new Branch(commonStart(text, child.text, from));
                link(fork, child);
                link(branch, fork);
                child = fork;
            }
            branch = child;
        }
        branch.bucket = bucket;
    }

    private void link(Branch parent, Branch child) {
        child.first = character(child.text, parent.length);
        child.label = labelOf(child, parent.length);
        parent.put(child);
    }

    private long labelOf(Branch branch, int from) {
        if (branch.length - from > LABEL_LENGTH) {
            return 0;
        }
        long label = 0;
        for (int i = branch.length - 1; i >= from; i--) {
            char character = character(branch.text, i);
            if (character > 0xFF) {
                return 0;
            }
            label = label << Byte.SIZE | character;
        }
        return label;
    }

    /** @param text one that has a bucket */
    void remove(String text) {
        Branch grandparent = root;
        Branch parent = root;
        Branch branch = root;
        while (branch.length < text.length()) {
            Branch child = next(branch, text);
            if (child == null) {
                throw new IllegalStateException("the index has lost \"" + text + "\"");
            }
            grandparent = parent;
            parent = branch;
            branch = child;
        }
        branch.bucket = null;
        if (branch == root) {
            return;
        }
        if (branch.children.length > 0) {
            shorten(parent, branch);
            return;
        }
        parent.remove(branch);
        if (parent != root) {
            shorten(grandparent, parent);
        }
    }

    /** Takes a branch out that nothing forks at. */
    private void shorten(Branch parent, Branch branch) {
        Branch only = branch.children.length == 1 ? branch.children[0] : null;
        if (branch.bucket == null && only != null) {
            link(parent, only);
        }
    }

    void moveTo(Leaf leaf, int level, Shared shared) {
        moveTo(root, leaf, level, shared);
    }

    private static void moveTo(Branch branch, Leaf leaf, int level, Shared shared) {
        if (branch.bucket != null) {
            branch.bucket.moveTo(leaf, level, shared);
        }
        for (Branch child : branch.children) {
            if (child != null) {
                moveTo(child, leaf, level, shared);
            }
        }
    }

    private char character(String text, int at) {
        return text.charAt(fromEnd ? text.length() - 1 - at : at);
    }

    /** Whether {@code text} starts with {@code start}; the first {@code known} characters are known to be equal. */
    private boolean startsWith(String text, String start, int known) {
        int length = start.length() - known;
        return fromEnd
                ? text.regionMatches(text.length() - start.length(), start, 0, length)
                : text.regionMatches(known, start, known, length);
    }

    /** A copy of its own, so that no branch holds on to a longer text than it needs. */
    private String commonStart(String one, String other, int known) {
        int most = Math.min(one.length(), other.length());
        int length = known;
        while (length < most && character(one, length) == character(other, length)) {
            length++;
        }
        return fromEnd ? one.substring(one.length() - length) : one.substring(0, length);
    }
}
