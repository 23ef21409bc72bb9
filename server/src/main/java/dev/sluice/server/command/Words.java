/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.command;

import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The kinds of words that commands take, as picocli has them described. Arguments are counted from 0. */
final class Words {

    private Words() {}

    /** An argument that has to be there. */
    static PositionalParamSpec argument(int index, String label, String description) {
        return positional(index, label, description).required(true).build();
    }

    /** An argument that may be left out. */
    static PositionalParamSpec optionalArgument(int index, String label, String description) {
        return positional(index, label, description).arity("0..1").build();
    }

    private static PositionalParamSpec.Builder positional(int index, String label, String description) {
        return PositionalParamSpec.builder()
                .index(Integer.toString(index))
                .type(String.class)
                .paramLabel(label)
                .description(description);
    }

    /** An option that is there or not, and takes no value. */
    static OptionSpec flag(String name, String description) {
        return OptionSpec.builder(name)
                .type(boolean.class)
                .arity("0")
                .description(description)
                .build();
    }

    /** An option with a value, which the command reads itself. */
    static OptionSpec text(String name, String label, String description) {
        return option(label, description, name).build();
    }

    static OptionSpec text(String letter, String name, String label, String description) {
        return option(label, description, letter, name).build();
    }

    /** An option that has to be there. */
    static OptionSpec requiredText(String name, String label, String description) {
        return option(label, description, name).required(true).build();
    }

    /** An option that may be given several times; its values are an array. */
    static OptionSpec texts(String name, String label, String description) {
        return option(label, description, name).type(String[].class).build();
    }

    static OptionSpec texts(String letter, String name, String label, String description) {
        return option(label, description, letter, name).type(String[].class).build();
    }

    private static OptionSpec.Builder option(String label, String description, String... names) {
        return OptionSpec.builder(names).type(String.class).paramLabel(label).description(description);
    }
}
