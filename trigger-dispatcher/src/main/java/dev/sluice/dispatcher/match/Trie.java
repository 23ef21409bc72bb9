/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.match;

import java.util.Arrays;
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

    private static final char[] NO_CHARACTERS = {};
    private static final Branch[] NO_CHILDREN = {};

    private final boolean fromEnd;
    private final Branch root = new Branch("");

    /** @param fromEnd whether texts are read backwards: which of them does one end with */
    Trie(boolean fromEnd) {
        this.fromEnd = fromEnd;
    }

    private static final class Branch {

        final String text;
        final int length;

        @Nullable
        Bucket bucket;
        /** The character by which each child goes on, sorted. */
        char[] characters = NO_CHARACTERS;

        Branch[] children = NO_CHILDREN;

        Branch(String text) {
            this.text = text;
            this.length = text.length();
        }

        @Nullable
        Branch child(char character) {
            int i = Arrays.binarySearch(characters, character);
            return i < 0 ? null : children[i];
        }

        void setChild(char character, Branch child) {
            int i = Arrays.binarySearch(characters, character);
            if (i >= 0) {
                children[i] = child;
                return;
            }
            int at = -i - 1;
            int count = characters.length;
            char[] newCharacters = Arrays.copyOf(characters, count + 1);
            Branch[] newChildren = Arrays.copyOf(children, count + 1);
            System.arraycopy(characters, at, newCharacters, at + 1, count - at);
            System.arraycopy(children, at, newChildren, at + 1, count - at);
            newCharacters[at] = character;
            newChildren[at] = child;
            characters = newCharacters;
            children = newChildren;
        }

        void removeChild(char character) {
            int at = Arrays.binarySearch(characters, character);
            int left = characters.length - 1;
            char[] newCharacters = Arrays.copyOf(characters, left);
            Branch[] newChildren = Arrays.copyOf(children, left);
            System.arraycopy(characters, at + 1, newCharacters, at, left - at);
            System.arraycopy(children, at + 1, newChildren, at, left - at);
            characters = newCharacters;
            children = newChildren;
        }
    }

    boolean isEmpty() {
        return root.bucket == null && root.children.length == 0;
    }

    void match(String text, Matching matching) {
        int known = 0;
        Branch branch = root;
        while (branch != null && branch.length <= text.length()) {
            // Forks are taken by one character; only a text that has a bucket is compared, as far as it is not known
            // yet.
            // Whatever goes on from a text that differs differs too.
            Bucket bucket = branch.bucket;
            if (bucket != null) {
                if (!startsWith(text, branch.text, known)) {
                    return;
                }
                known = branch.length;
                bucket.match(matching);
            }
            branch = branch.length == text.length() ? null : branch.child(character(text, branch.length));
        }
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
            char character = character(text, from);
            Branch child = branch.child(character);
            if (child == null) {
                child = new Branch(text);
                branch.setChild(character, child);
            } else if (!startsWith(text, child.text, from)) {
                Branch fork = new Branch(commonStart(text, child.text, from));
                fork.setChild(character(child.text, fork.length), child);
                branch.setChild(character, fork);
                child = fork;
            }
            branch = child;
        }
        branch.bucket = bucket;
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
        parent.removeChild(character(text, parent.length));
        if (parent != root) {
            shorten(grandparent, parent);
        }
    }

    /** Takes a branch out that nothing forks at. */
    private void shorten(Branch parent, Branch branch) {
        if (branch.bucket == null && branch.children.length == 1) {
            parent.setChild(character(branch.text, parent.length), branch.children[0]);
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
            moveTo(child, leaf, level, shared);
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
