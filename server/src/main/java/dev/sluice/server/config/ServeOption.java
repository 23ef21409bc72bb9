/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.config;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One option of {@code serve}: it has a flag, an environment variable and a key in the file that {@code --config} names.
 *
 * @param <T> what its text means
 */
public final class ServeOption<T> {

    private final String name;
    private final @Nullable Character letter;
    private final Syntax<T> syntax;
    private final @Nullable String defaultText;
    private final String defaultNote;
    private final String meaning;

    /**
     * @param name in kebab case
     * @param letter of the short flag, if it has one
     * @param defaultText what counts when the option is not given; {@code null} if nothing does
     * @param defaultNote the default for people to read
     * @param meaning one or two sentences
     */
    ServeOption(
            String name,
            @Nullable Character letter,
            Syntax<T> syntax,
            @Nullable String defaultText,
            String defaultNote,
            String meaning) {
        this.name = requireNonNull(name, "name");
        this.letter = letter;
        this.syntax = requireNonNull(syntax, "syntax");
        this.defaultText = defaultText;
        this.defaultNote = requireNonNull(defaultNote, "defaultNote");
        this.meaning = requireNonNull(meaning, "meaning");
    }

    /** The key in the configuration file; the flag without its dashes. */
    public String name() {
        return name;
    }

    public String flag() {
        return "--" + name;
    }

    /** All spellings of the flag, the short one first. */
    public List<String> flags() {
        return letter == null ? List.of(flag()) : List.of("-" + letter, flag());
    }

    /** The environment variable. */
    public String variable() {
        return "SLUICE_" + name.replace('-', '_').toUpperCase(Locale.ROOT);
    }

    public String placeholder() {
        return syntax.placeholder();
    }

    public String range() {
        return syntax.range();
    }

    /** Whether the flag may stand without a value, which then is {@code true}. */
    public boolean isFlag() {
        return syntax.isFlag();
    }

    /** Whether it may be given several times. */
    public boolean repeatable() {
        return syntax.many();
    }

    /** The default for people to read. */
    public String defaultNote() {
        return defaultNote;
    }

    public String meaning() {
        return meaning;
    }

    Optional<String> defaultText() {
        return Optional.ofNullable(defaultText);
    }

    /** @throws IllegalArgumentException with the rule and the remedy */
    T read(List<String> texts) {
        return syntax.reader().read(texts);
    }

    @Override
    public String toString() {
        return flag();
    }
}
