/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.cesql;

import static dev.sluice.api.cesql.CesqlError.Kind.CAST;
import static dev.sluice.api.cesql.CesqlError.Kind.FUNCTION_EVALUATION;
import static dev.sluice.api.cesql.CesqlError.Kind.MATH;
import static dev.sluice.api.cesql.CesqlError.Kind.MISSING_ATTRIBUTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import java.net.URI;
import java.time.OffsetDateTime;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What expressions evaluate to, by clause of CloudEvents SQL 1.0. A row is an expression, its value, and its error. */
final class CesqlEvaluationTest {

    private static final CloudEvent ORDER = CloudEventBuilder.v1()
            .withId("42")
            .withSource(URI.create("https://shop.example/orders"))
            .withType("com.example.order.paid")
            .withSubject("basket")
            .withTime(OffsetDateTime.parse("2018-04-26T14:48:00.500+02:00"))
            .withDataContentType("application/json")
            .withExtension("region", "eu")
            .withExtension("hop", "5")
            .withExtension("ttl", "10")
            .withExtension("express", true)
            .withExtension("items", 3)
            .withExtension("flag", "TRUE")
            .withExtension("1st", "digits may lead")
            .build();

    static Stream<Arguments> literals() {
        return Stream.of(
                row("TRUE", true),
                row("false", false),
                row("tRuE", true),
                row("0", 0),
                row("17", 17),
                row("+17", 17),
                row("-17", -17),
                row("2147483647", 2147483647),
                row("-2147483648", -2147483648),
                row("007", 7),
                row("'Paid'", "Paid"),
                row("\"Paid\"", "Paid"),
                row("''", ""),
                row("'it\\'s \"so\"'", "it's \"so\""),
                row("\"it's \\\"so\\\"\"", "it's \"so\""),
                row("'C:\\temp\\new'", "C:\\temp\\new"),
                row("'ends in \\\\'", "ends in \\\\"),
                row("'the other \\\" stays'", "the other \\\" stays"),
                row("'two\nlines'", "two\nlines"),
                row("'€ 😀'", "€ 😀"),
                row("\t( 'x'\r\n) ", "x"));
    }

    static Stream<Arguments> attributes() {
        return Stream.of(
                row("id", "42"),
                row("source", "https://shop.example/orders"),
                row("type", "com.example.order.paid"),
                row("specversion", "1.0"),
                row("subject", "basket"),
                row("datacontenttype", "application/json"),
                row("time", "2018-04-26T14:48:00.5+02:00"),
                row("region", "eu"),
                row("1st", "digits may lead"),
                row("express", true),
                row("items", 3),
                row("dataschema", false, MISSING_ATTRIBUTE),
                row("absent", false, MISSING_ATTRIBUTE),
                row("absent = ''", false, MISSING_ATTRIBUTE),
                row("TRUE AND (absent = '')", false, MISSING_ATTRIBUTE),
                row("absent * 5", 0, MISSING_ATTRIBUTE),
                row("absent / 0", 0, MISSING_ATTRIBUTE),
                row("absent % 0", 0, MISSING_ATTRIBUTE),
                row("1 / absent", 0, MISSING_ATTRIBUTE),
                row("-absent", 0, MISSING_ATTRIBUTE),
                row("NOT absent", false, MISSING_ATTRIBUTE),
                row("NOT (absent = 'x')", false, MISSING_ATTRIBUTE),
                row("absent <> 2", false, MISSING_ATTRIBUTE),
                row("absent != 2", false, MISSING_ATTRIBUTE),
                row("absent <= 2", false, MISSING_ATTRIBUTE),
                row("2 > absent", false, MISSING_ATTRIBUTE),
                row("2 = absent", false, MISSING_ATTRIBUTE),
                row("absent LIKE '%'", false, MISSING_ATTRIBUTE),
                row("absent NOT LIKE 'x'", false, MISSING_ATTRIBUTE),
                row("absent IN ('x')", false, MISSING_ATTRIBUTE),
                row("absent NOT IN ('x')", false, MISSING_ATTRIBUTE),
                row("'y' IN (absent, 'y')", false, MISSING_ATTRIBUTE),
                row("CONCAT('a', absent)", "", MISSING_ATTRIBUTE),
                row("LENGTH(absent)", 0, MISSING_ATTRIBUTE),
                row("IS_INT(absent)", false, MISSING_ATTRIBUTE));
    }

    static Stream<Arguments> logic() {
        return Stream.of(
                row("FALSE AND FALSE", false),
                row("FALSE AND TRUE", false),
                row("TRUE AND FALSE", false),
                row("TRUE AND TRUE", true),
                row("FALSE OR FALSE", false),
                row("FALSE OR TRUE", true),
                row("TRUE OR FALSE", true),
                row("TRUE OR TRUE", true),
                row("FALSE XOR FALSE", false),
                row("FALSE XOR TRUE", true),
                row("TRUE XOR FALSE", true),
                row("TRUE XOR TRUE", false),
                row("TRUE XOR TRUE XOR TRUE", true),
                row("NOT TRUE", false),
                row("NOT FALSE", true),
                row("NOT NOT TRUE", true),
                row("NOT 'TRUE'", false),
                row("NOT 'false'", true),
                row("NOT 10", false),
                row("NOT 0", true),
                row("NOT 'maybe'", false, CAST),
                row("'true' AND 1", true),
                row("TRUE AND 'maybe'", false, CAST),
                row("express AND flag", true),
                row("FALSE AND (1 != 1 / 0)", false),
                row("TRUE AND (1 != 1 / 0)", false, MATH),
                row("TRUE OR (1 != 1 / 0)", true),
                row("FALSE OR (1 != 1 / 0)", false, MATH),
                row("FALSE AND absent", false),
                row("TRUE OR absent", true),
                row("absent OR TRUE", false, MISSING_ATTRIBUTE),
                row("FALSE XOR (1 / 0)", false, MATH),
                // The same precedence, from left to right:
                row("TRUE OR TRUE AND FALSE", false),
                row("FALSE AND TRUE OR TRUE", true),
                row("TRUE XOR TRUE OR TRUE", true));
    }

    static Stream<Arguments> comparisons() {
        return Stream.of(
                row("TRUE = FALSE", false),
                row("FALSE = FALSE", true),
                row("1 = 2", false),
                row("2 = 2", true),
                row("'abc' = '123'", false),
                row("'abc' = 'abc'", true),
                row("'abc' = 'ABC'", false),
                row("TRUE != FALSE", true),
                row("2 != 2", false),
                row("'abc' != '123'", true),
                row("TRUE <> FALSE", true),
                row("2 <> 2", false),
                row("'abc' <> 'abc'", false),
                row("2 <= 2", true),
                row("3 <= 2", false),
                row("1 < 2", true),
                row("2 < 2", false),
                row("2 >= 2", true),
                row("2 >= 3", false),
                row("2 > 1", true),
                row("2 > 2", false),
                row("-2147483648 < 2147483647", true),
                // The right side decides what = compares:
                row("TRUE = 'TRUE'", false),
                row("'TRUE' = TRUE", true),
                row("TRUE = 'true' AND FALSE = 'false'", true),
                row("TRUE = 'TRUE' OR FALSE = 'FALSE'", false),
                row("5 = '5'", true),
                row("5 = '05'", false),
                row("'05' = 5", true),
                row("1 = TRUE", true),
                row("7 = TRUE", true),
                row("TRUE = 1", true),
                row("TRUE = 7", false),
                row("'abc' = 1", false, CAST),
                row("'1' = TRUE", false, CAST),
                row("hop = 5", true),
                row("hop = 6", false),
                row("items = '3'", true),
                row("'3' = items", true),
                row("'03' = items", true),
                row("'True' = express", true),
                row("id = subject", false),
                row("hop < ttl", true),
                row("'10' < '9'", false),
                row("FALSE < TRUE", true),
                row("'a' < 'b'", false, CAST),
                row("1 < 'b'", false, CAST),
                row("INT(hop) < INT(ttl) AND INT(hop) < 1000", true),
                row("int(hop) < int(ttl) and int(hop) < 1000", true),
                row("region = 'eu' OR subject = 'eu'", true),
                row("(region = 'us' AND hop = 5) OR subject = 'basket'", true),
                row("1 = 1 = 'true'", true),
                row("3 > 2 > 1", false),
                row("NOT 1 = 2", false),
                row("1 / 0 = 0", false, MATH),
                row("0 = 1 / 0", false, MATH));
    }

    static Stream<Arguments> arithmetic() {
        return Stream.of(
                row("4 * 2 + 4 / 2", 10),
                row("4 * (2 + 4) / 2", 12),
                row("2 + 3 * 4 - 5 % 3", 12),
                row("10 - 4 - 3", 3),
                row("100 / 10 / 5", 2),
                row("5 / 3", 1),
                row("-5 / 3", -1),
                row("5 / -3", -1),
                row("5 % 2", 1),
                row("-5 % 2", -1),
                row("5 % -2", 1),
                row("5 / 0", 0, MATH),
                row("5 % 0", 0, MATH),
                row("4 + 1", 5),
                row("-4 + 1", -3),
                row("-4 + -1", -5),
                row("4 + -1", 3),
                row("4 - 1", 3),
                row("-4 - 1", -5),
                row("4-1", 3),
                row("4 -1", 3),
                row("4--1", 5),
                row("4 - - 1", 5),
                row("--10", 10),
                row("---10", -10),
                row("- 10", -10),
                row("-'10'", -10),
                row("--'10'", 10),
                row("-TRUE", -1),
                row("-(2 + 3)", -5),
                row("-hop", -5),
                row("'5' + 3", 8),
                row("5 + '3'", 8),
                row("'5' + '-3'", 2),
                row("5 + TRUE", 6),
                row("5 + 'x'", 0, CAST),
                row("items * hop", 15),
                row("2147483647 + 1", 0, MATH),
                row("-2147483648 - 1", 0, MATH),
                row("65536 * 65536", 0, MATH),
                row("-2147483648 * -1", 0, MATH),
                row("-2147483648 / -1", 0, MATH),
                row("-2147483648 % -1", 0),
                row("-(-2147483648)", 0, MATH),
                row("2147483647 + 1 > 0", false, MATH));
    }

    static Stream<Arguments> operators() {
        return Stream.of(
                row("type LIKE 'com.example.%'", true),
                row("type LIKE '%.paid'", true),
                row("type like '%order%'", true),
                row("type NOT LIKE '%order%'", false),
                row("type not like 'org.%'", true),
                row("type LIKE \"COM.%\"", false),
                row("234 LIKE '23_'", true),
                row("2344 LIKE '23_'", false),
                row("TRUE LIKE 'tr%'", true),
                row("FALSE LIKE 'FALSE'", false),
                row("items LIKE '_'", true),
                row("NOT type LIKE 'org.%'", false, CAST),
                row("NOT (type LIKE 'org.%')", true),
                row("1 + 1 LIKE '1'", 2),
                row("'a' LIKE 'a' LIKE 'true'", true),
                row("EXISTS subject", true),
                row("EXISTS id AND EXISTS source AND EXISTS type AND EXISTS specversion", true),
                row("exists dataschema", false),
                row("EXISTS absent", false),
                row("NOT EXISTS absent", true),
                row("EXISTS items", true),
                row("EXISTS absent = FALSE", true),
                row("EXISTS absent AND absent = 'x'", false),
                row("region IN ('us', 'eu')", true),
                row("region IN ('us', 'EU')", false),
                row("region NOT IN ('us', 'eu')", false),
                row("region in (subject, 'eu')", true),
                row("region IN ((('eu')))", true),
                row("hop IN (4, 5)", true),
                row("'05' IN (5)", false),
                row("items IN ('03')", true),
                row("items IN ('x', '3')", false, CAST),
                row("items IN ('3', 'x')", true),
                row("express IN ('TRUE')", true),
                row("express IN ('no', TRUE)", false, CAST),
                row("5 IN ('5')", true),
                row("5 IN ('abc', 5)", false, CAST),
                row("5 IN (1 / 0, 5)", false, MATH),
                row("5 IN (5, 1 / 0)", true),
                row("TRUE IN (0, 1)", true),
                row("(1 = 1) IN (FALSE)", false),
                row("CONCAT('e', 'u') IN (subject, region)", true),
                row("1 + 1 IN (1)", 2));
    }

    static Stream<Arguments> stringFunctions() {
        return Stream.of(
                row("LENGTH('abc')", 3),
                row("LENGTH('')", 0),
                row("LENGTH(TRUE)", 4),
                row("LENGTH(-10)", 3),
                row("LENGTH('😀!')", 2),
                row("CONCAT('a', 'b', 'c')", "abc"),
                row("CONCAT()", ""),
                row("CONCAT('a', 1, TRUE)", "a1true"),
                row("CONCAT_WS(',', 'a', 'b', 'c')", "a,b,c"),
                row("CONCAT_WS(',')", ""),
                row("CONCAT_WS(',', 'a')", "a"),
                row("CONCAT_WS(0, '', '')", "0"),
                row("LOWER('AbC')", "abc"),
                row("UPPER('AbC')", "ABC"),
                row("lower(TRUE)", "true"),
                row("UPPER(TRUE)", "TRUE"),
                row("UPPER('straße')", "STRASSE"),
                row("LOWER('I')", "i"),
                row("TRIM('   a b c   ')", "a b c"),
                row("TRIM('a b c')", "a b c"),
                row("TRIM(' ')", ""),
                row("TRIM('\t\r\nx\u0085\u00a0\u2007\u202f\u3000')", "x"),
                row("TRIM('\u001cx\u200b')", "\u001cx\u200b"),
                row("LEFT('abc', 2)", "ab"),
                row("LEFT('abc', 10)", "abc"),
                row("LEFT('', 0)", ""),
                row("LEFT('abc', 0)", ""),
                row("LEFT('abc', '1')", "a"),
                row("LEFT('😀bc', 1)", "😀"),
                row("LEFT('abc', -2)", "abc", FUNCTION_EVALUATION),
                row("LEFT('abc', 'x')", "", CAST),
                row("RIGHT('abc', 2)", "bc"),
                row("RIGHT('abc', 10)", "abc"),
                row("RIGHT('', 0)", ""),
                row("RIGHT('ab😀', 1)", "😀"),
                row("RIGHT('abc', -2)", "abc", FUNCTION_EVALUATION),
                row("LENGTH(RIGHT('abc', -2))", 0, FUNCTION_EVALUATION),
                row("SUBSTRING('abcdef', 1)", "abcdef"),
                row("SUBSTRING('abcdef', 2)", "bcdef"),
                row("SUBSTRING('abcdef', 6)", "f"),
                row("SUBSTRING('abcdef', 7)", "", FUNCTION_EVALUATION),
                row("SUBSTRING('abcdef', -3)", "def"),
                row("SUBSTRING('abcdef', -6)", "abcdef"),
                row("SUBSTRING('abcdef', -7)", "", FUNCTION_EVALUATION),
                row("SUBSTRING('abcdef', 0)", ""),
                row("SUBSTRING('', 0)", ""),
                row("SUBSTRING('', 1)", "", FUNCTION_EVALUATION),
                row("SUBSTRING('abcdef', 1, 6)", "abcdef"),
                row("SUBSTRING('abcdef', 2, 4)", "bcde"),
                row("SUBSTRING('abcdef', 2, 2147483647)", "bcdef"),
                row("SUBSTRING('abcdef', -5, 3)", "bcd"),
                row("SUBSTRING('abcdef', 0, 1)", ""),
                row("SUBSTRING('abcdef', 3, 0)", ""),
                row("SUBSTRING('abcdef', 3, -1)", "", FUNCTION_EVALUATION),
                row("SUBSTRING('abcdef', 10, 10)", "", FUNCTION_EVALUATION),
                row("SUBSTRING('abcdef', -10, 10)", "", FUNCTION_EVALUATION),
                row("SUBSTRING('a😀b😀c', 2, 3)", "😀b😀"),
                row("SUBSTRING('a😀b😀c', -2)", "😀c"));
    }

    static Stream<Arguments> castsAndMath() {
        return Stream.of(
                row("INT('1')", 1),
                row("INT('-1')", -1),
                row("INT('+1')", 1),
                row("INT('0001')", 1),
                row("INT('-2147483648')", -2147483648),
                row("INT('2147483648')", 0, CAST),
                row("INT('99999999999999999999999')", 0, CAST),
                row("INT(1)", 1),
                row("INT(TRUE)", 1),
                row("INT(FALSE)", 0),
                row("INT('ABC')", 0, CAST),
                row("INT('')", 0, CAST),
                row("INT('-')", 0, CAST),
                row("INT(' 1')", 0, CAST),
                row("INT('1.0')", 0, CAST),
                row("INT('٥')", 0, CAST),
                row("BOOL('TRUE')", true),
                row("BOOL('fAlSe')", false),
                row("BOOL(TRUE)", true),
                row("BOOL(FALSE)", false),
                row("BOOL('ABC')", false, CAST),
                row("BOOL('')", false, CAST),
                row("BOOL('falſe')", false, CAST),
                row("BOOL(1)", true),
                row("BOOL(0)", false),
                row("BOOL(100)", true),
                row("BOOL(-50)", true),
                row("STRING(TRUE)", "true"),
                row("STRING(FALSE)", "false"),
                row("STRING(1)", "1"),
                row("STRING(-1)", "-1"),
                row("STRING('abc')", "abc"),
                row("STRING(items)", "3"),
                row("IS_INT(1)", true),
                row("IS_INT('1')", true),
                row("IS_INT('x')", false),
                row("IS_INT(TRUE)", false),
                row("is_int(items)", true),
                row("IS_BOOL(TRUE)", true),
                row("IS_BOOL('True')", true),
                row("IS_BOOL('x')", false),
                row("IS_BOOL(1)", false),
                row("IS_BOOL(express)", true),
                row("ABS(10)", 10),
                row("ABS(-10)", 10),
                row("ABS(0)", 0),
                row("ABS('-3')", 3),
                row("ABS(-2147483648)", 2147483647, MATH),
                row("ABS(-2147483648) + 1", 0, MATH),
                row("ABS('x')", 0, CAST));
    }

    private static Arguments row(String expression, Object value) {
        return arguments(expression, value, null);
    }

    private static Arguments row(String expression, Object value, CesqlError.Kind error) {
        return arguments(expression, value, error);
    }

    @ParameterizedTest
    @MethodSource({
        "literals",
        "attributes",
        "logic",
        "comparisons",
        "arithmetic",
        "operators",
        "stringFunctions",
        "castsAndMath"
    })
    void an_expression_has_its_value_and_its_error(String text, Object value, CesqlError.Kind error) throws Exception {
        // Given
        CesqlExpression expression = CesqlExpression.parse(text);

        // When
        CesqlResult result = expression.evaluate(ORDER);

        // Then
        assertThat(result.value()).isEqualTo(value);
        assertThat(result.error().map(CesqlError::kind).orElse(null)).isEqualTo(error);
    }

    @ParameterizedTest
    @MethodSource({
        "literals",
        "attributes",
        "logic",
        "comparisons",
        "arithmetic",
        "operators",
        "stringFunctions",
        "castsAndMath"
    })
    void an_expression_matches_if_it_is_the_boolean_true_without_any_error(
            String text, Object value, CesqlError.Kind error) throws Exception {
        // Given
        CesqlExpression expression = CesqlExpression.parse(text);
        boolean truth = Boolean.TRUE.equals(value);

        // When
        boolean matches = expression.matches(ORDER);

        // Then
        assertThat(matches).isEqualTo(error == null && truth);
    }

    @ParameterizedTest
    @MethodSource({
        "literals",
        "attributes",
        "logic",
        "comparisons",
        "arithmetic",
        "operators",
        "stringFunctions",
        "castsAndMath"
    })
    void the_tree_written_with_all_parentheses_means_the_same(String text, Object value, CesqlError.Kind error)
            throws Exception {
        // Given
        CesqlExpression expression = CesqlExpression.parse(text);

        // When
        CesqlExpression again = CesqlExpression.parse(expression.root().toString());

        // Then
        assertThat(again.root()).hasToString(expression.root().toString());
        assertThat(again.evaluate(ORDER).value()).isEqualTo(value);
    }

    @Test
    void an_error_names_what_failed_and_where() throws Exception {
        // Given
        CesqlExpression expression = CesqlExpression.parse("type = 'x' OR hop / (ttl - 10) > 1");

        // When
        CesqlResult result = expression.evaluate(ORDER);

        // Then
        assertThat(result.error()).hasValue(new CesqlError(MATH, "division of 5 by zero", 18));
    }

    @Test
    void a_missing_attribute_and_a_failed_cast_name_the_attribute_and_the_value() throws Exception {
        // When
        CesqlResult missing = CesqlExpression.parse("tenant = 'x'").evaluate(ORDER);
        CesqlResult cast = CesqlExpression.parse("1 < region").evaluate(ORDER);

        // Then
        assertThat(missing.error())
                .hasValue(new CesqlError(MISSING_ATTRIBUTE, "the event has no attribute \"tenant\"", 0));
        assertThat(cast.error()).hasValue(new CesqlError(CAST, "\"eu\" is not a 32-bit integer", 4));
    }

    @Test
    void a_concatenation_is_bounded_whatever_the_sender_puts_into_the_attributes() throws Exception {
        // Given
        CloudEvent event = CloudEventBuilder.v1(ORDER)
                .withExtension("long", "x".repeat(StringCall.MAX_CONCATENATION / 2))
                .build();

        // When
        CesqlResult longest =
                CesqlExpression.parse("LENGTH(CONCAT(long, long))").evaluate(event);
        CesqlResult tooLong = CesqlExpression.parse("CONCAT(long, long, 'x')").evaluate(event);

        // Then
        assertThat(longest.value()).isEqualTo(StringCall.MAX_CONCATENATION);
        assertThat(tooLong.value()).isEqualTo("");
        assertThat(tooLong.error().map(CesqlError::kind)).hasValue(FUNCTION_EVALUATION);
    }
}
