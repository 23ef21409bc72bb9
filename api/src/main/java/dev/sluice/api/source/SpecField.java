/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.source;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One place in the spec of a resource. Reading a value from it reports what is wrong with it, with the line on which it
 * stands, and answers null, so that a reader goes on and finds all problems. A field that is {@code null} is absent, as
 * for Kubernetes. Messages are read after the name of the field and its value: rule {@code is not a URI}, remedy {@code
 * write one such as https://example.com/}.
 */
public interface SpecField {

    /** Never null: one that is absent says so. */
    SpecField child(String name);

    boolean isPresent();

    /** Whether this is a mapping; if it is, fields that are not among those known are reported. */
    boolean isMapping(String... known);

    /** Whether this is a mapping, of whatever fields; if it is there and is something else, that is reported. */
    boolean isMapping();

    /** The names of the fields of a mapping, in the order in which they are written; empty if this is none. */
    List<String> names();

    /** Null if absent; that it is no string is reported. */
    @Nullable
    String text();

    /** The same, and that it is missing or empty is reported. */
    @Nullable
    String requiredText(String remedy);

    /** One of some strings; null if absent or another, which is reported. */
    @Nullable
    String oneOf(List<String> values);

    /** A string that passes the check, whose {@link IllegalArgumentException} says the rule. */
    @Nullable
    String checked(Consumer<String> check, String remedy);

    @Nullable
    Boolean bool();

    /** A whole number from 0 to the largest of 32 bits. */
    @Nullable
    Integer count();

    /** A mapping of strings, in the order in which it is written. */
    @Nullable
    Map<String, String> texts();

    /** The elements of a list; null if there is no list. */
    @Nullable
    List<? extends SpecField> elements();

    /** A {@code secretKeyRef}: a mapping of {@code name} and {@code key}, both there; null if absent or wrong. */
    @Nullable
    SecretRef secretKeyRef();

    /** Reports the value as it stands. The resource is not taken until it is mended. */
    void error(String rule, String remedy);

    /** Reports it without its value: it may be a secret. */
    void hiddenError(String rule, String remedy);

    void missing(String remedy);

    /** Reports something that looks wrong and is taken all the same. */
    void warning(String rule, String remedy);
}
