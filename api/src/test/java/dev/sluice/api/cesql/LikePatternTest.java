/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.cesql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** LIKE (CESQL 1.0, 3.4.3): what matches, and how much work it takes at most. */
final class LikePatternTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    abc           | abc         | true
                    abc           | abcd        | false
                    abc           | ABC         | false
                    ab\\c         | ab\\c       | true
                    ``            | ``          | true
                    ``            | a           | false
                    %             | ``          | true
                    %             | anything    | true
                    %%            | ``          | true
                    _             | a           | true
                    _             | ``          | false
                    _             | ab          | false
                    a%b%c         | abc         | true
                    a%b%c         | azbc        | true
                    a%b%c         | azzzbzzzc   | true
                    a%b%c         | a%b%c       | true
                    a%b%c         | acb         | false
                    abc           | ac          | false
                    .%.%.         | .ab.cde.    | true
                    .%.%.         | ab.cde      | false
                    a_b_c         | abc         | false
                    a_b_c         | a_b_c       | true
                    a_b_c         | abzc        | false
                    a_b_c         | azbzc       | true
                    ._._.         | .a.b.       | true
                    ._._.         | abcd.       | false
                    a\\_b\\_c     | a_b_c       | true
                    a\\_b\\_c     | azbzc       | false
                    a\\%b\\%c     | a%b%c       | true
                    a\\%b\\%c     | azbzc       | false
                    a\\%          | a           | false
                    \\\\%         | \\%         | true
                    \\\\%         | \\abc       | false
                    a\\           | a\\         | true
                    abc%1\\%4\\_d_f | abc23123%4_1%4_dzf | true
                    ab%           | ab          | true
                    ab%           | a           | false
                    %ab           | ab          | true
                    ab%ba         | aba         | false
                    ab%ba         | abba        | true
                    %b%           | abc         | true
                    %b%           | acd         | false
                    %ab%          | aab         | true
                    _b%           | abcd        | true
                    _b%           | b           | false
                    %_            | ``          | false
                    %_%           | a           | true
                    _%_           | a           | false
                    %a_c%         | xxabaacyy   | true
                    %a_c          | abcabc      | true
                    a.c           | abc         | false
                    [a]*          | a           | false
                    _             | 😀          | true
                    __            | 😀          | false
                    %😀_          | a😀b        | true
                    _b            | 😀b         | true
                    """)
    void a_text_matches_or_not(String pattern, String text, boolean matches) {
        // When
        LikePattern like = pattern(pattern);

        // Then
        assertThat(like.matches(text)).isEqualTo(matches);
        assertThat(LikePattern.matchesByAutomaton(pattern, text, new int[1])).isEqualTo(matches);
    }

    @Test
    void a_wildcard_stands_for_line_breaks_too() {
        assertThat(pattern("a%b").matches("a\n\nb")).isTrue();
        assertThat(pattern("a_b").matches("a\nb")).isTrue();
    }

    @Test
    void random_patterns_and_texts_match_as_the_definition_says() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            // Given: few different characters, so that much matches
            String pattern = randomText(random, "ab%%_\\😀", 12);
            String text = randomText(random, "ab%_\\😀", 14);

            // When
            boolean matches = pattern(pattern).matches(text);

            // Then
            boolean expected = matchesByDefinition(pattern, 0, text, 0);
            assertThat(matches)
                    .as("'%s' LIKE '%s', seed %d", text, pattern, seed)
                    .isEqualTo(expected);
            assertThat(LikePattern.matchesByAutomaton(pattern, text, new int[1]))
                    .as("'%s' LIKE '%s' by the automaton, seed %d", text, pattern, seed)
                    .isEqualTo(expected);
        }
    }

    @Test
    void patterns_of_more_than_one_word_of_states_match_as_the_definition_says() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 2_000; i++) {
            // Given: a text, and a pattern made from it that may or may not still match
            String text = randomText(random, "abc", 200) + "abc";
            StringBuilder made = new StringBuilder();
            for (int c = 0; c < text.length(); c++) {
                int choice = random.nextInt(60);
                made.append(choice == 0 ? "%" : choice == 1 ? "_" : choice == 2 ? "a" : text.substring(c, c + 1));
            }
            String pattern = made.toString();

            // When
            boolean matches = pattern(pattern).matches(text);

            // Then
            assertThat(matches)
                    .as("'%s' LIKE '%s', seed %d", text, pattern, seed)
                    .isEqualTo(matchesByTable(pattern, text));
        }
    }

    @ParameterizedTest
    @CsvSource({
        // What backtracking takes exponential or quadratic time for:
        "%a, 20, b",
        "%a_, 20, b",
        "%_, 40, b",
        "a%, 30, b",
        "_%, 30, b",
        "%aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_, 1, b"
    })
    void no_pattern_reads_a_character_of_the_text_more_than_once(String repeated, int times, String end) {
        // Given: fewer than 64 states, which is one step for each character
        String pattern = repeated.repeat(times) + end;
        String text = "a".repeat(100_000);
        int[] steps = new int[1];

        // When
        boolean matches = LikePattern.matchesByAutomaton(pattern, text, steps);

        // Then
        assertThat(matches).isFalse();
        assertThat(steps[0]).isLessThanOrEqualTo(text.length());
    }

    @Test
    void the_longest_pattern_takes_a_fixed_number_of_steps_for_each_character() {
        // Given
        String pattern = "%" + "a_".repeat(LikePattern.MAX_STATES / 2 - 1) + "b";
        String text = "a".repeat(50_000);
        int[] steps = new int[1];

        // When
        boolean matches = LikePattern.matchesByAutomaton(pattern, text, steps);

        // Then
        assertThat(matches).isFalse();
        assertThat(steps[0]).isLessThanOrEqualTo(text.length() * (LikePattern.MAX_STATES / 64 + 1));
    }

    @Test
    void a_match_that_is_certain_ends_the_reading() {
        // Given
        int[] steps = new int[1];

        // When
        boolean matches = LikePattern.matchesByAutomaton("a_b%", "axb" + "z".repeat(1000), steps);

        // Then
        assertThat(matches).isTrue();
        assertThat(steps[0]).isEqualTo(3);
    }

    @Test
    void a_pattern_with_too_many_states_is_refused_where_it_stands() throws Exception {
        // Given
        String longest = "_" + "a".repeat(LikePattern.MAX_STATES - 1);

        // When
        CesqlExpression expression = CesqlExpression.parse("type LIKE '" + longest + "'");

        // Then
        assertThat(expression.text()).contains(longest);
        assertThatThrownBy(() -> CesqlExpression.parse("type LIKE '" + longest + "a'"))
                .isInstanceOf(CesqlSyntaxException.class)
                .hasMessage("expected a pattern of at most 1024 characters")
                .extracting(e -> ((CesqlSyntaxException) e).position())
                .isEqualTo(10);
    }

    @Test
    void a_pattern_that_is_compared_directly_may_be_as_long_as_an_expression() throws Exception {
        // Given
        String prefix = "a".repeat(10_000);

        // When
        LikePattern pattern = pattern(prefix + "%");

        // Then
        assertThat(pattern.matches(prefix + "b")).isTrue();
        assertThat(pattern.matches(prefix.substring(1) + "b")).isFalse();
    }

    private static LikePattern pattern(String pattern) {
        return Objects.requireNonNull(LikePattern.of(pattern), pattern);
    }

    private static String randomText(Random random, String alphabet, int maxLength) {
        int[] characters = alphabet.codePoints().toArray();
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(maxLength + 1); i > 0; i--) {
            text.appendCodePoint(characters[random.nextInt(characters.length)]);
        }
        return text.toString();
    }

    /** The definition, word by word; exponential. */
    private static boolean matchesByDefinition(String pattern, int p, String text, int t) {
        if (p == pattern.length()) {
            return t == text.length();
        }
        int c = pattern.codePointAt(p);
        int next = p + Character.charCount(c);
        if (c == '%') {
            for (int rest = t; rest <= text.length(); rest++) {
                if (matchesByDefinition(pattern, next, text, rest)) {
                    return true;
                }
            }
            return false;
        }
        if (t == text.length()) {
            return false;
        }
        int actual = text.codePointAt(t);
        if (t > 0 && Character.isSurrogatePair(text.charAt(t - 1), text.charAt(t))) {
            return false;
        }
        int after = t + Character.charCount(actual);
        if (c == '_') {
            return matchesByDefinition(pattern, next, text, after);
        }
        if (c == '\\' && next < pattern.length() && "%_".indexOf(pattern.charAt(next)) >= 0) {
            c = pattern.charAt(next++);
        }
        return c == actual && matchesByDefinition(pattern, next, text, after);
    }

    /** The definition as a table over all pairs of positions; no escapes, no surrogates. */
    private static boolean matchesByTable(String pattern, String text) {
        boolean[] reached = new boolean[text.length() + 1];
        reached[0] = true;
        for (int p = 0; p < pattern.length(); p++) {
            char c = pattern.charAt(p);
            boolean[] then = new boolean[text.length() + 1];
            for (int t = 0; t <= text.length(); t++) {
                if (c == '%') {
                    then[t] = reached[t] || (t > 0 && then[t - 1]);
                } else {
                    then[t] = t > 0 && reached[t - 1] && (c == '_' || c == text.charAt(t - 1));
                }
            }
            reached = then;
        }
        return reached[text.length()];
    }
}
