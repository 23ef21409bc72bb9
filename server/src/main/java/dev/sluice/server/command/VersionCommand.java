/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.command;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code sluice version}. */
public final class VersionCommand implements Command {

    @Override
    public String name() {
        return "version";
    }

    @Override
    public String summary() {
        return "Shows the version of Sluice, Java and the system.";
    }

    @Override
    public void describe(CommandSpec spec) {
        // Nothing to add.
    }

    @Override
    public int run(ParseResult arguments, Console console) {
        console.out()
                .println("sluice " + version() + " (Java " + Runtime.version() + ", " + System.getProperty("os.name")
                        + " " + System.getProperty("os.arch") + ")");
        return ExitStatus.OK;
    }

    /** The version that was built. */
    public static String version() {
        try (InputStream text = VersionCommand.class.getResourceAsStream("/dev/sluice/server/version.txt")) {
            if (text == null) {
                throw new IllegalStateException("version.txt is missing from the jar");
            }
            return new String(text.readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
