/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.command;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import picocli.CommandLine.ParseResult;

/** Asks a person before something is done that can't be undone. */
final class Confirmation {

    private static final Set<String> YES = Set.of("y", "yes");
    private static final int LONGEST = 16;

    private Confirmation() {}

    /** Whether {@code --yes} is given, or somebody says yes now. No answer, as where nobody is there, is none. */
    static boolean given(String question, ParseResult arguments, Console console) throws CommandFailure {
        return arguments.matchedOptionValue("--yes", false) || asked(question, console);
    }

    private static boolean asked(String question, Console console) throws CommandFailure {
        console.err().print(question + " [y/N] ");
        console.err().flush();
        try {
            return YES.contains(line(console.in()).strip().toLowerCase(Locale.ROOT));
        } catch (IOException e) {
            throw CommandFailure.failed("no answer could be read (" + e.getMessage() + "); say --yes");
        }
    }

    private static String line(InputStream in) throws IOException {
        byte[] line = new byte[LONGEST];
        int length = 0;
        for (int next = in.read(); next >= 0 && next != '\n'; next = in.read()) {
            if (length < LONGEST) {
                line[length] = (byte) next;
            }
            length++;
        }
        // A longer one is no answer to this question.
        return length > LONGEST ? "" : new String(line, 0, length, StandardCharsets.UTF_8);
    }
}
