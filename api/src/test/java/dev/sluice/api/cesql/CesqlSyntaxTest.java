/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.cesql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import java.net.URI;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which texts are expressions, how operators bind, and what is said about texts that are none. */
final class CesqlSyntaxTest {

    /** Half of what a thread gets by default. */
    private static final int SMALL_STACK = 512 * 1024;

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    a OR b AND c XOR d                   | (((a OR b) AND c) XOR d)
                    a AND b AND c OR d OR e              | ((a AND b AND c) OR d OR e)
                    a AND (b AND c)                      | (a AND (b AND c))
                    a = b AND c = d                      | ((a = b) AND (c = d))
                    a <> b                               | (a != b)
                    a = b != c < d                       | (((a = b) != c) < d)
                    a + b = c - d                        | ((a + b) = (c - d))
                    a - b + c                            | ((a - b) + c)
                    a * b / c % d                        | (((a * b) / c) % d)
                    a + b * c - d                        | ((a + (b * c)) - d)
                    -a * b                               | ((- a) * b)
                    - -a                                 | (- (- a))
                    -1 * -b                              | (-1 * (- b))
                    NOT a = b                            | ((NOT a) = b)
                    NOT a AND b                          | ((NOT a) AND b)
                    NOT -a                               | (NOT (- a))
                    -NOT a                               | (- (NOT a))
                    NOT a LIKE 'x'                       | ((NOT a) LIKE 'x')
                    NOT EXISTS a                         | (NOT (EXISTS a))
                    NOT a IN (b)                         | ((NOT a) IN (b))
                    a + b LIKE 'x'                       | (a + (b LIKE 'x'))
                    a = b IN (c, d + e)                  | (a = (b IN (c, (d + e))))
                    a LIKE 'x' IN (b) NOT LIKE 'y'       | (((a LIKE 'x') IN (b)) NOT LIKE 'y')
                    EXISTS a LIKE 'true'                 | ((EXISTS a) LIKE 'true')
                    left(a, b) = upper(c)                | (LEFT(a, b) = UPPER(c))
                    ((a))                                | a
                    notes                                | notes
                    inn OR order                         | (inn OR order)
                    EXISTS left                          | (EXISTS left)
                    left = right                         | (left = right)
                    """)
    void operators_bind_as_the_specification_says(String text, String tree) throws Exception {
        // When
        CesqlExpression expression = CesqlExpression.parse(text);

        // Then
        assertThat(expression.root()).hasToString(tree);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    ``                        | 0  | expected an expression, found the end of the expression
                    ` \t\n`                   | 3  | expected an expression, found the end of the expression
                    type =                    | 6  | expected an expression, found the end of the expression
                    type == 'x'               | 6  | expected an expression, found "="
                    type = 'x                 | 7  | expected ' at the end of the string, found the end of the expression
                    type = 'x\\'             | 7  | expected ' at the end of the string, found the end of the expression
                    type = 'it''s'            | 11 | expected an operator or the end of the expression, found the string 's'
                    type 'x'                  | 5  | expected an operator or the end of the expression, found the string 'x'
                    a b                       | 2  | expected an operator or the end of the expression, found "b"
                    (a = 1                    | 6  | expected an operator or ")", found the end of the expression
                    a = 1)                    | 5  | expected an operator or the end of the expression, found ")"
                    ()                        | 1  | expected an expression, found ")"
                    a && b                    | 2  | unexpected character "&"
                    a ! b                     | 2  | unexpected character "!"
                    a = ‘x’                   | 4  | unexpected character "‘"
                    a.b                       | 1  | unexpected character "."
                    a NOT b                   | 6  | expected LIKE or IN after NOT, found "b"
                    a LIKE b                  | 7  | expected a string as the pattern of LIKE, found "b"
                    a LIKE CONCAT('x')        | 7  | expected a string as the pattern of LIKE, found "CONCAT"
                    a LIKE ('x')              | 7  | expected a string as the pattern of LIKE, found "("
                    a LIKE 5                  | 7  | expected a string as the pattern of LIKE, found "5"
                    a IN 'x'                  | 5  | expected "(" after IN, found the string 'x'
                    a IN ()                   | 6  | expected an expression, found ")"
                    a IN ('x',)               | 10 | expected an expression, found ")"
                    a IN ('x' 'y')            | 10 | expected an operator, "," or ")", found the string 'y'
                    EXISTS 'x'                | 7  | expected the name of an attribute after EXISTS, found the string 'x'
                    EXISTS in                 | 7  | expected the name of an attribute after EXISTS, found IN, which is a keyword
                    EXISTS (a)                | 7  | expected the name of an attribute after EXISTS, found "("
                    a AND OR b                | 6  | expected an expression, found OR
                    * a                       | 0  | expected an expression, found "*"
                    + 5                       | 1  | expected a digit right after a leading "+"
                    +a                        | 1  | expected a digit right after a leading "+"
                    2147483648                | 0  | expected an integer from -2147483648 to 2147483647, found 2147483648
                    a = -2147483649           | 4  | expected an integer from -2147483648 to 2147483647, found -2147483649
                    - 2147483648              | 2  | expected an integer from -2147483648 to 2147483647, found 2147483648
                    Type = 'x'                | 0  | expected the name of an attribute in lower case, "type", found "Type"
                    my_ext = 'x'              | 0  | expected the name of an attribute, which has only lower-case letters and digits, found "my_ext"
                    TRUE (a)                  | 5  | expected an operator or the end of the expression, found "("
                    CONCAT_WS()               | 0  | expected at least 1 argument for CONCAT_WS, found 0
                    a = LEFT('x')             | 4  | expected 2 arguments for LEFT, found 1
                    SUBSTRING(a)              | 0  | expected 2 or 3 arguments for SUBSTRING, found 1
                    LENGTH(a, b)              | 0  | expected 1 argument for LENGTH, found 2
                    LENGTH(a                  | 8  | expected an operator, "," or ")", found the end of the expression
                    """)
    void a_text_that_is_no_expression_is_refused_with_the_place_and_what_would_be_right(
            String text, int position, String message) {
        // When
        CesqlSyntaxException problem =
                catchThrowableOfType(CesqlSyntaxException.class, () -> CesqlExpression.parse(text));

        // Then
        assertThat(problem).hasMessage(message);
        assertThat(problem.position()).isEqualTo(position);
        assertThat(problem.line()).isEqualTo(text.contains("\n") ? 2 : 1);
    }

    @Test
    void a_function_that_does_not_exist_is_refused_with_those_that_do() {
        assertThatThrownBy(() -> CesqlExpression.parse("FALSE AND LENGHT(type) > 3"))
                .isInstanceOf(CesqlSyntaxException.class)
                .hasMessage(
                        "expected a function of [LENGTH, ABS, INT, CONCAT, CONCAT_WS, LOWER, UPPER, TRIM, LEFT, RIGHT, "
                                + "SUBSTRING, STRING, BOOL, IS_INT, IS_BOOL], found \"LENGHT\"");
    }

    @Test
    void the_place_of_an_error_is_counted_in_lines_and_characters() {
        // Given
        String text = "type = '😀'\nAND (subject = '😀' OR\n  '😀😀' = !)";

        // When
        CesqlSyntaxException problem =
                catchThrowableOfType(CesqlSyntaxException.class, () -> CesqlExpression.parse(text));

        // Then
        assertThat(problem.position()).isEqualTo(text.indexOf('!'));
        assertThat(problem.line()).isEqualTo(3);
        assertThat(problem.column()).isEqualTo(10);
    }

    @ParameterizedTest
    @ValueSource(strings = {"(", "NOT ", "- ", "ABS(", "1 IN (", "a AND (", "1+(", "NOT ("})
    void nesting_a_hundred_thousand_levels_is_refused_and_no_stack_overflows(String opening) throws Exception {
        // Given
        String text = opening.repeat(100_000) + "1";

        // When
        Throwable problem = onSmallStack(() -> parseFailure(text));

        // Then
        assertThat(problem).isInstanceOf(CesqlSyntaxException.class).hasMessageStartingWith("expected at most 16384");
    }

    @ParameterizedTest
    @ValueSource(strings = {"(", "NOT ", "- ", "ABS(", "1 IN (", "a AND (", "1+(", "NOT ("})
    void nesting_as_deep_as_the_length_allows_is_refused_and_no_stack_overflows(String opening) throws Exception {
        // Given
        String text = opening.repeat(CesqlExpression.MAX_LENGTH / opening.length() - 1) + "1";

        // When
        Throwable problem = onSmallStack(() -> parseFailure(text));

        // Then
        assertThat(problem).isInstanceOf(CesqlSyntaxException.class).hasMessageStartingWith("expected at most 100 ");
    }

    @ParameterizedTest
    @ValueSource(strings = {" + 1", " = 1", " LIKE 'x'", " IN (1)", " * 1 + 1", " AND 1 OR 1"})
    void a_chain_of_operators_as_long_as_the_length_allows_is_refused_too(String operation) throws Exception {
        // Given: no parentheses, but a tree as high as the chain is long
        String text = "1" + operation.repeat((CesqlExpression.MAX_LENGTH - 1) / operation.length());

        // When
        Throwable problem = onSmallStack(() -> parseFailure(text));

        // Then
        assertThat(problem).isInstanceOf(CesqlSyntaxException.class).hasMessageStartingWith("expected at most 100 ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"AND", "OR", "XOR"})
    void thousands_of_alternatives_are_one_node_and_evaluate_on_a_small_stack(String operator) throws Exception {
        // Given
        String operation = " " + operator + " " + (operator.equals("AND") ? 1 : 0);
        String text = (operator.equals("AND") ? "1" : "0")
                + operation.repeat((CesqlExpression.MAX_LENGTH - 1) / operation.length());
        CesqlExpression expression = CesqlExpression.parse(text);

        // When
        Boolean matches = onSmallStack(() -> expression.matches(event()));

        // Then
        assertThat(matches).isEqualTo(operator.equals("AND"));
        assertThat(((Logic) expression.root()).operands()).hasSizeGreaterThan(2000);
    }

    @ParameterizedTest
    @ValueSource(strings = {"(", "NOT ", "- ", "INT("})
    void the_deepest_nesting_that_is_allowed_parses_and_evaluates_on_a_small_stack(String opening) throws Exception {
        // Given: one level is the literal or the outermost expression itself
        int levels = CesqlExpression.MAX_DEPTH - 1;
        String text = opening.repeat(levels) + "1" + (opening.endsWith("(") ? ")".repeat(levels) : "");

        // When
        CesqlResult result = onSmallStack(() -> CesqlExpression.parse(text).evaluate(event()));

        // Then
        assertThat(result.error()).isEmpty();
    }

    @Test
    void an_expression_of_the_greatest_length_is_taken_and_one_longer_is_not() throws Exception {
        // Given
        String longest = "'" + "x".repeat(CesqlExpression.MAX_LENGTH - 2) + "'";

        // When
        CesqlExpression expression = CesqlExpression.parse(longest);

        // Then
        assertThat(expression.text()).isEqualTo(longest);
        assertThatThrownBy(() -> CesqlExpression.parse(longest + " "))
                .isInstanceOf(CesqlSyntaxException.class)
                .hasMessage("expected at most 16384 characters, found 16385");
    }

    @Test
    void the_tree_shows_an_index_the_equalities_that_must_hold() throws Exception {
        // Given
        CesqlExpression expression = CesqlExpression.parse(
                "type = 'paid' AND region IN ('eu', 'us') AND source LIKE 'https://%/x' AND EXISTS id");

        // When
        Logic root = (Logic) expression.root();

        // Then
        assertThat(root.operator()).isEqualTo(Logic.Operator.AND);
        Comparison equality = (Comparison) root.operands().get(0);
        assertThat(equality.operator()).isEqualTo(Comparison.Operator.EQUAL);
        assertThat(((AttributeReference) equality.left()).attribute().name()).isEqualTo("type");
        assertThat(((Literal) equality.right()).value()).isEqualTo("paid");
        In in = (In) root.operands().get(1);
        assertThat(in.negated()).isFalse();
        assertThat(in.elements()).hasSize(2);
        assertThat(((Like) root.operands().get(2)).prefix()).isEqualTo("https://");
        assertThat(((Exists) root.operands().get(3)).attribute().name()).isEqualTo("id");
    }

    @Test
    void expressions_are_equal_if_they_are_written_alike() throws Exception {
        // Given
        CesqlExpression expression = CesqlExpression.parse("type = 'x'");

        // Then
        assertThat(expression)
                .isEqualTo(CesqlExpression.parse("type = 'x'"))
                .hasSameHashCodeAs(CesqlExpression.parse("type = 'x'"))
                .isNotEqualTo(CesqlExpression.parse("type='x'"))
                .hasToString("type = 'x'");
    }

    private static Throwable parseFailure(String text) {
        try {
            return new AssertionError("parsed to " + CesqlExpression.parse(text));
        } catch (CesqlSyntaxException e) {
            return e;
        }
    }

    private static <T> T onSmallStack(java.util.concurrent.Callable<T> task) throws Exception {
        FutureTask<T> future = new FutureTask<>(task);
        Thread thread = new Thread(null, future, "small stack", SMALL_STACK);
        thread.start();
        return future.get();
    }

    private static CloudEvent event() {
        return CloudEventBuilder.v1()
                .withId("1")
                .withSource(URI.create("/s"))
                .withType("t")
                .build();
    }
}
