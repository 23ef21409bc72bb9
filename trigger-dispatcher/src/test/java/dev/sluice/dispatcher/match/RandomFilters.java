/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.match;

import dev.sluice.api.cesql.CesqlExpression;
import dev.sluice.api.cesql.CesqlSyntaxException;
import dev.sluice.api.filter.Filter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Filters of every dialect, nested in each other, and expressions with every operator of CloudEvents SQL. Some parts come again
 * in many of them, beside something to find each by.
 */
final class RandomFilters {

    private static final int FAVOURITES = 4;

    private final Random random;
    private final Vocabulary vocabulary;
    private final List<Filter> favourites = new ArrayList<>();
    private final List<String> favouriteConditions = new ArrayList<>();

    RandomFilters(Random random, Vocabulary vocabulary) {
        this.random = random;
        this.vocabulary = vocabulary;
        List<Filter> filters = new ArrayList<>();
        List<String> conditions = new ArrayList<>();
        for (int i = 0; i < FAVOURITES; i++) {
            filters.add(filter(random.nextInt(3)));
            conditions.add(condition(random.nextInt(3)));
        }
        favourites.addAll(filters);
        favouriteConditions.addAll(conditions);
    }

    Filter next() {
        return switch (random.nextInt(6)) {
            case 0 -> found();
            case 1 -> foundByExpression();
            default -> filter(random.nextInt(4));
        };
    }

    /** By one key or a few, with something left that is left of others too. */
    private Filter found() {
        List<Filter> filters = new ArrayList<>();
        for (int i = random.nextInt(3); i >= 0; i--) {
            filters.add(leaf());
        }
        Filter favourite = favourite();
        filters.add(random.nextBoolean() ? favourite : new Filter.Not(favourite));
        return new Filter.All(filters);
    }

    private Filter foundByExpression() {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(3); i >= 0; i--) {
            text.append(vocabulary.attribute()).append(" = ").append(string()).append(" AND ");
        }
        return new Filter.Cesql(parse(text.append(pick("", "NOT "))
                .append('(')
                .append(favouriteCondition())
                .append(')')
                .toString()));
    }

    private Filter favourite() {
        return favourites.get(random.nextInt(favourites.size()));
    }

    private String favouriteCondition() {
        return favouriteConditions.get(random.nextInt(favouriteConditions.size()));
    }

    private Filter filter(int depth) {
        if (!favourites.isEmpty() && random.nextInt(8) == 0) {
            return favourite();
        }
        if (depth == 0) {
            return leaf();
        }
        return switch (random.nextInt(8)) {
            case 0, 1, 2 -> new Filter.All(filters(depth));
            case 3, 4 -> new Filter.Any(filters(depth));
            case 5 -> new Filter.Not(filter(depth - 1));
            default -> leaf();
        };
    }

    private List<Filter> filters(int depth) {
        // At times more than can be multiplied out.
        int count = random.nextInt(12) == 0 ? 1 + random.nextInt(40) : 1 + random.nextInt(4);
        List<Filter> filters = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            filters.add(filter(random.nextInt(depth)));
        }
        return filters;
    }

    private Filter leaf() {
        return switch (random.nextInt(16)) {
            case 0 -> new Filter.Everything();
            case 1, 2, 3 -> new Filter.Attributes(conditions(true));
            case 4, 5, 6, 7 -> new Filter.Exact(conditions(false));
            case 8, 9 -> new Filter.Prefix(conditions(false));
            case 10, 11 -> new Filter.Suffix(conditions(false));
            default -> new Filter.Cesql(expression());
        };
    }

    private Map<String, String> conditions(boolean empty) {
        Map<String, String> conditions = new LinkedHashMap<>();
        int count = random.nextInt(3) == 0 ? 1 + random.nextInt(6) : 1;
        for (int i = 0; i < count; i++) {
            conditions.put(vocabulary.attribute(), empty ? vocabulary.text() : vocabulary.textNotEmpty());
        }
        return conditions;
    }

    private CesqlExpression expression() {
        return parse(condition(random.nextInt(3)));
    }

    private static CesqlExpression parse(String text) {
        try {
            return CesqlExpression.parse(text);
        } catch (CesqlSyntaxException e) {
            throw new AssertionError("the generator made " + text, e);
        }
    }

    private String condition(int depth) {
        if (!favouriteConditions.isEmpty() && random.nextInt(8) == 0) {
            return "(" + favouriteCondition() + ")";
        }
        if (depth == 0) {
            return simpleCondition();
        }
        return switch (random.nextInt(12)) {
            case 0, 1, 2, 3 -> run(" AND ", depth);
            case 4, 5, 6 -> run(" OR ", depth);
            case 7 -> run(" XOR ", depth);
            case 8, 9 -> "NOT (" + condition(depth - 1) + ")";
            default -> simpleCondition();
        };
    }

    private String run(String operator, int depth) {
        StringBuilder run = new StringBuilder("(").append(condition(depth - 1));
        for (int i = random.nextInt(3) + 1; i > 0; i--) {
            run.append(operator).append(condition(depth - 1));
        }
        return run.append(')').toString();
    }

    private String simpleCondition() {
        String attribute = vocabulary.attribute();
        return switch (random.nextInt(20)) {
            case 0, 1, 2, 3, 4 -> attribute + " = " + string();
            case 5 -> attribute + pick(" != ", " <> ") + string();
            case 6 -> string() + " = " + attribute;
            case 7 -> attribute + pick(" = ", " != ") + pick("5", "1", "0", "-3", "TRUE", "FALSE");
            case 8 -> attribute + " = " + vocabulary.attribute();
            case 9 -> attribute + pick(" < ", " <= ", " > ", " >= ") + pick("5", "0", vocabulary.attribute());
            case 10, 11 -> attribute + pick(" LIKE ", " NOT LIKE ") + pattern();
            case 12, 13 -> attribute + pick(" IN (", " NOT IN (") + list() + ")";
            case 14 -> pick("", "NOT ") + "EXISTS " + attribute;
            case 15 -> pick("UPPER(", "LOWER(", "TRIM(") + attribute + ") = " + string();
            case 16 -> "LENGTH(" + attribute + ") " + pick("*", "/", "%", "+", "-") + " 2 > 1";
            case 17 -> pick("", "NOT ", "-") + attribute;
            case 18 -> "INT(" + attribute + ") IN (" + list() + ")";
            default -> pick("TRUE", "FALSE", "1", string());
        };
    }

    private String list() {
        StringBuilder list = new StringBuilder(element());
        for (int i = random.nextInt(4); i > 0; i--) {
            list.append(", ").append(element());
        }
        return list.toString();
    }

    private String element() {
        return switch (random.nextInt(10)) {
            case 0 -> pick("5", "1", "0");
            case 1 -> pick("TRUE", "FALSE");
            case 2 -> vocabulary.attribute();
            default -> string();
        };
    }

    private String pattern() {
        return quoted(pick("", "%", "_", vocabulary.text())
                + vocabulary.text()
                + pick("", "", "%", "_", "\\%", "%" + vocabulary.text(), "%%"));
    }

    private String string() {
        return quoted(vocabulary.text());
    }

    private static String quoted(String text) {
        return "'" + text.replace("'", "\\'") + "'";
    }

    private String pick(String... choices) {
        return choices[random.nextInt(choices.length)];
    }
}
