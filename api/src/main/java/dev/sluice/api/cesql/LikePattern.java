/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.cesql;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The pattern of a LIKE. What needs no search is compared directly; the rest runs through an automaton that reads every
 * character of the text once and never goes back, so that no pattern and no text make it slow:
 *
 * <pre>
 *   a%b_   state 0 ──a──▶ 1 ──b──▶ 2 ──any──▶ 3, accepting at the end of the text
 *                         ↺ any character, because of the %
 * </pre>
 *
 * The set of states it may be in is one bit each, and all of them move at once, 64 to an instruction.
 */
final class LikePattern {

    /** The most characters and {@code _} of a pattern that needs the automaton; bounds what one costs to keep and to run. */
    static final int MAX_STATES = 1024;

    /** Up to here {@link String#contains}, whose worst case is the product of the lengths, beats the automaton. */
    private static final int SHORT = 64;

    private enum Shape {
        /** No wildcard. */
        EXACT,
        /** One {@code %} and no {@code _}. */
        ENDS,
        /** {@code %infix%}. */
        CONTAINS,
        ANY
    }

    private final String pattern;
    private final Shape shape;
    private final String prefix;
    private final String suffix;
    private final @Nullable Automaton automaton;

    private LikePattern(String pattern, Shape shape, String prefix, String suffix, @Nullable Automaton automaton) {
        this.pattern = pattern;
        this.shape = shape;
        this.prefix = prefix;
        this.suffix = suffix;
        this.automaton = automaton;
    }

    /**
     * @param pattern the value of the string literal; a backslash before {@code %} or {@code _} makes it an ordinary
     *     character, every other backslash is one itself (CESQL 1.0, 3.4.3)
     * @return null if the pattern has more than {@link #MAX_STATES} characters and needs the automaton
     */
    static @Nullable LikePattern of(String pattern) {
        Tokens tokens = new Tokens(pattern);
        int percents = tokens.percents;
        if (tokens.underscores == 0) {
            if (percents == 0) {
                return new LikePattern(pattern, Shape.EXACT, tokens.text(0, tokens.count), "", null);
            }
            if (percents == 1) {
                int percent = tokens.firstPercent();
                String suffix = tokens.text(percent + 1, tokens.count);
                return new LikePattern(pattern, Shape.ENDS, tokens.text(0, percent), suffix, null);
            }
            if (percents == 2 && tokens.isEnclosedInPercents() && tokens.count - 2 <= SHORT) {
                return new LikePattern(pattern, Shape.CONTAINS, "", tokens.text(1, tokens.count - 1), null);
            }
        }
        if (tokens.count - percents > MAX_STATES) {
            return null;
        }
        return new LikePattern(pattern, Shape.ANY, tokens.text(0, tokens.firstWildcard()), "", new Automaton(tokens));
    }

    /** What every text that matches starts with. */
    String prefix() {
        return prefix;
    }

    /** What every text that matches ends with; empty where that is not at hand. */
    String suffix() {
        return isEnds() ? suffix : "";
    }

    boolean isExact() {
        return shape == Shape.EXACT;
    }

    boolean isEnds() {
        return shape == Shape.ENDS;
    }

    boolean matches(String text) {
        return switch (shape) {
            case EXACT -> text.equals(prefix);
            case ENDS ->
                text.length() >= prefix.length() + suffix.length() && text.startsWith(prefix) && text.endsWith(suffix);
            case CONTAINS -> text.contains(suffix);
            case ANY -> automaton != null && automaton.matches(text, null);
        };
    }

    /** For tests: what {@link #matches} would say if there were no shortcuts, and how much work it is. */
    static boolean matchesByAutomaton(String pattern, String text, int[] steps) {
        return new Automaton(new Tokens(pattern)).matches(text, steps);
    }

    @Override
    public String toString() {
        return pattern;
    }

    /** The pattern with its escapes resolved: code points, {@link #PERCENT} and {@link #UNDERSCORE}. */
    private static final class Tokens {

        static final int PERCENT = -1;
        static final int UNDERSCORE = -2;

        final int[] tokens;
        final int count;
        final int percents;
        final int underscores;

        Tokens(String pattern) {
            int[] read = new int[pattern.length()];
            int n = 0;
            int percent = 0;
            int underscore = 0;
            for (int i = 0; i < pattern.length(); ) {
                int c = pattern.codePointAt(i);
                i += Character.charCount(c);
                if (c == '\\' && i < pattern.length() && (pattern.charAt(i) == '%' || pattern.charAt(i) == '_')) {
                    read[n++] = pattern.charAt(i++);
                } else if (c == '%') {
                    // A run of them means what one means.
                    if (n == 0 || read[n - 1] != PERCENT) {
                        read[n++] = PERCENT;
                        percent++;
                    }
                } else if (c == '_') {
                    read[n++] = UNDERSCORE;
                    underscore++;
                } else {
                    read[n++] = c;
                }
            }
            this.tokens = read;
            this.count = n;
            this.percents = percent;
            this.underscores = underscore;
        }

        int firstPercent() {
            int i = 0;
            while (tokens[i] != PERCENT) {
                i++;
            }
            return i;
        }

        int firstWildcard() {
            int i = 0;
            while (i < count && tokens[i] >= 0) {
                i++;
            }
            return i;
        }

        boolean isEnclosedInPercents() {
            return tokens[0] == PERCENT && tokens[count - 1] == PERCENT;
        }

        String text(int from, int to) {
            return new String(tokens, from, to - from);
        }
    }

    /** State i is: the first i characters of the pattern are read. The last state accepts. */
    private static final class Automaton {

        private static final int ASCII = 128;

        private final int last;
        /** The states that stay, because a {@code %} comes next. */
        private final long[] staying;
        /** The characters that the pattern names, sorted. */
        private final int[] characters;
        /** The states that can be entered: first by any character that the pattern does not name, then by each it does. */
        private final long[][] entered;
        /** The index into {@link #entered} of every ASCII character. */
        private final short[] ascii;

        Automaton(Tokens tokens) {
            this.last = tokens.count - tokens.percents;
            int words = (last >> 6) + 1;
            this.staying = new long[words];
            this.characters = Arrays.stream(tokens.tokens, 0, tokens.count)
                    .filter(token -> token >= 0)
                    .sorted()
                    .distinct()
                    .toArray();
            this.entered = new long[characters.length + 1][words];
            int state = 0;
            for (int i = 0; i < tokens.count; i++) {
                int token = tokens.tokens[i];
                if (token == Tokens.PERCENT) {
                    set(staying, state);
                    continue;
                }
                state++;
                if (token == Tokens.UNDERSCORE) {
                    for (long[] states : entered) {
                        set(states, state);
                    }
                } else {
                    set(entered[search(token)], state);
                }
            }
            this.ascii = new short[ASCII];
            for (int c = 0; c < ASCII; c++) {
                ascii[c] = (short) search(c);
            }
        }

        private static void set(long[] states, int state) {
            states[state >> 6] |= 1L << state;
        }

        private static boolean isSet(long[] states, int state) {
            return (states[state >> 6] & (1L << state)) != 0;
        }

        private int search(int character) {
            return Math.max(0, Arrays.binarySearch(characters, character) + 1);
        }

        private long[] enteredBy(int character) {
            return entered[character < ASCII ? ascii[character] : search(character)];
        }

        boolean matches(String text, int @Nullable [] steps) {
            return staying.length == 1 ? matchesInOneWord(text, steps) : matchesInWords(text, steps);
        }

        /** The same as {@link #matchesInWords}, a few times faster: the states stay in a register. */
        private boolean matchesInOneWord(String text, int @Nullable [] steps) {
            long accepting = 1L << last;
            long stay = staying[0];
            boolean acceptsAnyRest = (stay & accepting) != 0;
            long states = 1;
            for (int i = 0; i < text.length(); ) {
                if (acceptsAnyRest && (states & accepting) != 0) {
                    return true;
                }
                int c = text.codePointAt(i);
                i += Character.charCount(c);
                states = ((states << 1) & enteredBy(c)[0]) | (states & stay);
                if (states == 0) {
                    return false;
                }
                if (steps != null) {
                    steps[0]++;
                }
            }
            return (states & accepting) != 0;
        }

        private boolean matchesInWords(String text, int @Nullable [] steps) {
            boolean acceptsAnyRest = isSet(staying, last);
            long[] states = new long[staying.length];
            states[0] = 1;
            for (int i = 0; i < text.length(); ) {
                if (acceptsAnyRest && isSet(states, last)) {
                    return true;
                }
                int c = text.codePointAt(i);
                i += Character.charCount(c);
                if (!move(states, enteredBy(c))) {
                    return false;
                }
                if (steps != null) {
                    steps[0] += states.length;
                }
            }
            return isSet(states, last);
        }

        /** Says whether there is any state left. */
        private boolean move(long[] states, long[] enter) {
            long carry = 0;
            long any = 0;
            for (int w = 0; w < states.length; w++) {
                long before = states[w];
                states[w] = (((before << 1) | carry) & enter[w]) | (before & staying[w]);
                carry = before >>> 63;
                any |= states[w];
            }
            return any != 0;
        }
    }
}
