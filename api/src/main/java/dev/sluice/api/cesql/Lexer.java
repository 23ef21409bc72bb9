/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.cesql;

import java.util.Locale;
import java.util.Map;

/** Splits an expression into tokens, one at a time; it starts on the first. */
final class Lexer {

    private static final Map<String, Token> KEYWORDS = Map.of(
            "AND", Token.AND,
            "OR", Token.OR,
            "XOR", Token.XOR,
            "NOT", Token.NOT,
            "LIKE", Token.LIKE,
            "EXISTS", Token.EXISTS,
            "IN", Token.IN,
            "TRUE", Token.TRUE,
            "FALSE", Token.FALSE);

    private final String text;
    private Token token = Token.END;
    private int start;
    private int end;

    Lexer(String text) throws CesqlSyntaxException {
        this.text = text;
        advance();
    }

    Token token() {
        return token;
    }

    /** Where the token begins. */
    int start() {
        return start;
    }

    /** Just after the token. */
    int end() {
        return end;
    }

    /** The token as it is written. */
    String written() {
        return text.substring(start, end);
    }

    /** The token for an error message. */
    String description() {
        return switch (token) {
            case WORD, INTEGER -> "\"" + written() + "\"";
            case STRING -> "the string " + written();
            default -> token.toString();
        };
    }

    void advance() throws CesqlSyntaxException {
        start = end;
        while (start < text.length() && isSpace(text.charAt(start))) {
            start++;
        }
        end = start;
        token = start == text.length() ? Token.END : read(text.charAt(start));
    }

    private static boolean isSpace(char c) {
        return c == ' ' || c == '\t' || c == '\r' || c == '\n';
    }

    private Token read(char first) throws CesqlSyntaxException {
        if (isWordCharacter(first)) {
            return word();
        }
        end++;
        return switch (first) {
            case '\'', '"' -> string(first);
            case '(' -> Token.LEFT_PARENTHESIS;
            case ')' -> Token.RIGHT_PARENTHESIS;
            case ',' -> Token.COMMA;
            case '+' -> Token.PLUS;
            case '-' -> Token.MINUS;
            case '*' -> Token.STAR;
            case '/' -> Token.SLASH;
            case '%' -> Token.PERCENT;
            case '=' -> Token.EQUAL;
            case '<' -> follows('=') ? Token.LESS_OR_EQUAL : follows('>') ? Token.NOT_EQUAL : Token.LESS;
            case '>' -> follows('=') ? Token.GREATER_OR_EQUAL : Token.GREATER;
            case '!' -> {
                if (follows('=')) {
                    yield Token.NOT_EQUAL;
                }
                throw unexpected(first);
            }
            default -> throw unexpected(text.codePointAt(start));
        };
    }

    private boolean follows(char c) {
        if (end < text.length() && text.charAt(end) == c) {
            end++;
            return true;
        }
        return false;
    }

    private Token word() {
        boolean digitsOnly = true;
        while (end < text.length() && isWordCharacter(text.charAt(end))) {
            char c = text.charAt(end++);
            digitsOnly &= c >= '0' && c <= '9';
        }
        return digitsOnly ? Token.INTEGER : KEYWORDS.getOrDefault(written().toUpperCase(Locale.ROOT), Token.WORD);
    }

    private static boolean isWordCharacter(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    }

    private Token string(char quote) throws CesqlSyntaxException {
        while (end < text.length()) {
            char c = text.charAt(end++);
            if (c == quote) {
                return Token.STRING;
            }
            if (c == '\\' && end < text.length()) {
                end++;
            }
        }
        throw new CesqlSyntaxException(
                "expected " + quote + " at the end of the string, found the end of the expression", text, start);
    }

    /** The value of a string literal: a backslash before its own quote goes, every other one stays (CESQL 1.0, 2.2). */
    String stringValue() {
        char quote = text.charAt(start);
        StringBuilder value = new StringBuilder(end - start);
        for (int i = start + 1; i < end - 1; i++) {
            char c = text.charAt(i);
            if (c == '\\') {
                char next = text.charAt(++i);
                if (next != quote) {
                    value.append(c);
                }
                value.append(next);
            } else {
                value.append(c);
            }
        }
        return value.toString();
    }

    private CesqlSyntaxException unexpected(int codePoint) {
        return new CesqlSyntaxException("unexpected character \"" + Character.toString(codePoint) + "\"", text, start);
    }
}
