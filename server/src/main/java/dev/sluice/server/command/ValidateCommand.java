/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.command;

import dev.sluice.control.folder.FolderStore;
import dev.sluice.control.folder.OfflineValidation;
import dev.sluice.control.validation.Problem;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** {@code sluice validate -f …}: checks files as {@code serve} would, without serving them. */
public final class ValidateCommand implements Command {

    @Override
    public String name() {
        return "validate";
    }

    @Override
    public String summary() {
        return "Checks files of resources, and lists every problem.";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.addOption(OptionSpec.builder("-f", "--file")
                .type(String[].class)
                .paramLabel("FILE_OR_FOLDER")
                .description("What to check: a YAML file, or a folder of them. May be given several times.")
                .required(true)
                .build());
    }

    @Override
    public int run(ParseResult arguments, Console console) throws CommandFailure {
        List<Path> files = new ArrayList<>();
        for (String file : arguments.matchedOptionValue("--file", new String[0])) {
            files.add(Path.of(file));
        }
        List<Problem> missing = FolderStore.checkRoots(files);
        if (!missing.isEmpty()) {
            throw CommandFailure.usage(missing.stream().map(Problem::toString).toList());
        }
        OfflineValidation.Report report = OfflineValidation.report(files);
        // What is wrong is what was asked for, so it goes to standard output.
        report.problems().forEach(problem -> console.out().println(Visible.of(problem.toString())));
        int valid = report.count();
        if (valid == 0 && report.problems().isEmpty()) {
            // Whoever checks files before they are used has named the wrong ones.
            throw CommandFailure.usage(List.of("there are no resources in "
                    + files.stream().map(Path::toString).collect(Collectors.joining(", "))
                    + "; name a YAML file, or a folder of files that end in .yaml, .yml or .json"));
        }
        console.out().println(valid + (valid == 1 ? " resource is" : " resources are") + " valid");
        return report.hasErrors() ? ExitStatus.USAGE : ExitStatus.OK;
    }
}
