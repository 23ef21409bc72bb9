/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.command;

import dev.sluice.server.http.JsonText;
import java.net.http.HttpRequest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code sluice triggers seek NAMESPACE/NAME --to …}: puts a Trigger somewhere else in the log of its Broker. */
public final class TriggersCommand implements Command {

    @Override
    public String name() {
        return "triggers";
    }

    @Override
    public String summary() {
        return "Moves a Trigger to another place in the log of its Broker.";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.addPositional(Words.argument(0, "seek", "What to do."));
        spec.addPositional(Words.argument(1, "[NAMESPACE/]NAME", "The Trigger."));
        spec.addOption(Words.requiredText(
                "--to",
                "latest|earliest|TIME",
                "Where it goes on: with what comes from now on, with all that is kept, or with what was appended"
                        + " then or later, such as 2026-01-31T12:00:00Z."));
        spec.addOption(Words.flag("--dry-run", "Only says what would be skipped and repeated."));
        spec.addOption(Words.flag("--yes", "Does not ask."));
        AdminClient.describe(spec);
    }

    @Override
    public int run(ParseResult arguments, Console console) throws CommandFailure {
        String verb = arguments.matchedPositionalValue(0, "");
        if (!verb.equals("seek")) {
            throw CommandFailure.usage("\"" + verb + "\" is none of seek");
        }
        String path = path(arguments.matchedPositionalValue(1, ""));
        String to = arguments.matchedOptionValue("--to", "");
        AdminClient admin = AdminClient.of(arguments, console);
        Object preview = ask(admin, path, to, true);
        console.out().print(table(preview));
        console.out().println(summary(preview, false));
        if (arguments.matchedOptionValue("--dry-run", false)) {
            return ExitStatus.OK;
        }
        if (!Confirmation.given("Move it?", arguments, console)) {
            console.err().println("sluice triggers: nothing was moved");
            return ExitStatus.FAILED;
        }
        console.out().println(summary(ask(admin, path, to, false), true));
        return ExitStatus.OK;
    }

    private static String path(String name) throws CommandFailure {
        String[] parts = name.split("/", -1);
        if (parts.length > 2 || name.startsWith("/") || name.endsWith("/") || name.isEmpty()) {
            throw CommandFailure.usage("\"" + name + "\" is no name of a Trigger; write NAME or NAMESPACE/NAME");
        }
        return parts.length == 2
                ? "seek/" + AdminClient.encode(parts[0]) + "/" + AdminClient.encode(parts[1])
                : "seek/default/" + AdminClient.encode(name);
    }

    private static @Nullable Object ask(AdminClient admin, String path, String to, boolean dryRun)
            throws CommandFailure {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("to", to);
        body.put("dryRun", dryRun);
        AdminClient.Answer answer = admin.send(admin.request(path)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(JsonText.of(body))));
        if (answer.statusCode() == 400) {
            throw CommandFailure.usage(answer.refusal());
        }
        return answer.ok();
    }

    private static String table(@Nullable Object answer) {
        var table = new Table(List.of("PARTITION", "FROM", "TO", "SKIPPED", "REPEATED", "FIRST", "LAST"));
        if (JsonTree.at(answer, "partitions") instanceof List<?> partitions) {
            for (Object partition : partitions) {
                table.add(List.of(
                        JsonTree.text(partition, "partition"),
                        JsonTree.text(partition, "from"),
                        JsonTree.text(partition, "to"),
                        JsonTree.text(partition, "skipped"),
                        JsonTree.text(partition, "repeated"),
                        JsonTree.text(partition, "first"),
                        JsonTree.text(partition, "last")));
            }
        }
        return table.toString();
    }

    private static String summary(@Nullable Object answer, boolean done) {
        return "Trigger " + JsonTree.text(answer, "trigger")
                + (done ? " was moved: it passes over " : " would pass over ")
                + JsonTree.text(answer, "skipped") + " events of the Broker and "
                + (done ? "is" : "be") + " offered " + JsonTree.text(answer, "repeated") + " again";
    }
}
