/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.command;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code sluice topics list|delete}: what is kept in Kafka of Brokers that are there or gone. */
public final class TopicsCommand implements Command {

    private static final String PATH = "topics";

    @Override
    public String name() {
        return PATH;
    }

    @Override
    public String summary() {
        return "Lists the topics of Brokers, and deletes those of Brokers that are gone.";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.addPositional(Words.argument(0, "list|delete", "What to do."));
        spec.addPositional(Words.optionalArgument(1, "TOPIC", "delete: the topic, with all that belongs to it."));
        spec.addOption(Words.text(
                "--kafka",
                "ADDRESSES",
                "delete: where the topic is, as list shows it, where several Kafkas have one of the name."));
        spec.addOption(Words.flag("--force", "delete: also one that a Broker uses, or that may be somebody else's."));
        spec.addOption(Words.flag("--dry-run", "delete: only says what would go."));
        spec.addOption(Words.flag("--yes", "delete: does not ask."));
        AdminClient.describe(spec);
    }

    @Override
    public int run(ParseResult arguments, Console console) throws CommandFailure {
        String verb = arguments.matchedPositionalValue(0, "");
        String topic = arguments.matchedPositionalValue(1, "");
        AdminClient admin = AdminClient.of(arguments, console);
        return switch (verb) {
            case "list" -> list(arguments, topic, admin, console);
            case "delete" -> delete(arguments, topic, admin, console);
            default -> throw CommandFailure.usage("\"" + verb + "\" is none of list, delete");
        };
    }

    private static int list(ParseResult arguments, String topic, AdminClient admin, Console console)
            throws CommandFailure {
        List<String> problems = new ArrayList<>();
        for (String flag : List.of("--kafka", "--force", "--dry-run", "--yes")) {
            if (arguments.hasMatchedOption(flag)) {
                problems.add(flag + " is for delete, not for list");
            }
        }
        if (!topic.isEmpty()) {
            problems.add("unexpected argument \"" + topic + "\"");
        }
        if (!problems.isEmpty()) {
            throw CommandFailure.usage(problems);
        }
        Object answer = admin.send(admin.request(PATH)).ok();
        if (!(JsonTree.at(answer, "items") instanceof List<?> items) || items.isEmpty()) {
            console.err().println("No topics found.");
            return ExitStatus.OK;
        }
        var table = new Table(List.of("TOPIC", "BROKER", "PARTITIONS", "EVENTS", "KAFKA", "GOES_WITH_IT"));
        for (Object item : items) {
            String brokers = joined(item, "brokers");
            boolean known = JsonTree.text(item, "known").equals("true");
            table.add(List.of(
                    JsonTree.text(item, "name"),
                    brokers.isEmpty() ? (known ? "gone" : "unknown") : brokers,
                    JsonTree.text(item, "partitions"),
                    JsonTree.text(item, "events"),
                    JsonTree.text(item, "kafka"),
                    joined(item, "goesWithIt")));
        }
        console.out().print(table);
        return ExitStatus.OK;
    }

    private static int delete(ParseResult arguments, String topic, AdminClient admin, Console console)
            throws CommandFailure {
        if (topic.isEmpty()) {
            throw CommandFailure.usage("delete takes the name of a topic, which list shows");
        }
        Object preview = delete(admin, arguments, topic, true);
        console.out().println(what(preview, "would go"));
        if (arguments.matchedOptionValue("--dry-run", false)) {
            return ExitStatus.OK;
        }
        if (!Confirmation.given("Delete it for good?", arguments, console)) {
            console.err().println("sluice topics: nothing was deleted");
            return ExitStatus.FAILED;
        }
        console.out().println(what(delete(admin, arguments, topic, false), "are deleted"));
        return ExitStatus.OK;
    }

    private static @Nullable Object delete(AdminClient admin, ParseResult arguments, String topic, boolean dryRun)
            throws CommandFailure {
        StringBuilder query = new StringBuilder("?dryRun=" + dryRun);
        if (arguments.matchedOptionValue("--force", false)) {
            query.append("&force=true");
        }
        String kafka = arguments.matchedOptionValue("--kafka", "");
        if (!kafka.isEmpty()) {
            query.append("&kafka=").append(AdminClient.encode(kafka));
        }
        return admin.send(admin.request(PATH + "/" + AdminClient.encode(topic) + query)
                        .DELETE())
                .ok();
    }

    private static String what(@Nullable Object topic, String happens) {
        String more = joined(topic, "goesWithIt");
        return "topic " + JsonTree.text(topic, "name") + " with " + JsonTree.text(topic, "events") + " events"
                + (more.isEmpty() ? "" : ", " + more) + ", and the positions of its Triggers " + happens;
    }

    private static String joined(@Nullable Object tree, String field) {
        return JsonTree.at(tree, field) instanceof List<?> texts
                ? texts.stream().map(String::valueOf).collect(Collectors.joining(", "))
                : "";
    }
}
