/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.match;

import dev.sluice.api.cesql.AttributeReference;
import dev.sluice.api.cesql.CesqlNode;
import dev.sluice.api.cesql.Comparison;
import dev.sluice.api.cesql.Exists;
import dev.sluice.api.cesql.In;
import dev.sluice.api.cesql.Like;
import dev.sluice.api.cesql.Literal;
import dev.sluice.api.cesql.Logic;
import dev.sluice.api.cesql.Not;
import dev.sluice.api.event.EventAttribute;
import dev.sluice.api.filter.Filter;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The {@link Cover} of a CloudEvents SQL expression.
 *
 * <p>Two things differ from filters. A node is true, false or failed, and only an expression that is true matches, so there is
 * a cover of what makes a node true and one of what makes it false, and neither holds an event for which it fails. And types
 * are cast: {@code items = 5} holds for the text {@code 05} too.
 */
final class CesqlCover {

    private CesqlCover() {}

    static List<Conjunction> of(Filter.Cesql filter) {
        CesqlNode root = filter.expression().root();
        if (root.isBoolean()) {
            return of(root, true);
        }
        // A filter does not cast: only the Boolean true matches, and the text "true" does not.
        List<Key> keys = root instanceof AttributeReference reference
                ? List.of(new Key(reference.attribute(), Key.Kind.EXACT, "true"))
                : needed(root);
        return List.of(Conjunction.of(keys, new Condition.OfFilter(filter, true)));
    }

    private static List<Conjunction> of(CesqlNode node, boolean expected) {
        if (node instanceof Logic logic) {
            return ofLogic(logic, expected);
        }
        if (node instanceof Not not) {
            return of(not.operand(), !expected);
        }
        if (node instanceof Comparison comparison) {
            return ofComparison(comparison, expected);
        }
        if (node instanceof In in && in.negated() != expected && in.operand() instanceof AttributeReference reference) {
            return ofIn(in, expected, reference.attribute());
        }
        if (node instanceof Like like
                && like.negated() != expected
                && like.operand() instanceof AttributeReference reference) {
            return List.of(ofLike(like, expected, reference.attribute()));
        }
        if (node instanceof Exists exists && expected) {
            return List.of(Conjunction.of(List.of(Key.present(exists.attribute()))));
        }
        return ofNotFailing(node, expected);
    }

    private static List<Conjunction> ofLogic(Logic logic, boolean expected) {
        if (logic.operator() == Logic.Operator.XOR) {
            return ofNotFailing(logic, expected);
        }
        List<Cover.Part> parts = new ArrayList<>(logic.operands().size());
        for (CesqlNode operand : logic.operands()) {
            parts.add(new Cover.Part(of(operand, expected), new Condition.OfCesql(operand, expected)));
        }
        Condition whole = new Condition.OfCesql(logic, expected);
        // For an AND to be true, or an OR to be false, all of the operands have to be. Where one fails, so does the
        // whole, or another has decided already, and not as expected.
        if ((logic.operator() == Logic.Operator.AND) == expected) {
            return Cover.and(parts, whole);
        }
        // One of them is enough, if those before it don't fail. They can't if the only way to fail is that the one
        // attribute that all of them ask about is missing.
        EventAttribute only = onlyAttribute(parts.get(0).cover());
        for (int i = 1; i < parts.size(); i++) {
            if (mayFailToCast(logic.operands().get(i - 1))) {
                only = null;
            }
            if (only == null || !only.equals(onlyAttribute(parts.get(i).cover()))) {
                only = null;
                parts.set(i, new Cover.Part(Cover.onlyFinding(parts.get(i).cover(), whole), whole));
            }
        }
        return Cover.or(parts, whole);
    }

    /** Whether it may fail although the attributes are there: an Integer is IN no texts, but can't be compared with them. */
    private static boolean mayFailToCast(CesqlNode node) {
        if (node instanceof Logic logic) {
            return logic.operands().stream().anyMatch(CesqlCover::mayFailToCast);
        }
        return node instanceof Not not ? mayFailToCast(not.operand()) : node instanceof In;
    }

    /** The attribute whose one value alone decides what the operand is, so that it fails only without it; else null. */
    private static @Nullable EventAttribute onlyAttribute(List<Conjunction> cover) {
        EventAttribute only = null;
        for (Conjunction conjunction : cover) {
            if (!conjunction.decides() || conjunction.keys().size() != 1) {
                return null;
            }
            EventAttribute attribute = conjunction.keys().get(0).attribute();
            if (only != null && !only.equals(attribute)) {
                return null;
            }
            only = attribute;
        }
        return only;
    }

    private static List<Conjunction> ofComparison(Comparison comparison, boolean expected) {
        Comparison.Operator equality = expected ? Comparison.Operator.EQUAL : Comparison.Operator.NOT_EQUAL;
        if (comparison.operator() == equality
                && comparison.left() instanceof AttributeReference reference
                && comparison.right() instanceof Literal literal
                && literal.value() instanceof String text) {
            // The right side's type decides: texts are compared.
            return List.of(Conjunction.of(List.of(new Key(reference.attribute(), Key.Kind.EXACT, text))));
        }
        return ofNotFailing(comparison, expected);
    }

    private static List<Conjunction> ofIn(In in, boolean expected, EventAttribute attribute) {
        Set<String> texts = new LinkedHashSet<>();
        boolean decides = true;
        for (CesqlNode element : in.elements()) {
            if (!(element instanceof Literal literal)) {
                return ofNotFailing(in, expected);
            }
            // The attribute's type decides: where it is an Integer, '05' is equal to 5, and 'x' fails.
            texts.addAll(literal.equalTexts());
            decides &= literal.isPlainText();
        }
        Condition whole = new Condition.OfCesql(in, expected);
        List<Conjunction> alternatives = new ArrayList<>(texts.size());
        for (String text : texts) {
            List<Key> key = List.of(new Key(attribute, Key.Kind.EXACT, text));
            alternatives.add(decides ? Conjunction.of(key) : Conjunction.of(key, whole));
        }
        return alternatives;
    }

    private static Conjunction ofLike(Like like, boolean expected, EventAttribute attribute) {
        if (like.isExact()) {
            return Conjunction.of(List.of(new Key(attribute, Key.Kind.EXACT, like.prefix())));
        }
        List<Key> keys = new ArrayList<>(2);
        if (!like.prefix().isEmpty() || like.suffix().isEmpty()) {
            keys.add(new Key(attribute, Key.Kind.PREFIX, like.prefix()));
        }
        if (!like.suffix().isEmpty()) {
            keys.add(new Key(attribute, Key.Kind.SUFFIX, like.suffix()));
        }
        // 'ab%ba' has both ends in "aba", but does not match it.
        return keys.size() == 1 && like.isEnds()
                ? Conjunction.of(keys)
                : Conjunction.of(keys, new Condition.OfCesql(like, expected));
    }

    /** Whatever the node's value is: the attributes that it can't do without are there. */
    private static List<Conjunction> ofNotFailing(CesqlNode node, boolean expected) {
        return List.of(Conjunction.of(needed(node), new Condition.OfCesql(node, expected)));
    }

    private static List<Key> needed(CesqlNode node) {
        Set<Key> keys = new LinkedHashSet<>();
        addNeeded(node, keys);
        return List.copyOf(keys);
    }

    private static void addNeeded(CesqlNode node, Set<Key> keys) {
        if (node instanceof AttributeReference reference) {
            keys.add(Key.present(reference.attribute()));
        } else if (node instanceof Comparison comparison) {
            addNeeded(comparison.left(), keys);
            addNeeded(comparison.right(), keys);
        } else if (node instanceof In in) {
            addNeeded(in.operand(), keys);
        } else if (node instanceof Like like) {
            addNeeded(like.operand(), keys);
        } else if (node instanceof Not not) {
            addNeeded(not.operand(), keys);
        } else if (node instanceof Logic logic) {
            // The others are evaluated only if the first does not decide.
            addNeeded(logic.operands().get(0), keys);
        }
    }
}
