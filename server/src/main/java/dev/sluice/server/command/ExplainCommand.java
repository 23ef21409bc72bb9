/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.command;

import dev.sluice.api.routing.ResourceName;
import java.io.IOException;
import java.io.PrintStream;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/**
 * {@code sluice explain}: for each Trigger of a Broker whether it matches an event, and why or why not; without an event,
 * what it wants.
 */
public final class ExplainCommand implements Command {

    /** As many reasons of one Trigger are shown; who has more wants them as JSON. */
    private static final int SHOWN_REASONS = 20;

    @Override
    public String name() {
        return "explain";
    }

    @Override
    public String summary() {
        return "Says which Triggers of a Broker match an event, and why the others do not.";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.addOption(Words.requiredText(
                "--broker",
                "[NAMESPACE/]NAME",
                "The Broker whose Triggers are asked. The namespace is \"default\" unless given."));
        spec.addOption(OptionSpec.builder("--event")
                .type(String.class)
                .paramLabel("FILE|-")
                .description(
                        "A file with one CloudEvent as JSON, or - for standard input.",
                        "Without it: what each Trigger wants.")
                .build());
        spec.addOption(Words.text("-o", "--output", "json", "Everything, as JSON. Default: text"));
        AdminClient.describe(spec);
    }

    @Override
    public int run(ParseResult arguments, Console console) throws CommandFailure {
        String output = arguments.matchedOptionValue("--output", "text");
        if (!output.equals("text") && !output.equals("json")) {
            throw CommandFailure.usage("--output=" + output + " is none of text, json");
        }
        ResourceName broker = broker(arguments.matchedOptionValue("--broker", ""));
        Optional<String> file = Optional.ofNullable(arguments.matchedOptionValue("--event", null));
        AdminClient admin = AdminClient.of(arguments, console);

        HttpRequest.Builder request = admin.request(
                "explain/" + AdminClient.encode(broker.namespace()) + "/" + AdminClient.encode(broker.name()));
        if (file.isPresent()) {
            request.header("Content-Type", "application/cloudevents+json; charset=utf-8")
                    .POST(HttpRequest.BodyPublishers.ofByteArray(read(file.get(), console)));
        }
        AdminClient.Answer answer = admin.send(request);
        if (file.isPresent() && List.of(400, 413, 415).contains(answer.statusCode())) {
            throw CommandFailure.usage("--event=" + file.get() + ": " + answer.refusal());
        }
        Object tree = answer.ok();
        if (output.equals("json")) {
            console.out().println(PrettyJson.of(tree));
        } else if (file.isPresent()) {
            showEvent(tree, console.out());
        } else {
            showWants(tree, console.out());
        }
        return ExitStatus.OK;
    }

    private static void showEvent(@Nullable Object tree, PrintStream out) {
        List<?> triggers = list(tree, "items");
        long matching =
                triggers.stream().filter(item -> isTrue(item, "matched")).count();
        say(
                out,
                "Event " + JsonTree.text(tree, "event", "id") + ", type " + JsonTree.text(tree, "event", "type")
                        + ", source " + JsonTree.text(tree, "event", "source"));
        say(
                out,
                matching + " of " + count(triggers) + " of Broker " + JsonTree.text(tree, "broker")
                        + (matching == 1 ? " matches." : " match."));
        notes("", tree, out);
        for (Object trigger : triggers) {
            boolean matches = isTrue(trigger, "matched");
            out.println();
            say(
                    out,
                    (matches ? "yes  " : "no   ")
                            + JsonTree.text(trigger, "trigger")
                            + (matches && !isTrue(trigger, "delivers") ? ", but it does not deliver now" : ""));
            if (!matches) {
                lines("     ", list(trigger, "reasons"), out);
            }
            notes("     ", trigger, out);
        }
    }

    private static void showWants(@Nullable Object tree, PrintStream out) {
        List<?> triggers = list(tree, "items");
        say(out, count(triggers) + " of Broker " + JsonTree.text(tree, "broker"));
        notes("", tree, out);
        for (Object trigger : triggers) {
            out.println();
            say(
                    out,
                    JsonTree.text(trigger, "trigger")
                            + (isTrue(trigger, "delivers") ? "" : ", which does not deliver now"));
            lines("  ", list(trigger, "wants"), out);
            notes("  ", trigger, out);
        }
    }

    private static void lines(String indent, List<?> reasons, PrintStream out) {
        for (Object reason : reasons.subList(0, Math.min(reasons.size(), SHOWN_REASONS))) {
            String path = JsonTree.text(reason, "path");
            say(out, indent + (path.isEmpty() ? "" : path + ": ") + JsonTree.text(reason, "text"));
        }
        if (reasons.size() > SHOWN_REASONS) {
            say(out, indent + "… and " + (reasons.size() - SHOWN_REASONS) + " more; -o json shows all");
        }
    }

    private static void notes(String indent, @Nullable Object tree, PrintStream out) {
        for (Object note : list(tree, "notes")) {
            say(out, indent + "note: " + note);
        }
    }

    /** It holds what was sent or written by others. */
    private static void say(PrintStream out, String line) {
        out.println(Visible.of(line));
    }

    private static String count(List<?> triggers) {
        return triggers.size() + (triggers.size() == 1 ? " Trigger" : " Triggers");
    }

    private static List<?> list(@Nullable Object tree, String name) {
        return JsonTree.at(tree, name) instanceof List<?> list ? list : List.of();
    }

    private static boolean isTrue(@Nullable Object tree, String name) {
        return Boolean.TRUE.equals(JsonTree.at(tree, name));
    }

    private static ResourceName broker(String text) throws CommandFailure {
        try {
            return ResourceName.parse(text);
        } catch (IllegalArgumentException e) {
            throw CommandFailure.usage("--broker=" + e.getMessage());
        }
    }

    private static byte[] read(String file, Console console) throws CommandFailure {
        try {
            return file.equals("-") ? console.in().readAllBytes() : Files.readAllBytes(Path.of(file));
        } catch (NoSuchFileException e) {
            throw CommandFailure.usage("--event=" + file + ": there is no such file");
        } catch (IOException | IllegalArgumentException e) {
            throw CommandFailure.usage("--event=" + file + " can't be read: " + e.getMessage());
        }
    }
}
