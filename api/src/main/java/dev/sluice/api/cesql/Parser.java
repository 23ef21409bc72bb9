/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.cesql;

import dev.sluice.api.event.EventAttribute;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Recursive descent over the grammar of CESQL 1.0, 2, with the precedence of 3.6, tightest first. Operators of the same line
 * associate to the left.
 *
 * <pre>
 *   NOT x   - x   EXISTS x
 *   x LIKE 'pattern'   x IN (…)
 *   *  /  %
 *   +  -
 *   =  !=  &lt;&gt;  &lt;  &lt;=  &gt;  &gt;=
 *   AND  OR  XOR
 * </pre>
 *
 * Both the depth of the recursion and the height of the tree are bounded, the first for parsing, the second for everything
 * that walks over the tree later.
 */
final class Parser {

    private static final int COMPARISON = 1;
    private static final int ADDITION = 2;
    private static final int MULTIPLICATION = 3;
    private static final int NONE = 0;

    private final String text;
    private final Lexer lexer;
    private int depth;

    Parser(String text) throws CesqlSyntaxException {
        this.text = text;
        this.lexer = new Lexer(text);
    }

    CesqlNode parse() throws CesqlSyntaxException {
        CesqlNode root = expression();
        if (lexer.token() != Token.END) {
            throw expected("an operator or the end of the expression");
        }
        return root;
    }

    private CesqlNode expression() throws CesqlSyntaxException {
        if (++depth > CesqlExpression.MAX_DEPTH) {
            throw tooDeep(lexer.start());
        }
        CesqlNode left = binary(COMPARISON);
        Logic.Operator operator = logicOperator();
        while (operator != null) {
            int position = lexer.start();
            List<CesqlNode> operands = new ArrayList<>();
            operands.add(left);
            do {
                lexer.advance();
                operands.add(binary(COMPARISON));
            } while (logicOperator() == operator);
            left = bounded(new Logic(position, operator, operands));
            operator = logicOperator();
        }
        depth--;
        return left;
    }

    private Logic.@Nullable Operator logicOperator() {
        return switch (lexer.token()) {
            case AND -> Logic.Operator.AND;
            case OR -> Logic.Operator.OR;
            case XOR -> Logic.Operator.XOR;
            default -> null;
        };
    }

    private CesqlNode binary(int minimum) throws CesqlSyntaxException {
        CesqlNode left = postfix();
        for (int level = level(); level >= minimum && level != NONE; level = level()) {
            Token operator = lexer.token();
            int position = lexer.start();
            lexer.advance();
            CesqlNode right = binary(level + 1);
            left = bounded(binary(position, operator, left, right));
        }
        return left;
    }

    private int level() {
        return switch (lexer.token()) {
            case EQUAL, NOT_EQUAL, LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL -> COMPARISON;
            case PLUS, MINUS -> ADDITION;
            case STAR, SLASH, PERCENT -> MULTIPLICATION;
            default -> NONE;
        };
    }

    private static CesqlNode binary(int position, Token operator, CesqlNode left, CesqlNode right) {
        return switch (operator) {
            case EQUAL -> new Comparison(position, Comparison.Operator.EQUAL, left, right);
            case NOT_EQUAL -> new Comparison(position, Comparison.Operator.NOT_EQUAL, left, right);
            case LESS -> new Comparison(position, Comparison.Operator.LESS, left, right);
            case LESS_OR_EQUAL -> new Comparison(position, Comparison.Operator.LESS_OR_EQUAL, left, right);
            case GREATER -> new Comparison(position, Comparison.Operator.GREATER, left, right);
            case GREATER_OR_EQUAL -> new Comparison(position, Comparison.Operator.GREATER_OR_EQUAL, left, right);
            case PLUS -> new Arithmetic(position, Arithmetic.Operator.ADD, left, right);
            case MINUS -> new Arithmetic(position, Arithmetic.Operator.SUBTRACT, left, right);
            case STAR -> new Arithmetic(position, Arithmetic.Operator.MULTIPLY, left, right);
            case SLASH -> new Arithmetic(position, Arithmetic.Operator.DIVIDE, left, right);
            case PERCENT -> new Arithmetic(position, Arithmetic.Operator.MODULO, left, right);
            default -> throw new AssertionError(operator);
        };
    }

    private CesqlNode postfix() throws CesqlSyntaxException {
        CesqlNode operand = unary();
        while (true) {
            int position = lexer.start();
            boolean negated = lexer.token() == Token.NOT;
            if (negated) {
                lexer.advance();
            }
            switch (lexer.token()) {
                case LIKE -> operand = like(position, operand, negated);
                case IN -> operand = in(position, operand, negated);
                default -> {
                    if (negated) {
                        throw expected("LIKE or IN after NOT");
                    }
                    return operand;
                }
            }
        }
    }

    private CesqlNode like(int position, CesqlNode operand, boolean negated) throws CesqlSyntaxException {
        lexer.advance();
        if (lexer.token() != Token.STRING) {
            throw expected("a string as the pattern of LIKE");
        }
        LikePattern pattern = LikePattern.of(lexer.stringValue());
        if (pattern == null) {
            throw new CesqlSyntaxException(
                    "expected a pattern of at most " + LikePattern.MAX_STATES + " characters", text, lexer.start());
        }
        lexer.advance();
        return bounded(new Like(position, operand, negated, pattern));
    }

    private CesqlNode in(int position, CesqlNode operand, boolean negated) throws CesqlSyntaxException {
        lexer.advance();
        take(Token.LEFT_PARENTHESIS, "\"(\" after IN");
        List<CesqlNode> elements = expressions();
        return bounded(new In(position, operand, negated, elements));
    }

    private CesqlNode unary() throws CesqlSyntaxException {
        int position = lexer.start();
        switch (lexer.token()) {
            case NOT -> {
                lexer.advance();
                return bounded(new Not(position, nestedUnary(position)));
            }
            case MINUS -> {
                int end = lexer.end();
                lexer.advance();
                if (lexer.token() == Token.INTEGER && lexer.start() == end) {
                    return integer(position);
                }
                return bounded(new Negation(position, nestedUnary(position)));
            }
            case PLUS -> {
                int end = lexer.end();
                lexer.advance();
                if (lexer.token() == Token.INTEGER && lexer.start() == end) {
                    return integer(position);
                }
                throw new CesqlSyntaxException("expected a digit right after a leading \"+\"", text, end);
            }
            case EXISTS -> {
                lexer.advance();
                return new Exists(position, attribute("the name of an attribute after EXISTS"));
            }
            default -> {
                return primary();
            }
        }
    }

    private CesqlNode nestedUnary(int position) throws CesqlSyntaxException {
        if (++depth > CesqlExpression.MAX_DEPTH) {
            throw tooDeep(position);
        }
        CesqlNode operand = unary();
        depth--;
        return operand;
    }

    private CesqlNode primary() throws CesqlSyntaxException {
        int position = lexer.start();
        switch (lexer.token()) {
            case LEFT_PARENTHESIS -> {
                lexer.advance();
                CesqlNode inner = expression();
                take(Token.RIGHT_PARENTHESIS, "an operator or \")\"");
                return inner;
            }
            case TRUE, FALSE -> {
                Literal literal = new Literal(position, lexer.token() == Token.TRUE);
                lexer.advance();
                return literal;
            }
            case STRING -> {
                Literal literal = new Literal(position, lexer.stringValue());
                lexer.advance();
                return literal;
            }
            case INTEGER -> {
                return integer(position);
            }
            case WORD -> {
                return name();
            }
            default -> throw expected("an expression");
        }
    }

    /** The token is the digits; a sign may stand right before them. */
    private Literal integer(int position) throws CesqlSyntaxException {
        String written = text.substring(position, lexer.end());
        long value = Casts.toInteger(written);
        if (value == CesqlNode.FAILED_NUMBER) {
            throw new CesqlSyntaxException(
                    "expected an integer from -2147483648 to 2147483647, found " + written, text, position);
        }
        lexer.advance();
        return new Literal(position, (int) value);
    }

    private CesqlNode name() throws CesqlSyntaxException {
        int position = lexer.start();
        int end = lexer.end();
        lexer.advance();
        if (lexer.token() == Token.LEFT_PARENTHESIS) {
            return call(position, text.substring(position, end));
        }
        return new AttributeReference(position, attribute(position, text.substring(position, end)));
    }

    private EventAttribute attribute(String expectation) throws CesqlSyntaxException {
        if (lexer.token() != Token.WORD) {
            throw expected(expectation);
        }
        EventAttribute attribute = attribute(lexer.start(), lexer.written());
        lexer.advance();
        return attribute;
    }

    private EventAttribute attribute(int position, String name) throws CesqlSyntaxException {
        if (name.indexOf('_') >= 0) {
            throw new CesqlSyntaxException(
                    "expected the name of an attribute, which has only lower-case letters and digits, found \"" + name
                            + "\"",
                    text,
                    position);
        }
        String lowerCase = name.toLowerCase(Locale.ROOT);
        if (!lowerCase.equals(name)) {
            throw new CesqlSyntaxException(
                    "expected the name of an attribute in lower case, \"" + lowerCase + "\", found \"" + name + "\"",
                    text,
                    position);
        }
        return EventAttribute.named(name);
    }

    private CesqlNode call(int position, String name) throws CesqlSyntaxException {
        Function function = function(position, name);
        lexer.advance();
        List<CesqlNode> arguments = List.of();
        if (lexer.token() == Token.RIGHT_PARENTHESIS) {
            lexer.advance();
        } else {
            arguments = expressions();
        }
        if (!function.takes(arguments.size())) {
            throw new CesqlSyntaxException(
                    "expected " + function.arity() + " for " + function + ", found " + arguments.size(),
                    text,
                    position);
        }
        return bounded(
                switch (function.type()) {
                    case STRING -> new StringCall(position, function, arguments);
                    case INTEGER -> new IntegerCall(position, function, arguments.get(0));
                    case BOOLEAN -> new BooleanCall(position, function, arguments.get(0));
                });
    }

    private Function function(int position, String name) throws CesqlSyntaxException {
        Function function = Function.named(name);
        if (function == null) {
            throw new CesqlSyntaxException(
                    "expected a function of " + Arrays.toString(Function.values()) + ", found \"" + name + "\"",
                    text,
                    position);
        }
        return function;
    }

    /** One or more expressions and the closing parenthesis; the opening one is taken. */
    private List<CesqlNode> expressions() throws CesqlSyntaxException {
        List<CesqlNode> expressions = new ArrayList<>();
        expressions.add(expression());
        while (lexer.token() == Token.COMMA) {
            lexer.advance();
            expressions.add(expression());
        }
        take(Token.RIGHT_PARENTHESIS, "an operator, \",\" or \")\"");
        return expressions;
    }

    private void take(Token token, String expectation) throws CesqlSyntaxException {
        if (lexer.token() != token) {
            throw expected(expectation);
        }
        lexer.advance();
    }

    private CesqlNode bounded(CesqlNode node) throws CesqlSyntaxException {
        if (node.height() > CesqlExpression.MAX_DEPTH) {
            throw tooDeep(node.position());
        }
        return node;
    }

    private CesqlSyntaxException tooDeep(int position) {
        return new CesqlSyntaxException(
                "expected at most " + CesqlExpression.MAX_DEPTH + " operators, calls or parentheses within each other",
                text,
                position);
    }

    private CesqlSyntaxException expected(String what) {
        String hint = lexer.token().isKeyword() && what.startsWith("the name") ? ", which is a keyword" : "";
        return new CesqlSyntaxException(
                "expected " + what + ", found " + lexer.description() + hint, text, lexer.start());
    }
}
