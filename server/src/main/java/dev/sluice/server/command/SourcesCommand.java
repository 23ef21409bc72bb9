/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.command;

import dev.sluice.api.event.Extensions;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.source.AdapterSetup;
import dev.sluice.api.source.SecretValues;
import dev.sluice.api.source.SourceName;
import dev.sluice.api.source.Webhook;
import dev.sluice.api.source.WebhookOutcome;
import dev.sluice.api.source.WebhookRequest;
import dev.sluice.control.folder.FolderStore;
import dev.sluice.control.folder.OfflineValidation;
import dev.sluice.control.reconcile.SourceSecrets;
import dev.sluice.control.resource.Source;
import dev.sluice.control.store.ResourceKey;
import dev.sluice.control.store.Resources;
import dev.sluice.control.validation.Problem;
import dev.sluice.control.validation.Severity;
import dev.sluice.server.display.EventPrinter;
import io.cloudevents.CloudEvent;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/**
 * {@code sluice sources list|test}: the sources of a running process, and which event a source would make of something,
 * without a process and without a sink.
 */
public final class SourcesCommand implements Command {

    @Override
    public String name() {
        return "sources";
    }

    @Override
    public String summary() {
        return "Shows sources, and tries which event one would make of something.";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.addPositional(Words.argument(
                0, "list|test", "list: the sources of a running process. test: which event would come of something."));
        spec.addPositional(
                Words.optionalArgument(1, "[NAMESPACE/]NAME", "test: which source. Default: the one that there is."));
        spec.addOption(Words.texts(
                "-f",
                "--file",
                "FILE_OR_FOLDER",
                "test: where the source and its Secrets are. May be given several times."));
        spec.addOption(
                Words.text(
                        "--request",
                        "FILE",
                        "test: an HTTP request as it goes over the wire; for a KafkaSource a record, for an"
                                + " ApiServerSource a change of an object, written down in this way. A PingSource needs none."));
        spec.addOption(Words.text("-o", "--output", "json", "test: the event as JSON in one line."));
        AdminClient.describe(spec);
    }

    @Override
    public int run(ParseResult arguments, Console console) throws CommandFailure {
        String verb = arguments.matchedPositionalValue(0, "");
        return switch (verb) {
            case "list" -> list(arguments, console);
            case "test" -> test(arguments, console);
            default -> throw CommandFailure.usage("\"" + verb + "\" is none of list, test");
        };
    }

    // ---- list -------------------------------------------------------------------------------------------------------

    private static int list(ParseResult arguments, Console console) throws CommandFailure {
        for (String option : List.of("--file", "--request", "--output")) {
            if (arguments.hasMatchedOption(option)) {
                throw CommandFailure.usage(option + " is for test, not for list");
            }
        }
        AdminClient admin = AdminClient.of(arguments, console);
        Object tree = admin.send(admin.request("sources")).ok();
        if (!(JsonTree.at(tree, "items") instanceof List<?> items)) {
            throw CommandFailure.failed("the answer has no items; is --admin-url the admin address of Sluice?");
        }
        if (items.isEmpty()) {
            console.err().println("No sources found.");
            return ExitStatus.OK;
        }
        var table = new Table(List.of("NAMESPACE", "NAME", "KIND", "SINK", "READY", "REASON", "MESSAGE"));
        for (Object item : items) {
            Object ready = ready(item);
            table.add(List.of(
                    JsonTree.text(item, "metadata", "namespace"),
                    JsonTree.text(item, "metadata", "name"),
                    JsonTree.text(item, "kind"),
                    JsonTree.text(item, "status", "sinkUri"),
                    JsonTree.text(ready, "status"),
                    JsonTree.text(ready, "reason"),
                    JsonTree.text(ready, "message")));
        }
        console.out().print(table);
        return ExitStatus.OK;
    }

    private static @Nullable Object ready(@Nullable Object item) {
        if (JsonTree.at(item, "status", "conditions") instanceof List<?> conditions) {
            for (Object condition : conditions) {
                if (JsonTree.text(condition, "type").equals("Ready")) {
                    return condition;
                }
            }
        }
        return null;
    }

    // ---- test -------------------------------------------------------------------------------------------------------

    private static int test(ParseResult arguments, Console console) throws CommandFailure {
        List<Path> files = new ArrayList<>();
        for (String file : arguments.matchedOptionValue("--file", new String[0])) {
            files.add(Path.of(file));
        }
        String request = arguments.matchedOptionValue("--request", "");
        List<String> missing = new ArrayList<>();
        if (files.isEmpty()) {
            missing.add("no source; name its file with -f");
        }
        String output = arguments.matchedOptionValue("--output", "text");
        if (!List.of("text", "json").contains(output)) {
            missing.add("--output=" + output + " is not json");
        }
        FolderStore.checkRoots(files).forEach(problem -> missing.add("--file " + problem));
        if (!missing.isEmpty()) {
            throw CommandFailure.usage(missing);
        }
        Resources resources = valid(files);
        Source source = source(resources, arguments.matchedPositionalValue(1, ""), !request.isEmpty());
        if (request.isEmpty() && source.definition().hasWebhook()) {
            throw CommandFailure.usage("no request; name a file with one with --request");
        }
        Webhook trial = trial(source, resources);
        Instant now = Clock.systemUTC().instant();
        WebhookOutcome outcome =
                trial.receive(request.isEmpty() ? nothing(now) : RequestFile.read(Path.of(request), now));
        return show(outcome, source, output, console);
    }

    /** Stands for nothing having been written down, see {@code SourceDefinition.trial}. */
    private static WebhookRequest nothing(Instant now) {
        return new WebhookRequest(
                "GET",
                "/",
                MultiMap.caseInsensitiveMultiMap(),
                MultiMap.caseInsensitiveMultiMap(),
                Buffer.buffer(),
                now);
    }

    private static Resources valid(List<Path> files) throws CommandFailure {
        OfflineValidation.Report report = OfflineValidation.report(files);
        List<String> problems = new ArrayList<>();
        for (Problem problem : report.problems()) {
            if (problem.severity() != Severity.WARNING) {
                problems.add(Visible.of(problem.toString()));
            }
        }
        if (!problems.isEmpty()) {
            throw CommandFailure.usage(problems);
        }
        return report.resources();
    }

    /** @param hasRequest which is for a webhook, where there is one */
    private static Source source(Resources resources, String wanted, boolean hasRequest) throws CommandFailure {
        Map<SourceName, Source> found = new TreeMap<>(resources.sources());
        String all = wanted.isEmpty() || wanted.indexOf('/') >= 0 ? wanted : "default/" + wanted;
        if (!all.isEmpty()) {
            found.keySet().removeIf(name -> !name.name().toString().equals(all));
        }
        if (hasRequest
                && found.values().stream()
                        .anyMatch(source -> source.definition().hasWebhook())) {
            found.values().removeIf(source -> !source.definition().hasWebhook());
        }
        if (found.isEmpty()) {
            throw CommandFailure.usage(
                    all.isEmpty()
                            ? "there is no source in these files"
                            : "there is no source " + all + " in these files");
        }
        if (found.size() > 1) {
            throw CommandFailure.usage("there are several sources in these files; name one of "
                    + String.join(
                            ", ",
                            found.keySet().stream()
                                    .map(name -> name.name() + " (" + name.kind() + ")")
                                    .toList()));
        }
        return found.values().iterator().next();
    }

    private static Webhook trial(Source source, Resources resources) throws CommandFailure {
        try {
            // Where nobody has to prove anything, no secret is needed to say what would come of it.
            SecretValues secrets = source.definition().hasWebhook()
                    ? SourceSecrets.of(source, resources.secrets())
                    : SecretValues.none();
            Webhook trial = source.definition().trial(new AdapterSetup(nameOf(source), secrets, Clock.systemUTC()));
            if (trial == null) {
                throw CommandFailure.usage("what comes of a " + source.getKind() + " can't be tried");
            }
            return trial;
        } catch (SourceSecrets.MissingException | IllegalArgumentException e) {
            throw CommandFailure.usage(String.valueOf(e.getMessage()));
        }
    }

    private static ResourceName nameOf(Source source) {
        return ResourceKey.nameOf(source);
    }

    private static int show(WebhookOutcome outcome, Source source, String output, Console console) {
        boolean isRequest = source.definition().hasWebhook();
        if (outcome instanceof WebhookOutcome.Emit emit) {
            CloudEvent event = source.overrides().isEmpty()
                    ? emit.event()
                    : Extensions.edit(emit.event(), extensions -> extensions.putAll(source.overrides()));
            EventPrinter.Style style =
                    output.equals("json") ? EventPrinter.Style.JSON_LINES : EventPrinter.Style.READABLE;
            new EventPrinter(console.out(), style, Clock.systemUTC()).print(List.of(event));
            return ExitStatus.OK;
        }
        if (outcome instanceof WebhookOutcome.Answer answer) {
            console.out()
                    .println(
                            isRequest
                                    ? "no event: answered " + answer.status() + " (" + Visible.of(answer.why() + ")")
                                    : "no event: " + Visible.of(answer.why()));
            return ExitStatus.OK;
        }
        WebhookOutcome.Refuse refuse = (WebhookOutcome.Refuse) outcome;
        String refused = isRequest
                ? "refused with " + refuse.kind().status() + " " + refuse.kind().reason() + ": "
                : "";
        console.err().println("sluice sources: " + refused + Visible.of(refuse.error() + "; " + refuse.remedy()));
        return ExitStatus.FAILED;
    }
}
